/* Stochastic gradient descent, one sample at a time, on fully connected layers with a softmax and
 * the negative log likelihood on top. Softmax regression is the case of a single layer.
 *
 * The file that includes this one says which precision it is for:
 *   real            float or double
 *   SGD             the name of the function to export
 *   exp_real(x)     the exponential function     }
 *   expm1_real(x)   exp(x) - 1                   } all carry NaN through
 *   log1p_real(x)   log(1 + x), x from 0 to 1    }
 *   tanh_real(x)    the hyperbolic tangent       }
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
 *   - Weights are kept as (rows, inputs), the transpose of the models', so that a unit's weights
 *     lie in a row and every loop runs along rows, LANES numbers in one operation.
 *   - The step of the first layer waits for the next sample, whose forward pass reads the same
 *     weights anyway: one pass over the largest matrix for each sample, where there were two.
 *     The other layers take theirs in the pass that computes the gradient for the layer below.
 *   - Four rows at a time share what they read of x.
 * Rows are padded with zeros to whole lanes, and their number to a multiple of four, so that no
 * loop over them has a remainder; the padding stays zero.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "activation.h"
#include "export.h"
#include "float_mode.h"

#ifdef AVX2 /* for x86-64 processors that have AVX2 and FMA; see processor.c */
#define VECTOR_BYTES 32
#define VERSION(name) name##_avx2
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif
#else
#define VECTOR_BYTES 16 /* SSE2, NEON and most others */
#define VERSION(name) name
#endif
#define EXPORTED(name) VERSION(name) /* so that the name itself may be a macro */

#if defined(__GNUC__) || defined(__clang__)
#define INLINE static inline __attribute__((always_inline))
#define EACH_ROW _Pragma("GCC unroll 4") for (int k = 0; k < ROWS; k++)
#define LANES (VECTOR_BYTES / (int)sizeof(real))
typedef real lanes __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef real half __attribute__((vector_size(VECTOR_BYTES / 2), may_alias));
#else /* no vectors in the language: the same loops, one number at a time */
#define INLINE static inline
#define EACH_ROW for (int k = 0; k < ROWS; k++)
#define LANES 1
typedef real lanes;
#endif
#define ROWS 4
#define CACHE_LINE 64

#define LEAKY_SLOPE ((real)0.01) /* of the leaky ReLU below 0, as in nn/activations.py */

enum { OK, OUT_OF_MEMORY };            /* what SGD returns */
enum step { NO_STEP, PLAIN, GENERAL }; /* general: with momentum, weight decay or both */

/* A layer as the models have it, in C order and double precision. */
typedef struct {
    int64_t fan_in, fan_out;
    double *W, *b;     /* (fan_in, fan_out), (fan_out) */
    double *v_W, *v_b; /* their velocities, or NULL without momentum */
} model_layer;

/* The same as the loops want it. */
typedef struct {
    int64_t fan_in, fan_out;
    int64_t inputs;      /* fan_in in whole lanes */
    int64_t rows, units; /* fan_out to a multiple of ROWS, and in whole lanes */
    lanes *W, *v_W;      /* (rows, inputs) */
    real *b, *v_b;       /* (units), as all that follows */
    real *out;           /* pre-activation z, then activation h or probabilities y */
    real *grad_z;        /* derivative of the loss by z */
} layer;

typedef struct {
    real learning_rate, momentum, weight_decay;
} rates;

#if defined(__GNUC__) || defined(__clang__)
INLINE real sum_of(lanes v)
{
    half h[2];
    memcpy(h, &v, sizeof h);
    h[0] += h[1];
    real sum = h[0][0];
    for (int i = 1; i < LANES / 2; i++)
        sum += h[0][i];
    return sum;
}
#else
INLINE real sum_of(lanes v) { return v; }
#endif

/* z = W x + b. If a step is due, W takes it first: that of the sample before, x_before, whose
 * grad_z the layer still holds, so that grad_W = grad_z x_before'. */
INLINE void affine(layer *l, const lanes *restrict x_before, const lanes *restrict x,
                   enum step step, rates r)
{
    const int64_t n = l->inputs;
    for (int64_t unit = 0; unit < l->rows; unit += ROWS) {
        lanes *restrict W = l->W + unit * n, *restrict v_W = l->v_W + unit * n;
        lanes z[ROWS] = {0};
        real g[ROWS];
        EACH_ROW g[k] = l->grad_z[unit + k] * (step == PLAIN ? r.learning_rate : 1);
        for (int64_t i = 0; i < n; i++) {
            const lanes now = x[i], before = x_before[i];
            EACH_ROW {
                lanes w = W[k * n + i];
                if (step == PLAIN)
                    w -= g[k] * before; /* g has the learning rate in it */
                if (step == GENERAL) {
                    const lanes grad_w = g[k] * before, v = v_W[k * n + i];
                    v_W[k * n + i] = r.momentum * v + grad_w + r.weight_decay * w;
                    w -= r.learning_rate * v_W[k * n + i];
                }
                if (step != NO_STEP)
                    W[k * n + i] = w;
                z[k] += w * now;
            }
        }
        EACH_ROW l->out[unit + k] = sum_of(z[k]) + l->b[unit + k];
    }
}

/* grad_x = W' grad_z, with W as the forward pass had it; in the same pass over W its step, with
 * grad_W = grad_z x'. */
INLINE void backward(layer *l, const lanes *restrict x, lanes *restrict grad_x, enum step step,
                     rates r)
{
    const int64_t n = l->inputs;
    memset(grad_x, 0, (size_t)n * sizeof(lanes));
    for (int64_t unit = 0; unit < l->rows; unit += ROWS) {
        lanes *restrict W = l->W + unit * n, *restrict v_W = l->v_W + unit * n;
        real g[ROWS], rate_g[ROWS];
        EACH_ROW g[k] = l->grad_z[unit + k], rate_g[k] = r.learning_rate * g[k];
        for (int64_t i = 0; i < n; i++) {
            const lanes x_i = x[i];
            lanes grad = grad_x[i];
            EACH_ROW {
                const lanes w = W[k * n + i];
                grad += g[k] * w;
                if (step == GENERAL) {
                    const lanes grad_w = g[k] * x_i, v = v_W[k * n + i];
                    v_W[k * n + i] = r.momentum * v + grad_w + r.weight_decay * w;
                    W[k * n + i] = w - r.learning_rate * v_W[k * n + i];
                } else {
                    W[k * n + i] = w - rate_g[k] * x_i;
                }
            }
            grad_x[i] = grad;
        }
    }
}

/* The step of the biases, with grad_b = grad_z; they do not decay. */
INLINE void step_biases(layer *l, enum step step, rates r)
{
    real *restrict b = l->b, *restrict v_b = l->v_b;
    const real *restrict grad_z = l->grad_z;
    for (int64_t k = 0; k < l->units; k++) {
        real v = grad_z[k];
        if (step == GENERAL)
            v_b[k] = v += r.momentum * v_b[k];
        b[k] -= r.learning_rate * v;
    }
}

/* h = f(z), in place. */
INLINE void activate(layer *l, enum activation f)
{
    real *restrict h = l->out;
    const int64_t n = l->units;
    switch (f) { /* comparisons are written so that NaN stays NaN */
    case SIGMOID:
        for (int64_t k = 0; k < n; k++)
            h[k] = 1 / (1 + exp_real(-h[k]));
        break;
    case TANH:
        for (int64_t k = 0; k < n; k++)
            h[k] = tanh_real(h[k]);
        break;
    case RELU:
        for (int64_t k = 0; k < n; k++)
            h[k] = h[k] < 0 ? 0 : h[k];
        break;
    case SOFTPLUS: /* log(1 + exp(z)) = max(0, z) + log(1 + exp(-|z|)) */
        for (int64_t k = 0; k < n; k++) {
            const real z = h[k];
            h[k] = (z < 0 ? 0 : z) + log1p_real(exp_real(z < 0 ? z : -z));
        }
        break;
    case ELU:
        for (int64_t k = 0; k < n; k++)
            h[k] = h[k] < 0 ? expm1_real(h[k]) : h[k];
        break;
    case LEAKY_RELU:
        for (int64_t k = 0; k < n; k++)
            h[k] = h[k] < 0 ? LEAKY_SLOPE * h[k] : h[k];
        break;
    }
    for (int64_t k = l->fan_out; k < n; k++)
        h[k] = 0; /* padding; sigmoid(0) is not */
}

/* grad_z = grad_h * f'(z), in place of grad_h; f'(z) follows from h = f(z). */
INLINE void through_activation(layer *l, enum activation f)
{
    real *restrict grad = l->grad_z;
    const real *restrict h = l->out;
    const int64_t n = l->units;
    switch (f) {
    case SIGMOID:
        for (int64_t k = 0; k < n; k++)
            grad[k] *= h[k] * (1 - h[k]);
        break;
    case TANH:
        for (int64_t k = 0; k < n; k++)
            grad[k] *= 1 - h[k] * h[k];
        break;
    case RELU:
        for (int64_t k = 0; k < n; k++)
            grad[k] *= h[k] > 0 ? 1 : 0;
        break;
    case SOFTPLUS: /* f'(z) = sigmoid(z) = 1 - exp(-h) */
        for (int64_t k = 0; k < n; k++)
            grad[k] *= -expm1_real(-h[k]);
        break;
    case ELU: /* f'(z) = exp(z) = h + 1 below 0 */
        for (int64_t k = 0; k < n; k++)
            grad[k] *= h[k] > 0 ? 1 : h[k] + 1;
        break;
    case LEAKY_RELU:
        for (int64_t k = 0; k < n; k++)
            grad[k] *= h[k] > 0 ? 1 : LEAKY_SLOPE;
        break;
    }
}

/* y = softmax(z), in place, and the derivative of -log(y[label]) by z: grad_z = y - t. */
INLINE void softmax_and_loss(layer *o, int64_t label)
{
    real *restrict y = o->out, *restrict grad_z = o->grad_z;
    const int64_t n = o->units;
    real highest = y[0];
    for (int64_t k = 1; k < o->fan_out; k++)
        highest = y[k] > highest ? y[k] : highest;
    for (int64_t k = 0; k < n; k++)
        y[k] = exp_real(y[k] - highest);
    for (int64_t k = o->fan_out; k < n; k++)
        y[k] = 0; /* padding is no class */
    lanes sums = {0};
    for (int64_t i = 0; i < n / LANES; i++)
        sums += ((const lanes *)y)[i];
    const real scale = 1 / sum_of(sums);
    for (int64_t k = 0; k < n; k++)
        grad_z[k] = y[k] *= scale;
    grad_z[label] -= 1;
}

INLINE void train(layer *layers, int64_t n_layers, enum activation f, const real *X,
                  const int64_t *y, const int64_t *order, int64_t n_steps, lanes *x,
                  lanes *x_before, enum step step, rates r)
{
    layer *first = layers, *last = layers + n_layers - 1;
    for (int64_t s = 0; s < n_steps; s++) {
        /* To an aligned place, where zeros follow. */
        memcpy(x, X + order[s] * first->fan_in, (size_t)first->fan_in * sizeof(real));

        affine(first, x_before, x, s > 0 ? step : NO_STEP, r);
        for (layer *l = first; l < last; l++) {
            activate(l, f);
            affine(l + 1, x, (lanes *)l->out, NO_STEP, r);
        }
        softmax_and_loss(last, y[order[s]]);
        for (layer *l = last; l > first; l--) {
            backward(l, (lanes *)l[-1].out, (lanes *)l[-1].grad_z, step, r);
            step_biases(l, step, r);
            through_activation(l - 1, f);
        }
        step_biases(first, step, r);

        lanes *swap = x_before;
        x_before = x, x = swap;
    }
    if (n_steps > 0)
        affine(first, x_before, x_before, step, r); /* for the step that is still due */
}

static int64_t padded(int64_t n, int64_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

/* Set the sizes of a layer and return how many lanes it takes. */
static int64_t size_up(layer *l, const model_layer *m)
{
    const int64_t multiple = ROWS > LANES ? ROWS : LANES;
    l->fan_in = m->fan_in, l->fan_out = m->fan_out;
    l->inputs = padded(m->fan_in, multiple) / LANES;
    l->rows = padded(m->fan_out, ROWS);
    l->units = padded(m->fan_out, multiple);
    return 2 * l->rows * l->inputs + 4 * l->units / LANES;
}

/* Lay out a layer from `next` on and return what comes after it. */
static lanes *lay_out(layer *l, lanes *next)
{
    const int64_t n_W = l->rows * l->inputs, n_b = l->units / LANES;
    l->W = next, l->v_W = next + n_W, next += 2 * n_W;
    l->b = (real *)next, l->v_b = (real *)(next + n_b), next += 2 * n_b;
    l->out = (real *)next, l->grad_z = (real *)(next + n_b);
    return next + 2 * n_b;
}

static void load(layer *l, const model_layer *m)
{
    const int64_t n = l->inputs * LANES;
    real *W = (real *)l->W, *v_W = (real *)l->v_W;
    for (int64_t k = 0; k < m->fan_out; k++) {
        for (int64_t i = 0; i < m->fan_in; i++) {
            W[k * n + i] = (real)m->W[i * m->fan_out + k];
            v_W[k * n + i] = m->v_W == NULL ? 0 : (real)m->v_W[i * m->fan_out + k];
        }
        l->b[k] = (real)m->b[k];
        l->v_b[k] = m->v_b == NULL ? 0 : (real)m->v_b[k];
    }
}

static void store(const layer *l, const model_layer *m)
{
    const int64_t n = l->inputs * LANES;
    const real *W = (real *)l->W, *v_W = (real *)l->v_W;
    for (int64_t k = 0; k < m->fan_out; k++) {
        for (int64_t i = 0; i < m->fan_in; i++) {
            m->W[i * m->fan_out + k] = W[k * n + i];
            if (m->v_W != NULL)
                m->v_W[i * m->fan_out + k] = v_W[k * n + i];
        }
        m->b[k] = l->b[k];
        if (m->v_b != NULL)
            m->v_b[k] = l->v_b[k];
    }
}

/* Take n_steps steps, the s-th on sample order[s], changing the model and its velocities in place.
 * X is (n_samples, fan_in of the first layer) in C order; y holds labels, 0 to fan_out - 1 of the
 * last layer. Nothing is checked here: _compiled.py does that. */
EXPORT int EXPORTED(SGD)(const model_layer *model, int64_t n_layers, int activation,
                         const real *X, const int64_t *y, const int64_t *order, int64_t n_steps,
                         double learning_rate, double momentum, double weight_decay)
{
    const rates r = {(real)learning_rate, (real)momentum, (real)weight_decay};
    const enum activation f = (enum activation)activation;
    layer *layers = calloc((size_t)n_layers, sizeof(layer));
    if (layers == NULL)
        return OUT_OF_MEMORY;
    int64_t size = 0;
    for (int64_t i = 0; i < n_layers; i++)
        size += size_up(layers + i, model + i);
    const int64_t n_x = layers[0].inputs;
    size += 2 * n_x;
    char *memory = calloc((size_t)size * sizeof(lanes) + CACHE_LINE, 1);
    if (memory == NULL) {
        free(layers);
        return OUT_OF_MEMORY;
    }
    lanes *x = (lanes *)(memory + (CACHE_LINE - (uintptr_t)memory % CACHE_LINE));
    lanes *x_before = x + n_x, *next = x_before + n_x;
    const float_mode before = flush_subnormals();
    for (int64_t i = 0; i < n_layers; i++) {
        next = lay_out(layers + i, next);
        load(layers + i, model + i);
    }
    if (momentum == 0 && weight_decay == 0)
        train(layers, n_layers, f, X, y, order, n_steps, x, x_before, PLAIN, r);
    else
        train(layers, n_layers, f, X, y, order, n_steps, x, x_before, GENERAL, r);
    for (int64_t i = 0; i < n_layers; i++)
        store(layers + i, model + i);
    set_float_mode(before);
    free(layers), free(memory);
    return OK;
}

#if defined(AVX2) && defined(__clang__)
#pragma clang attribute pop
#endif
