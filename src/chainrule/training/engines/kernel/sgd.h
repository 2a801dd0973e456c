/* Stochastic gradient descent, one sample at a time, on fully connected layers with a softmax and
 * the negative log likelihood on top. Softmax regression is the case of a single layer.
 *
 * The file that includes this one has included lanes.h and says what else differs between single
 * and double precision:
 *   SGD              the name of the function to export
 *   exp_lanes(x)     the exponential function     }
 *   expm1_lanes(x)   exp(x) - 1                   } all lane by lane; they carry NaN through
 *   log1p_lanes(x)   log(1 + x), x from 0 to 1    }
 *   tanh_lanes(x)    the hyperbolic tangent       }
 *
 * The algorithm is that of NeuralNet.grad_loss in models.py, for a single sample (' transposes):
 *
 *   forward    z_h = W_h x + b_h,  h = f(z_h),  ...,  z_o = W_o h + b_o,  y = softmax(z_o)
 *   backward   grad_z_o = y - t              grad_W_o = grad_z_o h',  grad_b_o = grad_z_o
 *              grad_h   = W_o' grad_z_o
 *              grad_z_h = grad_h * f'(z_h)   grad_W_h = grad_z_h x',  grad_b_h = grad_z_h
 *   step       v = momentum * v + grad + weight_decay * W,   W = W - learning_rate * v
 *
 * What makes it fast:
 *   - LANES numbers that lie side by side are computed with one operation. The first layer keeps
 *     its weights as (inputs, units), as the models do: each input is multiplied by a row of W_h
 *     and added to the sums of all units, side by side. The other layers keep theirs as (units,
 *     inputs), so that grad_h is summed in the same way: each grad_z by a row of W_o.
 *   - W is cut into panels of a few lanes across, and a pass goes down one panel after another. So
 *     the sums of a panel stay in the processor's registers from the first row to the last.
 *   - In the same pass W takes its step, so that it is read and written once. The first layer
 *     waits with that for the forward pass of the next sample; the others take theirs in the pass
 *     that sums grad_h.
 * Rows are padded with zeros to whole lanes; the padding stays zero.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "activation.h"
#include "export.h"
#include "float_mode.h"
#include "regularisation.h"

#define EXPORTED(name) VERSION(name) /* so that the name itself may be a macro */
#define PANEL 4 /* lanes in a panel at most */
#define CACHE_LINE 64
#define PAGE 4096

#define LEAKY_SLOPE ((real)0.01) /* of the leaky ReLU below 0, as in nn/activations.py */

enum { OK, OUT_OF_MEMORY }; /* what SGD returns */

/* How weights take a step. Momentum and weight decay cost time, so each has loops without it. */
enum step { NO_STEP, PLAIN, DECAY, MOMENTUM, MOMENTUM_AND_DECAY };

/* A layer as the models have it, in C order and double precision. */
typedef struct {
    int64_t fan_in, fan_out;
    double *W, *b;     /* (fan_in, fan_out), (fan_out) */
    double *v_W, *v_b; /* their velocities, or NULL without momentum */
} model_layer;

/* The same as the loops want it. In the first layer a row of W belongs to an input, and the units
 * lie across; in the others a row belongs to a unit, and the inputs lie across. */
typedef struct {
    int64_t fan_in, fan_out;
    int64_t rows, width; /* of W; the width in lanes */
    int64_t units;       /* fan_out in lanes */
    lanes *W, *v_W;      /* panel after panel, each (rows, lanes of the panel) */
    lanes *b, *v_b;      /* (units), as are the next four */
    lanes *out;          /* pre-activation z, then activation h or exp(z) */
    lanes *grad_z;       /* derivative of the loss by z */
    lanes *target;       /* t of the last layer: 1 for the label, else 0, or as it is smoothed */
    lanes *sums;         /* (rows): what forward() has of W x, not yet summed over the lanes */
    lanes *mask;         /* (units): what h is multiplied by, with dropout */
    truth *is_unit;      /* of the last lanes, some of which may be padding */
} layer;

typedef struct {
    real learning_rate, momentum, weight_decay;
    real kept; /* of a weight that decays: 1 - learning_rate * weight_decay */
} rates;

/* What a pass down a panel is for. */
enum pass {
    FORWARD, /* of the first layer: the step of the sample before, then the sums of this one */
    BACKWARD /* of the others: sums, with the weights that the forward pass had, then the step */
};

/* Weights after their step with the gradient g * factor. */
INLINE lanes after_step(lanes w, lanes *v, real g, lanes factor, enum step step, rates r)
{
    switch (step) {
    case NO_STEP:
        return w;
    case PLAIN: /* the learning rate is in the factor already */
        return w - g * factor;
    case DECAY: /* here too */
        return r.kept * w - g * factor;
    case MOMENTUM:
        *v = r.momentum * *v + g * factor;
        return w - r.learning_rate * *v;
    default:
        *v = r.momentum * *v + (g * factor + r.weight_decay * w);
        return w - r.learning_rate * *v;
    }
}

/* One row of a panel of n lanes: its step, with the gradient g * factors, and its share in the
 * sums, which is x * row. */
INLINE void pass_row(const int n, lanes *restrict W, lanes *restrict v_W, real g,
                     const lanes *factors, real x, lanes *sums, enum pass pass, enum step step,
                     rates r)
{
    const lanes x_in_all = all(x);
    UNROLLED for (int i = 0; i < n; i++) {
        const lanes before = W[i], after = after_step(before, v_W + i, g, factors[i], step, r);
        if (step != NO_STEP)
            W[i] = after;
        sums[i] += x_in_all * (pass == FORWARD ? after : before);
    }
}

/* A pass down a panel of n lanes: the sums x' W, to which FORWARD adds b, and the step with the
 * gradient g factors'; x and g have a number for each row. */
INLINE void pass_down(const int n, lanes *restrict W, lanes *restrict v_W, int64_t rows,
                      const real *g, const lanes *factors, const real *x, const lanes *b,
                      lanes *sums, enum pass pass, enum step step, rates r)
{
    /* A sum takes four cycles, in which the processor could begin eight. So at least four are
     * under way: in narrow panels those of every second or every fourth row are apart. */
    const int sets = n == 1 ? 4 : n < 4 ? 2 : 1;
    lanes sum[4][PANEL] = {0}, factor[PANEL];
    const real rate = step == PLAIN || step == DECAY ? r.learning_rate : 1;
    UNROLLED for (int i = 0; i < n; i++) {
        factor[i] = rate * factors[i];
        if (pass == FORWARD)
            sum[0][i] = b[i];
    }
    int64_t k = 0;
    for (; k + sets <= rows; k += sets)
        UNROLLED for (int j = 0; j < sets; j++)
            pass_row(n, W + (k + j) * n, v_W + (k + j) * n, g[k + j], factor, x[k + j], sum[j],
                     pass, step, r);
    for (; k < rows; k++)
        pass_row(n, W + k * n, v_W + k * n, g[k], factor, x[k], sum[0], pass, step, r);
    UNROLLED for (int i = 0; i < n; i++) {
        for (int j = 1; j < sets; j++)
            sum[0][i] += sum[j][i];
        sums[i] = sum[0][i];
    }
}

/* Calls f(n, ...) for the panel that begins at lanes `first` of the layer, so that the compiler
 * knows its n in each call. */
#define WITH_WIDTH_OF_PANEL(l, first, f, ...)                                                      \
    switch ((l)->width - (first)) {                                                                \
    case 1:                                                                                        \
        f(1, __VA_ARGS__);                                                                         \
        break;                                                                                     \
    case 2:                                                                                        \
        f(2, __VA_ARGS__);                                                                         \
        break;                                                                                     \
    case 3:                                                                                        \
        f(3, __VA_ARGS__);                                                                         \
        break;                                                                                     \
    default:                                                                                       \
        f(PANEL, __VA_ARGS__);                                                                     \
    }

/* The first layer: z = W x + b. W takes its step before: that of the sample x_before, whose grad_z
 * the layer still holds, so that grad_W = grad_z x_before'. */
INLINE void first_forward(layer *l, const real *x_before, const real *x, enum step step, rates r)
{
    for (int64_t i = 0; i < l->width; i += PANEL) {
        lanes *W = l->W + i * l->rows, *v_W = l->v_W + i * l->rows;
        WITH_WIDTH_OF_PANEL(l, i, pass_down, W, v_W, l->rows, x_before, l->grad_z + i, x, l->b + i,
                            l->out + i, FORWARD, step, r)
    }
}

/* The other layers: grad_x = W' grad_z, with W as the forward pass had it, and the step of W with
 * grad_W = grad_z x'. */
INLINE void backward(layer *l, const lanes *x, lanes *grad_x, enum step step, rates r)
{
    const real *grad_z = (const real *)l->grad_z;
    for (int64_t i = 0; i < l->width; i += PANEL) {
        lanes *W = l->W + i * l->rows, *v_W = l->v_W + i * l->rows;
        WITH_WIDTH_OF_PANEL(l, i, pass_down, W, v_W, l->rows, grad_z, x + i, grad_z, NULL,
                            grad_x + i, BACKWARD, step, r)
    }
}

/* `n_rows` rows of a panel of n lanes, the first of them row k: their products with x, added to
 * those of the panels before; with the last panel z. */
INLINE void rows_times_x(const int n, const int n_rows, layer *l, int64_t k, const lanes *W,
                         const lanes *x, int is_first, int is_last)
{
    lanes sums[4];
    real *z = (real *)l->out;
    const real *b = (const real *)l->b;
    UNROLLED for (int j = 0; j < n_rows; j++) {
        sums[j] = is_first ? all(0) : l->sums[k + j];
        UNROLLED for (int i = 0; i < n; i++)
            sums[j] += W[(k + j) * n + i] * x[i];
        if (!is_last)
            l->sums[k + j] = sums[j];
    }
    if (is_last && n_rows == 4)
        add_sums_of_four(sums, b + k, z + k);
    else if (is_last)
        z[k] = b[k] + sum_of(sums[0]);
}

/* All rows of a panel, four at a time. */
INLINE void panel_times_x(const int n, layer *l, const lanes *W, const lanes *x, int is_first,
                          int is_last)
{
    int64_t k = 0;
    for (; k + 4 <= l->rows; k += 4)
        rows_times_x(n, 4, l, k, W, x, is_first, is_last);
    for (; k < l->rows; k++)
        rows_times_x(n, 1, l, k, W, x, is_first, is_last);
}

/* The other layers: z = W x + b. */
static void forward(layer *l, const lanes *x)
{
    for (int64_t i = 0; i < l->width; i += PANEL)
        WITH_WIDTH_OF_PANEL(l, i, panel_times_x, l, l->W + i * l->rows, x + i, i == 0,
                            i + PANEL >= l->width)
}

/* Lanes `i` of a layer with 0 in place of padding. */
INLINE lanes of_units(const layer *l, int64_t i, lanes v)
{
    return i < l->units - 1 ? v : choose(*l->is_unit, v, all(0));
}

/* f(z). Comparisons are written so that NaN stays NaN. */
INLINE lanes activation_of(lanes z, enum activation f)
{
    switch (f) {
    case SIGMOID:
        return 1 / (1 + exp_lanes(-z));
    case TANH:
        return tanh_lanes(z);
    case RELU:
        return choose(z < 0, all(0), z);
    case SOFTPLUS: /* log(1 + exp(z)) = max(0, z) + log(1 + exp(-|z|)) */
        return choose(z < 0, all(0), z) + log1p_lanes(exp_lanes(-absolute(z)));
    case ELU:
        return choose(z < 0, expm1_lanes(z), z);
    default: /* LEAKY_RELU */
        return choose(z < 0, LEAKY_SLOPE * z, z);
    }
}

/* f'(z), which follows from h = f(z). */
INLINE lanes slope_of(lanes h, enum activation f)
{
    switch (f) {
    case SIGMOID:
        return h * (1 - h);
    case TANH:
        return 1 - h * h;
    case RELU:
        return choose(h > 0, all(1), all(0));
    case SOFTPLUS: /* sigmoid(z) = 1 - exp(-h) */
        return -expm1_lanes(-h);
    case ELU: /* exp(z) = h + 1 below 0 */
        return choose(h > 0, all(1), h + 1);
    default: /* LEAKY_RELU */
        return choose(h > 0, all(1), all(LEAKY_SLOPE));
    }
}

/* Set lanes `i` of grad_z, and take the step of the biases with grad_b = grad_z; they do not
 * decay. */
INLINE void set_grad_z(layer *l, int64_t i, lanes grad_z, enum step step, rates r)
{
    l->grad_z[i] = grad_z;
    lanes v = grad_z;
    if (step == MOMENTUM || step == MOMENTUM_AND_DECAY)
        l->v_b[i] = v += r.momentum * l->v_b[i];
    l->b[i] -= r.learning_rate * v;
}

/* h = f(z), in place. */
static void activate(layer *l, enum activation f)
{
    for (int64_t i = 0; i < l->units; i++)
        l->out[i] = of_units(l, i, activation_of(l->out[i], f)); /* sigmoid(0) is not 0 */
}

/* Leave some units out: h = h mask. */
static void drop(layer *l, uint64_t number, double dropout)
{
    draw_mask((real *)l->mask, l->units * LANES, 0, number, dropout);
    for (int64_t i = 0; i < l->units; i++)
        l->out[i] *= l->mask[i];
}

/* grad_z = grad_h * f'(z), in place of grad_h. */
INLINE void through_activation(layer *l, enum activation f, enum step step, rates r,
                               const regularisation *g)
{
    const real kept = (real)(1 - g->dropout);
    for (int64_t i = 0; i < l->units && g->dropout != 0; i++) /* h = f(z) mask, which is undone */
        set_grad_z(l, i, l->grad_z[i] * l->mask[i] * slope_of(kept * l->out[i], f), step, r);
    for (int64_t i = 0; i < l->units && g->dropout == 0; i++)
        set_grad_z(l, i, l->grad_z[i] * slope_of(l->out[i], f), step, r);
}

/* y = softmax(z), in place, and the derivative of -log(y[label]) by z: grad_z = y - t. */
INLINE void through_softmax(layer *o, enum step step, rates r)
{
    const real *z = (const real *)o->out;
    lanes *restrict y = o->out, sums = {0};
    real highest = z[0];
    for (int64_t k = 1; k < o->fan_out; k++)
        highest = z[k] > highest ? z[k] : highest;
    for (int64_t i = 0; i < o->units; i++)
        sums += y[i] = of_units(o, i, exp_lanes(y[i] - highest)); /* padding is no class */
    const real scale = 1 / sum_of(sums);
    for (int64_t i = 0; i < o->units; i++)
        set_grad_z(o, i, y[i] * scale - o->target[i], step, r);
}

/* The first pass of a call, before which there is no sample and no step. */
static void first_forward_without_step(layer *l, const real *x)
{
    const rates none = {0, 0, 0, 0};
    first_forward(l, x, x, NO_STEP, none);
}

/* Train in place. After the last sample there is a pass for the step that is still due. */
INLINE void train(layer *layers, int64_t n_layers, enum activation f, const real *X,
                  const int64_t *y, const int64_t *order, int64_t n_steps, enum step step,
                  rates r, const regularisation *g)
{
    layer *first = layers, *last = layers + n_layers - 1;
    const real *x_before = X + order[0] * first->fan_in;
    first_forward_without_step(first, x_before);
    real *target = (real *)last->target;
    const real share = (real)(g->label_smoothing / (double)last->fan_out);
    const real of_label = (real)(1 - g->label_smoothing + g->label_smoothing / (double)last->fan_out);
    for (int64_t k = 0; k < last->fan_out; k++)
        target[k] = share;
    for (int64_t s = 0; s < n_steps; s++) {
        const int64_t label = y[order[s]];
        target[label] = of_label;
        for (layer *l = first; l < last; l++) {
            activate(l, f);
            if (g->dropout != 0)
                drop(l, mask_number(g, g->place + s, l - first, n_layers - 1), g->dropout);
            forward(l + 1, l->out);
        }
        through_softmax(last, step, r);
        for (layer *l = last; l > first; l--) {
            backward(l, l[-1].out, l[-1].grad_z, step, r);
            through_activation(l - 1, f, step, r, g);
        }
        target[label] = share;

        const real *x = X + order[s + 1 < n_steps ? s + 1 : s] * first->fan_in;
        first_forward(first, x_before, x, step, r);
        x_before = x;
    }
}

static int64_t in_lanes(int64_t n) { return (n + LANES - 1) / LANES; }

/* Lanes to leave free between so many weights and their velocities, which then lie half a page off
 * from the weights. Processors tell by the place within a page whether what they are to read is
 * still on its way to memory, and wait if it seems so. */
static int64_t gap_after(int64_t n_weights)
{
    const int64_t page = PAGE / sizeof(lanes);
    return (page + page / 2 - n_weights % page) % page;
}

/* Set the sizes of a layer and return how many lanes it takes. */
static int64_t size_up(layer *l, const model_layer *m, int is_first)
{
    l->fan_in = m->fan_in, l->fan_out = m->fan_out;
    l->units = in_lanes(m->fan_out);
    l->rows = is_first ? m->fan_in : m->fan_out;
    l->width = is_first ? l->units : in_lanes(m->fan_in);
    return 2 * l->rows * l->width + gap_after(l->rows * l->width) + 6 * l->units + l->rows + 1;
}

/* Lay out a layer from `next` on and return what comes after it. */
static lanes *lay_out(layer *l, lanes *next)
{
    const int64_t n_W = l->rows * l->width, n_b = l->units;
    l->W = next, l->v_W = next + n_W + gap_after(n_W), next = l->v_W + n_W;
    l->b = next, l->v_b = next + n_b, next += 2 * n_b;
    l->out = next, l->grad_z = next + n_b, next += 2 * n_b;
    l->target = next, next += n_b;
    l->sums = next, next += l->rows;
    l->mask = next, next += n_b;
    l->is_unit = (truth *)next;
    return next + 1;
}

enum direction { TO_LAYER, TO_MODEL };

/* Copy weights or their velocities between a model's W (fan_in, fan_out) and a layer's panels. */
static void copy(const layer *l, lanes *panels, double *W, int is_first, enum direction direction)
{
    const int64_t n_columns = is_first ? l->fan_out : l->fan_in;
    for (int64_t k = 0; k < l->rows; k++) {
        for (int64_t j = 0; j < n_columns; j++) {
            const int64_t first = j / LANES / PANEL * PANEL; /* lanes of the panel */
            const int64_t n = l->width - first < PANEL ? l->width - first : PANEL;
            real *kept = (real *)(panels + first * l->rows + k * n) + (j - first * LANES);
            double *given = W + (is_first ? k * l->fan_out + j : j * l->fan_out + k);
            if (direction == TO_LAYER)
                *kept = (real)*given;
            else
                *given = *kept;
        }
    }
}

static void load(layer *l, const model_layer *m, int is_first)
{
    copy(l, l->W, m->W, is_first, TO_LAYER);
    if (m->v_W != NULL)
        copy(l, l->v_W, m->v_W, is_first, TO_LAYER);
    for (int64_t k = 0; k < l->fan_out - (l->units - 1) * LANES; k++)
        ((whole *)l->is_unit)[k] = -1;
    for (int64_t k = 0; k < m->fan_out; k++) {
        ((real *)l->b)[k] = (real)m->b[k];
        ((real *)l->v_b)[k] = m->v_b == NULL ? 0 : (real)m->v_b[k];
    }
}

static void store(const layer *l, const model_layer *m, int is_first)
{
    copy(l, l->W, m->W, is_first, TO_MODEL);
    if (m->v_W != NULL)
        copy(l, l->v_W, m->v_W, is_first, TO_MODEL);
    for (int64_t k = 0; k < m->fan_out; k++) {
        m->b[k] = ((const real *)l->b)[k];
        if (m->v_b != NULL)
            m->v_b[k] = ((const real *)l->v_b)[k];
    }
}

/* Take n_steps steps, one at least, the s-th on sample order[s], and change the model and its
 * velocities in place. X is (n_samples, fan_in of the first layer) in C order; y holds labels, 0 to
 * fan_out - 1 of the last layer. Nothing is checked here: _compiled.py does that. */
EXPORT int EXPORTED(SGD)(const model_layer *model, int64_t n_layers, int activation,
                         const real *X, const int64_t *y, const int64_t *order, int64_t n_steps,
                         double learning_rate, double momentum, double weight_decay,
                         const regularisation *g)
{
    const rates r = {(real)learning_rate, (real)momentum, (real)weight_decay,
                     (real)(1 - learning_rate * weight_decay)};
    const enum activation f = (enum activation)activation;
    layer *layers = calloc((size_t)n_layers, sizeof(layer));
    if (layers == NULL)
        return OUT_OF_MEMORY;
    int64_t size = 0;
    for (int64_t i = 0; i < n_layers; i++)
        size += size_up(layers + i, model + i, i == 0);
    char *memory = calloc((size_t)size * sizeof(lanes) + CACHE_LINE, 1);
    if (memory == NULL) {
        free(layers);
        return OUT_OF_MEMORY;
    }
    lanes *next = (lanes *)(memory + (CACHE_LINE - (uintptr_t)memory % CACHE_LINE));
    const float_mode before = flush_subnormals();
    for (int64_t i = 0; i < n_layers; i++) {
        next = lay_out(layers + i, next);
        load(layers + i, model + i, i == 0);
    }
    if (momentum != 0 && weight_decay != 0)
        train(layers, n_layers, f, X, y, order, n_steps, MOMENTUM_AND_DECAY, r, g);
    else if (momentum != 0)
        train(layers, n_layers, f, X, y, order, n_steps, MOMENTUM, r, g);
    else if (weight_decay != 0)
        train(layers, n_layers, f, X, y, order, n_steps, DECAY, r, g);
    else
        train(layers, n_layers, f, X, y, order, n_steps, PLAIN, r, g);
    for (int64_t i = 0; i < n_layers; i++)
        store(layers + i, model + i, i == 0);
    set_float_mode(before);
    free(layers), free(memory);
    return OK;
}

#if defined(INSTRUCTIONS) && defined(__clang__)
#pragma clang attribute pop
#endif
