/* The kernel in single precision, with functions that take all lanes at once. */
#include <math.h>

#define real float
#define whole int32_t
#include "lanes.h"

/* exp(x) = 2^n exp(r) with n whole and |r| <= log(2) / 2: gives exp(r) - 1, by a polynomial of
 * degree 6, and 2^n. Below -87 and above 88 x is taken as those, so that exp(x) stays close to 0
 * and to the largest float. Source: Moshier, Cephes mathematical library, expf. */
INLINE lanes reduced_expm1(lanes x, lanes *power)
{
    const float round = 12582912.0f; /* 1.5 * 2^23: added to a number, it leaves no fraction */
    x = choose(x < -87.0f, all(-87.0f), x); /* written so, NaN stays NaN */
    x = choose(x > 88.0f, all(88.0f), x);
    const lanes shifted = x * 1.44269504f + round, n = shifted - round;
    const lanes r = (x - n * 0.693359375f) + n * 2.12194440e-4f; /* log(2) in two parts */
    const lanes r2 = r * r;
    /* In pairs, which the processor computes at the same time. */
    const lanes a = 1.9875691500e-4f * r + 1.3981999507e-3f;
    const lanes b = 8.3334519073e-3f * r + 4.1665795894e-2f;
    const lanes c = 1.6666665459e-1f * r + 5.0000001201e-1f;
    uint32_t bits[LANES]; /* n is in the last bits of shifted, whose first bit cancels */
    memcpy(bits, &shifted, sizeof bits);
    for (int k = 0; k < LANES; k++)
        bits[k] = (bits[k] + 127) << 23;
    memcpy(power, bits, sizeof *power);
    return ((a * r2 + b) * r2 + c) * r2 + r;
}

/* exp(x), within one unit in the last place between -87 and 88. */
INLINE lanes exp_lanes(lanes x)
{
    lanes power;
    const lanes p = reduced_expm1(x, &power);
    return (p + 1.0f) * power;
}

/* exp(x) - 1 = 2^n (exp(r) - 1) + (2^n - 1), within two units in the last place, also near 0. */
INLINE lanes expm1_lanes(lanes x)
{
    lanes power;
    const lanes p = reduced_expm1(x, &power);
    return p * power + (power - 1.0f);
}

/* log(1 + x) = 2 artanh(s) with s = x / (2 + x), for x from 0 to 1; artanh(s) / s by a polynomial
 * in s^2, fitted by least squares up to 1/9 and off by 5e-9 at most: within two units in the last
 * place, so that softplus is within three. */
INLINE lanes log1p_lanes(lanes x)
{
    const lanes s = x / (2.0f + x), t = s * s;
    lanes p = 1.400756238e-1f * t + 1.400042390e-1f;
    p = p * t + 2.001080908e-1f;
    p = p * t + 3.333320682e-1f;
    return 2.0f * (p * t * s + s);
}

/* tanh(x) = sign(x) (1 - e) / (1 + e) with e = exp(-2 |x|); within 1e-7 of it. */
INLINE lanes tanh_lanes(lanes x)
{
    const lanes e = exp_lanes(-2.0f * absolute(x)), t = (1.0f - e) / (1.0f + e);
    return choose(x < 0, -t, t);
}

/* z = b + the sum of v, for four of them: the sums of four quads take hardly longer than that of
 * one, by adding halves that are first sorted among each other. */
INLINE void add_sums_of_four(const lanes *v, const float *b, float *z)
{
#ifdef __GNUC__ /* and clang */
#ifdef __clang__
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
    typedef int32_t numbers __attribute__((vector_size(16)));
#define PICK(a, b, ...) __builtin_shuffle(a, b, (numbers){__VA_ARGS__})
#endif
    const quad q0 = folded(v[0]), q1 = folded(v[1]), q2 = folded(v[2]), q3 = folded(v[3]);
    const quad q01 = PICK(q0, q1, 0, 4, 1, 5) + PICK(q0, q1, 2, 6, 3, 7);
    const quad q23 = PICK(q2, q3, 0, 4, 1, 5) + PICK(q2, q3, 2, 6, 3, 7);
    const quad sums = PICK(q01, q23, 0, 1, 4, 5) + PICK(q01, q23, 2, 3, 6, 7);
    *(quad *)z = *(const quad *)b + sums;
#else
    for (int k = 0; k < 4; k++)
        z[k] = b[k] + sum_of(v[k]);
#endif
}

#define SGD sgd_float32
#include "sgd.h"

#ifdef __GNUC__ /* and clang: batches are written in vectors, which others do not have */
#define BATCHES batches_float32
#define LOOK look_float32
#include "batch.h"
#endif
