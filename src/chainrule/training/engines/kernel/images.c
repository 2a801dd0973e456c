/* Images deformed by an affine map and a smooth field of displacements: the same bits as the NumPy
 * of `chainrule.training.augmentation`, which says what is computed and why.
 *
 * Places are whole multiples of a power of two, with so few digits that no sum and no product of
 * two is rounded; of pixels the products are exact, and their sums are taken as written. So no
 * compiler, no fused multiply-add and no width of vectors can change a bit. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "float_mode.h"
#include "pool.h"

#ifdef AVX2 /* for images_avx2.c, which includes this file */
#define DEFORM_IMAGES deform_images_avx2
#ifdef __clang__ /* popped at the end */
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif
#else
#define DEFORM_IMAGES deform_images
#endif

#define FINE 4096 /* a place is rounded to this part of a pixel; FINE of augmentation.py */
#define PIECES_A_THREAD 4

/* What `deform_images` is told, and the room that each piece has for itself. */
typedef struct {
    const void *images; /* (n, height, width), bytes or floats */
    void *out;          /* likewise */
    int64_t is_bytes, n, height, width;
    const double *affine;       /* (n, 2, 3): where a row and a column are taken from */
    const double *controls;     /* (n, 2, grid_height, grid_width), in pixels */
    int64_t grid_height, grid_width; /* 0 without displacements */
    const double *row_spline;    /* (height, grid_height) */
    const double *column_spline; /* (grid_width, width) */
    double background;
    int64_t a_piece;   /* images */
    size_t room;       /* bytes that a piece has */
    unsigned char *scratch;
} job;

/* Room of one piece: the image with a border, the field between the rows of the grid, and for a row
 * of pixels where each is taken from. */
typedef struct {
    double *framed; /* (height + 3, width + 3): one pixel of background before, two behind */
    double *field;  /* (2, grid_height, width) */
    double *place;  /* (2, width), then the part of a pixel behind the whole one */
    int32_t *whole; /* (2, width): the pixel of the framed image that lies before */
} room;

static size_t room_needed(const job *j)
{
    const size_t w = (size_t)j->width, h = (size_t)j->height;
    const size_t doubles = (h + 3) * (w + 3) + (2 * (size_t)j->grid_height + 2) * w;
    const size_t bytes = doubles * sizeof(double) + 2 * w * sizeof(int32_t);
    return (bytes + 63) / 64 * 64; /* so that the next begins where a double may */
}

static room room_of(const job *j, int64_t piece)
{
    room r;
    r.framed = (double *)(j->scratch + (size_t)piece * j->room);
    r.field = r.framed + (j->height + 3) * (j->width + 3);
    r.place = r.field + 2 * j->grid_height * j->width;
    r.whole = (int32_t *)(r.place + 2 * j->width);
    return r;
}

/* The image with background around it. */
static void frame(const job *j, int64_t image, double *framed)
{
    const int64_t h = j->height, w = j->width, across = w + 3;
    for (int64_t i = 0; i < (h + 3) * across; i++)
        framed[i] = j->background;
    for (int64_t row = 0; row < h; row++) {
        const int64_t from = (image * h + row) * w;
        double *to = framed + (row + 1) * across + 1;
        if (j->is_bytes)
            for (int64_t c = 0; c < w; c++)
                to[c] = ((const uint8_t *)j->images)[from + c];
        else
            for (int64_t c = 0; c < w; c++)
                to[c] = ((const float *)j->images)[from + c];
    }
}

/* target += weight * source. */
static void add(double *restrict target, double weight, const double *restrict source, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        target[i] += weight * source[i];
}

/* The displacements of every column, on the rows of the grid. */
static void spread_columns(const job *j, int64_t image, double *field)
{
    const int64_t w = j->width, n_rows = 2 * j->grid_height;
    const double *controls = j->controls + image * n_rows * j->grid_width;
    memset(field, 0, (size_t)(n_rows * w) * sizeof(double));
    for (int64_t i = 0; i < n_rows; i++)
        for (int64_t k = 0; k < j->grid_width; k++)
            add(field + i * w, controls[i * j->grid_width + k], j->column_spline + k * w, w);
}

/* Where the pixels of a row are taken from along one axis. */
static void places(const job *j, const double affine[3], const double *field, int64_t row,
                   int64_t side, double *restrict place, int32_t *restrict whole)
{
    const int64_t w = j->width;
    const double begin = affine[0] + affine[1] * (double)row, step = affine[2];
    for (int32_t c = 0; c < w; c++)
        place[c] = begin + step * c;
    for (int64_t i = 0; i < j->grid_height; i++) {
        const double weight = j->row_spline[row * j->grid_height + i];
        if (weight != 0) /* of four rows of the grid it is not */
            add(place, weight, field + i * w, w);
    }
    const double last = (double)side;
    for (int64_t c = 0; c < w; c++) {
        const double at_least = place[c] > -1 ? place[c] : -1;
        const double inside = at_least < last ? at_least : last;
        const int32_t fine = (int32_t)((inside + 1) * FINE + 0.5);
        whole[c] = fine / FINE;
        place[c] = fine % FINE * (1.0 / FINE);
    }
}

/* A pixel between four, of which p is the one above and to the left. */
static double between(const double *p, int64_t across, double below, double right)
{
    const double above = 1 - below, left = 1 - right;
    return above * left * p[0] + above * right * p[1] + below * left * p[across] +
           below * right * p[across + 1];
}

static void deform(const job *j, int64_t image, const room *r)
{
    const int64_t h = j->height, w = j->width, across = w + 3;
    const double *affine = j->affine + image * 6;
    frame(j, image, r->framed);
    spread_columns(j, image, r->field);
    double *below = r->place, *right = r->place + w;
    const int32_t *y = r->whole, *x = r->whole + w;
    for (int64_t row = 0; row < h; row++) {
        const int64_t to = (image * h + row) * w;
        places(j, affine, r->field, row, h, below, r->whole);
        places(j, affine + 3, r->field + j->grid_height * w, row, w, right, r->whole + w);
        for (int64_t c = 0; c < w; c++) {
            const double value =
                between(r->framed + y[c] * across + x[c], across, below[c], right[c]);
            if (j->is_bytes)
                ((uint8_t *)j->out)[to + c] = (uint8_t)(value + 0.5);
            else
                ((float *)j->out)[to + c] = (float)value;
        }
    }
}

static void deform_piece(void *context, int64_t piece, int64_t worker)
{
    (void)worker;
    const job *j = context;
    const room r = room_of(j, piece);
    const int64_t end = (piece + 1) * j->a_piece < j->n ? (piece + 1) * j->a_piece : j->n;
    for (int64_t image = piece * j->a_piece; image < end; image++)
        deform(j, image, &r);
}

/* Fill `out` with the images deformed. 0 if all went well, 1 if there is too little memory. */
EXPORT int DEFORM_IMAGES(const void *images, void *out, int64_t is_bytes, int64_t n,
                         int64_t height, int64_t width, const double *affine,
                         const double *controls, int64_t grid_height, int64_t grid_width,
                         const double *row_spline, const double *column_spline,
                         double background, int64_t threads)
{
    job j = {.images = images,
             .out = out,
             .is_bytes = is_bytes,
             .n = n,
             .height = height,
             .width = width,
             .affine = affine,
             .controls = controls,
             .grid_height = grid_height,
             .grid_width = grid_width,
             .row_spline = row_spline,
             .column_spline = column_spline,
             .background = (float)background};
    const int64_t wanted = threads > 1 ? threads * PIECES_A_THREAD : 1;
    j.a_piece = (n + wanted - 1) / wanted;
    const int64_t n_pieces = (n + j.a_piece - 1) / j.a_piece;
    j.room = room_needed(&j);
    j.scratch = malloc((size_t)n_pieces * j.room);
    if (j.scratch == NULL)
        return 1;
    const float_mode before = flush_subnormals();
    pool *helpers = new_pool(threads);
    share_out(helpers, deform_piece, &j, n_pieces);
    end_pool(helpers);
    set_float_mode(before);
    free(j.scratch);
    return 0;
}

#if defined(AVX2) && defined(__clang__)
#pragma clang attribute pop
#endif
