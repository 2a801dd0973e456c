/* Stochastic gradient descent in batches, on the networks of sgd.h, which this file comes after.
 *
 * The file that includes this one says, besides what it says for sgd.h:
 *   BATCHES, LOOK   the names of the functions to export
 *
 * A step has three parts, each of many pieces that do not touch each other's results:
 *
 *   first layer       for some samples and some units: the samples are taken, and go through the
 *                     first layer
 *   there and back    for some samples: they go through the other layers to y, and back to grad_z
 *                     of the first layer; weights are only read
 *   change            for some inputs and some units of a layer: grad_W over all samples of the
 *                     batch, and with it at once the step of these weights
 *
 * Within a part any thread may take any piece, and what is computed does not depend on who does:
 * no sum is divided between pieces. So the bits are the same for every number of threads.
 *
 * A cache line that two processors read has to be taken from one of them before the other may
 * write, which takes as long as a hundred operations. So each thread keeps to its units in the first
 * layer, which has most of the weights, and has its samples to itself. Where the samples of a batch
 * are too many to keep more than once, threads share them, and the weights too.
 */
#include "panels.h"
#include "pool.h"
#include "samples.h"

#if defined(INSTRUCTIONS) && defined(__clang__) /* sgd.h has ended its own */
PRAGMA(clang attribute push(__attribute__((target(INSTRUCTIONS))), apply_to = function))
#endif

#define MOST_AT_ONCE 32   /* samples of a piece: so many that weights that were read are used often, */
#define PIECES_A_THREAD 4 /* and, of several threads, so few that none waits long for the last */
#define COPIED (1 << 23)  /* bytes of samples of a batch that each thread has a copy of at most */

/* A layer: every matrix in panels. Padding stays zero, or is what zeros give and is not read. */
typedef struct {
    int64_t fan_in, fan_out;
    int64_t inputs;            /* rows of W: fan_in in whole panels */
    int64_t panels;            /* of fan_out */
    int64_t width_of_last;     /* columns of the last of them that are in use */
    real *W, *v_W;             /* (inputs, fan_out) */
    real *W_transposed;        /* (fan_out, inputs), for the backward pass; none of the first layer */
    real *b, *v_b;             /* (fan_out) */
    real *x;                   /* what goes in, (samples, inputs): of the layer below or, in the first
                                * layer, of the data, a copy for each thread */
    real *out;                 /* z, then h or y, (samples, fan_out) */
    real *grad_z;              /* (samples, fan_out), with the rate or 1 / n in it */
    real *mask;                /* (samples, fan_out) of a hidden layer with dropout, else NULL */
    int64_t first_panel;       /* of its inputs, among those of all layers */
} batch_layer;

typedef struct {
    batch_layer *layers;
    int64_t n_layers;
    enum activation f;
    const samples *X;
    const int64_t *rows_of_X, *y; /* of the samples in the batch: where they are, and labels */
    int64_t n;                 /* samples in the batch */
    int64_t n_next;            /* and in the next, which follow them in rows_of_X */
    int64_t rows;              /* room for samples */
    int64_t at_once;           /* samples of a piece, in whole tiles */
    enum step step;            /* PLAIN, or MOMENTUM_AND_DECAY also where one of them is 0; or none */
    rates r;
    double rate;               /* the learning rate for plain steps, else 1 */
    real scale;                /* of grad_z: rate / n or, where losses are looked at, 1 */
    real of_label, of_class;   /* scale times what t has for the label beside what every class has */
    const regularisation *g;
    int64_t place;             /* of the batch's first sample in the epoch */
    int64_t number;            /* of the batch, from 1 on */
    int64_t blocks;            /* of at_once samples, as many as there is room for */
    int64_t n_panels;          /* of the inputs of all layers */
    int64_t groups;            /* of units of the first layer: one for each thread that has its x */
    int64_t copies;            /* of x of the first layer: one for each thread, or one for all */
    double *losses;            /* of the samples in the batch, if they are looked at; else NULL */
    int64_t *predicted;        /* and their most probable classes */
    int64_t *taken;            /* (copies, blocks, panels of inputs): the batch that is there */
} batch;

INLINE int64_t width(const batch_layer *l, int64_t panel)
{
    return panel < l->panels - 1 ? COLUMNS : l->width_of_last;
}

/* h = f(z), in place, in some rows of a panel. */
static void activate_rows(real *z, int64_t n_rows, enum activation f)
{
    lanes *h = (lanes *)z;
    for (int64_t i = 0; i < n_rows * TILE_VECTORS; i++)
        h[i] = activation_of(h[i], f);
}

/* Leave some units of a panel out, for the samples from..to: h = h mask. */
static void drop_rows(const batch *s, const batch_layer *l, int64_t p, int64_t from, int64_t to)
{
    const int64_t start = p * s->rows * COLUMNS;
    for (int64_t i = from; i < to; i++) {
        real *mask = l->mask + start + i * COLUMNS;
        draw_mask(mask, COLUMNS, p * COLUMNS,
                  mask_number(s->g, s->place + i, l - s->layers, s->n_layers - 1), s->g->dropout);
        for (int64_t j = 0; j < TILE_VECTORS; j++)
            ((lanes *)(l->out + start + i * COLUMNS))[j] *= ((const lanes *)mask)[j];
    }
}

/* grad_z = grad_h * mask * f'(z), where h = f(z) mask. */
static void times_mask_and_slope(real *restrict grad_h, const real *restrict h,
                                 const real *restrict mask, int64_t n_rows, enum activation f,
                                 real kept)
{
    lanes *grad = (lanes *)grad_h;
    for (int64_t i = 0; i < n_rows * TILE_VECTORS; i++)
        grad[i] *= ((const lanes *)mask)[i] * slope_of(kept * ((const lanes *)h)[i], f);
}

/* grad_z = grad_h * f'(z), in place of grad_h. */
static void times_slope(real *restrict grad_h, const real *restrict h, int64_t n_rows,
                        enum activation f)
{
    lanes *grad = (lanes *)grad_h;
    for (int64_t i = 0; i < n_rows * TILE_VECTORS; i++)
        grad[i] *= slope_of(((const lanes *)h)[i], f);
}

/* The losses of the rows from..to, in nats, by z of the last layer, and the classes that it is highest
 * for. */
static void judge(const batch *s, int64_t from, int64_t to)
{
    const batch_layer *o = s->layers + s->n_layers - 1;
    const int64_t panel = s->rows * COLUMNS;
    for (int64_t i = from; i < to; i++) {
        const real *z = o->out + i * COLUMNS;
        int64_t best = 0;
        for (int64_t k = 1; k < o->fan_out; k++)
            if (z[k / COLUMNS * panel + k % COLUMNS] > z[best / COLUMNS * panel + best % COLUMNS])
                best = k;
        const double highest = z[best / COLUMNS * panel + best % COLUMNS];
        double sum = 0;
        for (int64_t k = 0; k < o->fan_out; k++)
            sum += exp(z[k / COLUMNS * panel + k % COLUMNS] - highest);
        s->losses[i] = log(sum) - (z[s->y[i] / COLUMNS * panel + s->y[i] % COLUMNS] - highest);
        s->predicted[i] = best;
    }
}

/* y = softmax(z) in the rows from..to of the last layer, and grad_z = scale (y - t). */
static void softmax_and_slopes(const batch *s, int64_t from, int64_t to)
{
    const batch_layer *o = s->layers + s->n_layers - 1;
    const int64_t panel = s->rows * COLUMNS, last = o->panels - 1;
    for (int64_t i = from; i < to; i++) {
        real *z = o->out + i * COLUMNS, *grad_z = o->grad_z + i * COLUMNS;
        real highest = z[0];
        for (int64_t p = 0; p <= last; p++)
            for (int64_t k = 0; k < width(o, p); k++)
                highest = z[p * panel + k] > highest ? z[p * panel + k] : highest;
        lanes sums = {0};
        for (int64_t p = 0; p <= last; p++) {
            real *y = z + p * panel;
            for (int64_t j = 0; j < TILE_VECTORS; j++)
                ((lanes *)y)[j] = exp_lanes(((const lanes *)y)[j] - highest);
            for (int64_t k = width(o, p); k < COLUMNS; k++)
                y[k] = 0; /* padding is no class */
            for (int64_t j = 0; j < TILE_VECTORS; j++)
                sums += ((const lanes *)y)[j];
        }
        const real share = s->scale / sum_of(sums);
        for (int64_t p = 0; p <= last; p++)
            for (int64_t k = 0; k < COLUMNS; k++)
                grad_z[p * panel + k] = z[p * panel + k] * share;
        grad_z[s->y[i] / COLUMNS * panel + s->y[i] % COLUMNS] -= s->of_label;
        for (int64_t p = 0; p <= last && s->of_class != 0; p++)
            for (int64_t k = 0; k < width(o, p); k++)
                grad_z[p * panel + k] -= s->of_class;
    }
}

INLINE int64_t end_of_block(const batch *s, int64_t block)
{
    return (block + 1) * s->at_once < s->n ? (block + 1) * s->at_once : s->n;
}

/* The inputs of the first layer as this worker has them, with panels first..end of the samples of
 * a block among them. */
static real *samples_of(batch *s, int64_t worker, int64_t block, int64_t first, int64_t end)
{
    batch_layer *l = s->layers;
    const int64_t copy = s->copies > 1 ? worker : 0, n_panels = l->inputs / COLUMNS;
    real *x = l->x + copy * s->rows * l->inputs;
    int64_t *taken = s->taken + (copy * s->blocks + block) * n_panels;
    for (int64_t q = first, next; q < end; q = next) {
        for (next = q; next < end && taken[next] != s->number; next++)
            taken[next] = s->number;
        if (next > q)
            take(s->X, s->rows_of_X, block * s->at_once, end_of_block(s, block), q * COLUMNS,
                 next * COLUMNS, x, s->rows * COLUMNS);
        else
            next++;
    }
    return x;
}

/* The rows from..to of a panel of h = f(x W + b) or, in the last layer, of z. */
static void panel_forward(const batch *s, const batch_layer *l, const real *x, int64_t p,
                          int64_t from, int64_t to)
{
    const int64_t panel = s->rows * COLUMNS;
    real *z = l->out + p * panel;
    times_panel(z, l->b + p * COLUMNS, x, panel, l->W + p * l->inputs * COLUMNS, l->fan_in, from,
                to, width(l, p));
    if (l == s->layers + s->n_layers - 1)
        return;
    activate_rows(z + from * COLUMNS, to - from, s->f);
    for (int64_t i = from; i < to && width(l, p) < COLUMNS; i++)
        for (int64_t k = width(l, p); k < COLUMNS; k++)
            z[i * COLUMNS + k] = 0; /* sigmoid(0) is not */
    if (l->mask != NULL)
        drop_rows(s, l, p, from, to);
}

/* The first part of a step, for some samples and a group of units. */
static void through_first_layer(void *context, int64_t piece, int64_t worker)
{
    batch *s = context;
    batch_layer *l = s->layers;
    const int64_t n_blocks = (s->n + s->at_once - 1) / s->at_once;
    const int64_t group = piece / n_blocks, block = piece % n_blocks;
    const real *x = samples_of(s, worker, block, 0, l->inputs / COLUMNS);
    for (int64_t p = l->panels * group / s->groups; p < l->panels * (group + 1) / s->groups; p++)
        panel_forward(s, l, x, p, block * s->at_once, end_of_block(s, block));
}

/* The second part of a step, for some samples. */
static void there_and_back(void *context, int64_t block, int64_t worker)
{
    (void)worker;
    const batch *s = context;
    const int64_t from = block * s->at_once, to = end_of_block(s, block);
    const int64_t panel = s->rows * COLUMNS;
    batch_layer *first = s->layers, *last = first + s->n_layers - 1;
    for (batch_layer *l = first + 1; l <= last; l++)
        for (int64_t p = 0; p < l->panels; p++)
            panel_forward(s, l, l->x, p, from, to);
    if (s->losses != NULL)
        judge(s, from, to);
    if (s->step == NO_STEP)
        return;
    softmax_and_slopes(s, from, to);
    for (batch_layer *l = last; l > first; l--)
        for (int64_t p = 0; p < l[-1].panels; p++) {
            real *grad = l[-1].grad_z + p * panel;
            static const lanes zeros[TILE_VECTORS];
            times_panel(grad, (const real *)zeros, l->grad_z, panel,
                        l->W_transposed + p * l->panels * COLUMNS * COLUMNS, l->fan_out, from, to,
                        width(l - 1, p));
            const int64_t start = p * panel + from * COLUMNS;
            if (l[-1].mask != NULL)
                times_mask_and_slope(l[-1].grad_z + start, l[-1].out + start, l[-1].mask + start,
                                     to - from, s->f, (real)(1 - s->g->dropout));
            else
                times_slope(l[-1].grad_z + start, l[-1].out + start, to - from, s->f);
        }
}

/* The step of a tile of weights: grad_W sums over the samples. */
INLINE void step_tile(const batch *s, lanes *restrict W, lanes *restrict v_W,
                      const real *restrict x, const lanes *restrict grad_z, const int n_vectors,
                      const enum step step)
{
    tile grad_W = {0};
    add_products(grad_W, x, 1, COLUMNS, grad_z, s->n, n_vectors);
    EACH_ROW_OF_TILE {
        EACH_VECTOR {
            lanes *w = W + i * TILE_VECTORS + j, *v = v_W + i * TILE_VECTORS + j;
            if (step == PLAIN) {
                *w -= grad_W[i][j]; /* grad_z has the learning rate in it */
            } else {
                *v = s->r.momentum * *v + grad_W[i][j] + s->r.weight_decay * *w;
                *w -= s->r.learning_rate * *v;
            }
        }
    }
}

/* The same for the biases of a panel; they do not decay. */
static void step_biases_of_panel(const batch *s, batch_layer *l, int64_t p)
{
    const lanes *grad_z = (const lanes *)(l->grad_z + p * s->rows * COLUMNS);
    lanes *b = (lanes *)(l->b + p * COLUMNS), *v_b = (lanes *)(l->v_b + p * COLUMNS);
    for (int j = 0; j < TILE_VECTORS; j++) {
        lanes v = {0};
        for (int64_t i = 0; i < s->n; i++)
            v += grad_z[i * TILE_VECTORS + j];
        if (s->step == MOMENTUM_AND_DECAY) {
            v_b[j] = v += s->r.momentum * v_b[j];
            v *= s->r.learning_rate;
        }
        b[j] -= v;
    }
}

/* The last part of a step, for a panel of inputs of one of the layers and a group of its units. */
static void change(void *context, int64_t piece, int64_t worker)
{
    batch *s = context;
    const int64_t group = piece / s->n_panels, panel = s->rows * COLUMNS;
    batch_layer *l = s->layers;
    while (l < s->layers + s->n_layers - 1 && piece % s->n_panels >= l[1].first_panel)
        l++;
    const int64_t q = piece % s->n_panels - l->first_panel;
    const int64_t from = q * COLUMNS;
    const int64_t to = from + COLUMNS < l->fan_in ? from + COLUMNS : l->fan_in;
    const real *inputs = l->x;
    if (l == s->layers) {
        for (int64_t block = 0; block * s->at_once < s->n; block++)
            inputs = samples_of(s, worker, block, q, q + 1);
        /* The next batch lies scattered in memory: it comes while this one is computed with. */
        const int64_t n_panels = l->inputs / COLUMNS;
        fetch(s->X, s->rows_of_X + s->n, s->n_next * q / n_panels, s->n_next * (q + 1) / n_panels);
    }
    int64_t p = l->panels * group / s->groups, end = l->panels * (group + 1) / s->groups;
    if (l->panels < s->groups) /* too few to be divided: the inputs are */
        p = 0, end = q % s->groups == group ? l->panels : 0;
    for (; p < end; p++) {
        const lanes *grad_z = (const lanes *)(l->grad_z + p * panel);
        for (int64_t d = from; d < to; d += TILE_ROWS) {
            const int64_t place = (p * l->inputs + d) * COLUMNS;
            lanes *W = (lanes *)(l->W + place), *v_W = (lanes *)(l->v_W + place);
            const real *x = inputs + q * panel + (d - from);
            if (s->step == PLAIN && width(l, p) > LANES)
                step_tile(s, W, v_W, x, grad_z, 2, PLAIN);
            else if (s->step == PLAIN)
                step_tile(s, W, v_W, x, grad_z, 1, PLAIN);
            else if (width(l, p) > LANES)
                step_tile(s, W, v_W, x, grad_z, 2, MOMENTUM_AND_DECAY);
            else
                step_tile(s, W, v_W, x, grad_z, 1, MOMENTUM_AND_DECAY);
        }
        if (q == 0)
            step_biases_of_panel(s, l, p);
        if (l->W_transposed != NULL)
            transpose(l->W_transposed + (q * l->panels + p) * COLUMNS * COLUMNS,
                      l->W + (p * l->inputs + from) * COLUMNS);
    }
}

/* Room for numbers: without memory it only counts what is asked for. */
typedef struct {
    real *memory;
    int64_t taken;
} room;

static real *numbers(room *r, int64_t n)
{
    real *start = r->memory == NULL ? NULL : r->memory + r->taken;
    r->taken += in_whole(n, CACHE_LINE / (int64_t)sizeof(real));
    return start;
}

/* Set the sizes of the layers, and give them their arrays. */
static void lay_out_batch(batch *s, const model_layer *model, room *r)
{
    int64_t first_panel = 0;
    for (int64_t i = 0; i < s->n_layers; i++) {
        batch_layer *l = s->layers + i;
        l->fan_in = model[i].fan_in, l->fan_out = model[i].fan_out;
        l->inputs = in_whole(l->fan_in, COLUMNS);
        l->panels = in_whole(l->fan_out, COLUMNS) / COLUMNS;
        l->width_of_last = l->fan_out - (l->panels - 1) * COLUMNS;
        l->first_panel = first_panel;
        first_panel += l->inputs / COLUMNS;
        const int64_t columns = l->panels * COLUMNS, n_W = l->inputs * columns;
        l->W = numbers(r, n_W), l->b = numbers(r, columns);
        l->v_W = s->step == MOMENTUM_AND_DECAY ? numbers(r, n_W) : NULL;
        l->v_b = s->step == MOMENTUM_AND_DECAY ? numbers(r, columns) : NULL;
        l->W_transposed = i == 0 ? NULL : numbers(r, n_W);
        l->x = i == 0 ? numbers(r, s->copies * s->rows * l->inputs) : l[-1].out;
        l->out = numbers(r, s->rows * columns);
        l->grad_z = numbers(r, s->rows * columns);
        const int drops = s->g->dropout != 0 && i < s->n_layers - 1;
        l->mask = drops ? numbers(r, s->rows * columns) : NULL;
    }
    s->n_panels = first_panel;
}

/* Weights of a model, or what has their shape, into panels or (with `back`) out of them. */
static void exchange(const batch_layer *l, double *in_model, real *in_panels, int back)
{
    for (int64_t d = 0; d < l->fan_in; d++)
        for (int64_t p = 0; p < l->panels; p++) {
            real *restrict w = in_panels + (p * l->inputs + d) * COLUMNS;
            double *restrict m = in_model + d * l->fan_out + p * COLUMNS;
            const int64_t n = width(l, p);
            for (int64_t k = 0; k < n && back; k++)
                m[k] = w[k];
            for (int64_t k = 0; k < n && !back; k++)
                w[k] = (real)m[k];
        }
}

/* Likewise biases. */
static void exchange_biases(const batch_layer *l, double *in_model, real *in_panels, int back)
{
    for (int64_t k = 0; k < l->fan_out; k++) {
        if (back)
            in_model[k] = in_panels[k];
        else
            in_panels[k] = (real)in_model[k];
    }
}

static void exchange_weights(batch_layer *l, const model_layer *m, int back)
{
    exchange(l, m->W, l->W, back);
    exchange_biases(l, m->b, l->b, back);
    for (int64_t q = 0; l->W_transposed != NULL && !back && q < l->inputs / COLUMNS; q++)
        for (int64_t p = 0; p < l->panels; p++)
            transpose(l->W_transposed + (q * l->panels + p) * COLUMNS * COLUMNS,
                      l->W + (p * l->inputs + q * COLUMNS) * COLUMNS);
}

static void exchange_velocities(const batch_layer *l, const model_layer *m, int back)
{
    if (m->v_W != NULL)
        exchange(l, m->v_W, l->v_W, back);
    if (m->v_b != NULL)
        exchange_biases(l, m->v_b, l->v_b, back);
}

/* Go through the samples batch by batch. `s` says what is to be done with each: the step, its rates,
 * what keeps it from memorising, and where losses go, if anywhere; all else is set here. */
static int go_through(batch *s, const model_layer *model, const int64_t *rows_of_X,
                      const int64_t *y, int64_t n_samples, int64_t batch_size, int64_t n_threads)
{
    const int64_t most = n_samples < batch_size ? n_samples : batch_size;
    s->rows = in_whole(most, TILE_ROWS);
    if (s->rows / TILE_ROWS % 2 == 0)
        s->rows += TILE_ROWS; /* panels a power of two apart would share a few places of the cache */
    s->at_once = n_threads < 2 ? MOST_AT_ONCE
                               : in_whole(most / (PIECES_A_THREAD * n_threads), TILE_ROWS);
    s->at_once = s->at_once > MOST_AT_ONCE ? MOST_AT_ONCE
                 : s->at_once < TILE_ROWS  ? TILE_ROWS
                                           : s->at_once;
    s->blocks = (most + s->at_once - 1) / s->at_once;
    const int64_t inputs = in_whole(model->fan_in, COLUMNS);
    const int64_t panels = in_whole(model->fan_out, COLUMNS) / COLUMNS;
    s->copies = s->groups = 1;
    if (n_threads > 1 && s->rows * inputs * (int64_t)sizeof(real) <= COPIED) {
        s->copies = n_threads;
        s->groups = n_threads < panels ? n_threads : panels;
    }
    s->layers = calloc((size_t)s->n_layers, sizeof(batch_layer));
    s->taken = calloc((size_t)(s->copies * s->blocks * (inputs / COLUMNS)), sizeof(int64_t));
    char *memory = NULL;
    if (s->layers != NULL && s->taken != NULL) {
        room r = {NULL, 0};
        lay_out_batch(s, model, &r);
        memory = calloc((size_t)r.taken * sizeof(real) + CACHE_LINE, 1);
    }
    if (memory == NULL) {
        free(s->layers), free(s->taken);
        return OUT_OF_MEMORY;
    }
    room r = {(real *)(memory + (CACHE_LINE - (uintptr_t)memory % CACHE_LINE)), 0};
    lay_out_batch(s, model, &r);
    const float_mode before = flush_subnormals();
    for (int64_t i = 0; i < s->n_layers; i++) {
        exchange_weights(s->layers + i, model + i, 0);
        exchange_velocities(s->layers + i, model + i, 0);
    }
    pool *threads = new_pool(n_threads);
    for (int64_t start = 0; start < n_samples; start += batch_size) {
        s->rows_of_X = rows_of_X + start, s->y = y + start;
        const int64_t left = n_samples - start;
        s->n = left < batch_size ? left : batch_size;
        s->n_next = left - s->n < batch_size ? left - s->n : batch_size;
        const double scale = s->losses == NULL ? s->rate / (double)s->n : 1;
        s->scale = (real)scale;
        s->of_label = (real)(scale * (1 - s->g->label_smoothing));
        s->of_class = (real)(scale * s->g->label_smoothing /
                             (double)model[s->n_layers - 1].fan_out);
        s->place = s->g->place + start;
        s->number++;
        const int64_t blocks = (s->n + s->at_once - 1) / s->at_once;
        share_out(threads, through_first_layer, s, s->groups * blocks);
        share_out(threads, there_and_back, s, blocks);
        if (s->step != NO_STEP)
            share_out(threads, change, s, s->groups * s->n_panels);
        if (s->losses != NULL)
            s->losses += s->n, s->predicted += s->n;
    }
    end_pool(threads);
    for (int64_t i = 0; i < s->n_layers; i++) {
        if (s->losses == NULL)
            exchange_weights(s->layers + i, model + i, 1);
        exchange_velocities(s->layers + i, model + i, 1);
    }
    set_float_mode(before);
    free(s->layers), free(s->taken), free(memory);
    return OK;
}

/* Take a step on each batch of n_samples, in order, changing the model and its velocities in place;
 * the last batch may be short. The i-th sample is row rows_of_X[i] of the data, and has the label
 * y[i], 0 to fan_out - 1 of the last layer. Nothing is checked here: _compiled_batches.py does that. */
EXPORT int EXPORTED(BATCHES)(const model_layer *model, int64_t n_layers, int activation,
                             const samples *X, const int64_t *rows_of_X, const int64_t *y,
                             int64_t n_samples, int64_t batch_size, double learning_rate,
                             double momentum, double weight_decay, const regularisation *g,
                             int64_t n_threads)
{
    batch s = {.n_layers = n_layers, .f = (enum activation)activation, .X = X, .g = g};
    s.step = momentum == 0 && weight_decay == 0 ? PLAIN : MOMENTUM_AND_DECAY;
    s.rate = s.step == PLAIN ? learning_rate : 1;
    s.r = (rates){(real)learning_rate, (real)momentum, (real)weight_decay, 0};
    return go_through(&s, model, rows_of_X, y, n_samples, batch_size, n_threads);
}

/* Look at a model that stays as it is: the loss and the predicted class of each sample. Where the
 * model comes with velocities, the gradient of the summed loss is added to those, which is what a
 * momentum of 1 and a learning rate of 0 do. */
EXPORT int EXPORTED(LOOK)(const model_layer *model, int64_t n_layers, int activation,
                          const samples *X, const int64_t *rows_of_X, const int64_t *y,
                          int64_t n_samples, int64_t batch_size, double *losses,
                          int64_t *predicted, int64_t n_threads)
{
    const regularisation none = {0, 0, 0, 0};
    batch s = {.n_layers = n_layers, .f = (enum activation)activation, .X = X, .g = &none};
    s.step = model->v_W == NULL ? NO_STEP : MOMENTUM_AND_DECAY;
    s.r = (rates){0, 1, 0, 0};
    s.losses = losses, s.predicted = predicted;
    return go_through(&s, model, rows_of_X, y, n_samples, batch_size, n_threads);
}

#if defined(INSTRUCTIONS) && defined(__clang__)
#pragma clang attribute pop
#endif
