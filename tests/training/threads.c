/* The kernel's threads, for ThreadSanitizer: one training, a look at what came of it, and images
 * deformed, with several numbers of threads, whose results must be the same to the bit. It is built with
 * the sources of the kernel; see .ci/run. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 600, INPUTS = 70, HIDDEN = 50, CLASSES = 10, BATCH = 200, EPOCHS = 20 };

typedef struct { /* as in sgd.h */
    int64_t fan_in, fan_out;
    double *W, *b, *v_W, *v_b;
} model_layer;

typedef struct { /* as in samples.h */
    int64_t stored, fan_in;
    const void *X;
    const double *shift, *scale;
} samples;

typedef struct { /* as in regularisation.h */
    double label_smoothing, dropout;
    uint64_t key;
    int64_t place;
} regularisation;

int batches_float32(const model_layer *, int64_t, int, const samples *, const int64_t *,
                    const int64_t *, int64_t, int64_t, double, double, double,
                    const regularisation *, int64_t);
int look_float32(const model_layer *, int64_t, int, const samples *, const int64_t *,
                 const int64_t *, int64_t, int64_t, double *, int64_t *, int64_t);

typedef struct {
    double W_h[INPUTS * HIDDEN], b_h[HIDDEN], W_o[HIDDEN * CLASSES], b_o[CLASSES];
} parameters;

typedef struct {
    parameters p, gradient;
    double losses[SAMPLES];
    int64_t predicted[SAMPLES];
} result;

static void train(int64_t n_threads, const float *X, const int64_t *rows, const int64_t *y,
                  result *result)
{
    static parameters v;
    parameters *p = &result->p;
    memset(&v, 0, sizeof v), memset(result, 0, sizeof *result);
    double *numbers = (double *)p;
    for (size_t i = 0; i < sizeof *p / sizeof(double); i++)
        numbers[i] = (double)(i * 7919 % 1000) / 1000 - 0.5;
    const model_layer layers[] = {{INPUTS, HIDDEN, p->W_h, p->b_h, v.W_h, v.b_h},
                                  {HIDDEN, CLASSES, p->W_o, p->b_o, v.W_o, v.b_o}};
    const samples s = {0, INPUTS, X, NULL, NULL};
    const regularisation dropped = {0.1, 0.2, 7, 0};
    for (int epoch = 0; epoch < EPOCHS; epoch++)
        if (batches_float32(layers, 2, 0, &s, rows, y, SAMPLES, BATCH, 0.1, 0.9, 0, &dropped,
                            n_threads) != 0)
            exit(2);
    parameters *g = &result->gradient;
    const model_layer looked_at[] = {{INPUTS, HIDDEN, p->W_h, p->b_h, g->W_h, g->b_h},
                                     {HIDDEN, CLASSES, p->W_o, p->b_o, g->W_o, g->b_o}};
    if (look_float32(looked_at, 2, 0, &s, rows, y, SAMPLES, BATCH, result->losses,
                     result->predicted, n_threads) != 0)
        exit(2);
}

enum { IMAGES = 300, SIDE = 9, GRID = 4 };

int deform_images(const void *, void *, int64_t, int64_t, int64_t, int64_t, const double *,
                  const double *, int64_t, int64_t, const double *, const double *, double,
                  int64_t);

static void deform(int64_t n_threads, unsigned char out[IMAGES * SIDE * SIDE])
{
    static unsigned char images[IMAGES * SIDE * SIDE];
    static double affine[IMAGES * 6], controls[IMAGES * 2 * GRID * GRID];
    double row_spline[SIDE * GRID], column_spline[GRID * SIDE];
    for (int i = 0; i < IMAGES * SIDE * SIDE; i++)
        images[i] = (unsigned char)(i * 7919 % 256);
    for (int i = 0; i < IMAGES * 6; i++)
        affine[i] = i % 6 == 1 || i % 6 == 5 ? 1 : (i * 31 % 8 - 4) / 16.0;
    for (int i = 0; i < IMAGES * 2 * GRID * GRID; i++)
        controls[i] = (i * 37 % 64 - 32) / 16.0;
    for (int i = 0; i < SIDE * GRID; i++)
        row_spline[i] = column_spline[i] = 0.25;
    if (deform_images(images, out, 1, IMAGES, SIDE, SIDE, affine, controls, GRID, GRID, row_spline,
                      column_spline, 0, n_threads) != 0)
        exit(2);
}

int main(void)
{
    static float X[SAMPLES * INPUTS];
    static int64_t rows[SAMPLES], y[SAMPLES];
    static result alone, shared;
    for (int64_t i = 0; i < SAMPLES * INPUTS; i++)
        X[i] = (float)(i * 104729 % 1000) / 1000;
    for (int64_t i = 0; i < SAMPLES; i++)
        rows[i] = i * 7 % SAMPLES, y[i] = i % CLASSES;
    static unsigned char deformed_alone[IMAGES * SIDE * SIDE], deformed[IMAGES * SIDE * SIDE];
    deform(1, deformed_alone);
    train(1, X, rows, y, &alone);
    for (int64_t n_threads = 2; n_threads <= 4; n_threads++) {
        deform(n_threads, deformed);
        train(n_threads, X, rows, y, &shared);
        if (memcmp(&alone, &shared, sizeof alone) != 0 ||
            memcmp(deformed_alone, deformed, sizeof deformed) != 0)
            return fprintf(stderr, "other bits with %d threads\n", (int)n_threads), 1;
    }
    puts("the same bits with 1 to 4 threads");
    return 0;
}
