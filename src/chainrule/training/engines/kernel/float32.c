/* The kernel in single precision, with functions that compilers can vectorise. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#define HERE static inline __attribute__((always_inline))
#else
#define HERE static inline
#endif

/* exp(x) = 2^n exp(r) with n whole and |r| <= log(2) / 2: gives exp(r) - 1, by a polynomial of
 * degree 6, and 2^n. Below -87 and above 88 x is taken as those, so that exp(x) stays close to 0
 * and to the largest float. Source: Moshier, Cephes mathematical library, expf. */
HERE float reduced_expm1_float32(float x, float *power)
{
    const float round = 12582912.0f; /* 1.5 * 2^23: added to a number, it leaves no fraction */
    x = x < -87.0f ? -87.0f : x;     /* written so, NaN stays NaN */
    x = x > 88.0f ? 88.0f : x;
    const float shifted = x * 1.44269504f + round, n = shifted - round;
    const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f; /* log(2) in two parts */
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r;
    uint32_t bits; /* n is in the last bits of shifted, whose first bit cancels */
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    memcpy(power, &bits, sizeof *power);
    return p;
}

/* exp(x), within one unit in the last place between -87 and 88. */
HERE float exp_float32(float x)
{
    float power;
    const float p = reduced_expm1_float32(x, &power);
    return (p + 1.0f) * power;
}

/* exp(x) - 1 = 2^n (exp(r) - 1) + (2^n - 1), within two units in the last place, also near 0. */
HERE float expm1_float32(float x)
{
    float power;
    const float p = reduced_expm1_float32(x, &power);
    return p * power + (power - 1.0f);
}

/* log(1 + x) = 2 artanh(s) with s = x / (2 + x), for x from 0 to 1; artanh(s) / s by a polynomial
 * in s^2, fitted by least squares up to 1/9 and off by 5e-9 at most: within two units in the last
 * place, so that softplus is within three. */
HERE float log1p_float32(float x)
{
    const float s = x / (2.0f + x), t = s * s;
    float p = 1.400756238e-1f;
    p = p * t + 1.400042390e-1f;
    p = p * t + 2.001080908e-1f;
    p = p * t + 3.333320682e-1f;
    return 2.0f * (p * t * s + s);
}

/* tanh(x) = sign(x) (1 - e) / (1 + e) with e = exp(-2 |x|); within 1e-7 of it. */
HERE float tanh_float32(float x)
{
    const float e = exp_float32(-2.0f * fabsf(x));
    return copysignf((1.0f - e) / (1.0f + e), x);
}

#define real float
#define SGD sgd_float32
#define exp_real exp_float32
#define expm1_real expm1_float32
#define log1p_real log1p_float32
#define tanh_real tanh_float32
#include "sgd.h"
