/* The kernel in double precision, with functions that take all lanes at once but for one. */
#include <math.h>

#define real double
#define whole int64_t
#include "lanes.h"

/* exp(x) = 2^n exp(r) with n whole and |r| <= log(2) / 2: gives exp(r) - 1, by a quotient of
 * two polynomials, and 2^n. Below -708 and above 709 x is taken as those. Source: Moshier, Cephes
 * mathematical library, exp. */
INLINE lanes reduced_expm1(lanes x, lanes *power)
{
    const double round = 6755399441055744.0; /* 1.5 * 2^52: added to a number, it leaves no fraction */
    x = choose(x < -708.0, all(-708.0), x); /* written so, NaN stays NaN */
    x = choose(x > 709.0, all(709.0), x);
    const lanes shifted = x * 1.4426950408889634074 + round, n = shifted - round;
    /* log(2) in two parts */
    const lanes r = (x - n * 6.93145751953125e-1) - n * 1.42860682030941723212e-6;
    const lanes r2 = r * r;
    const lanes p = r * ((1.26177193074810590878e-4 * r2 + 3.02994407707441961300e-2) * r2 + 1.0);
    const lanes q = ((3.00198505138664455042e-6 * r2 + 2.52448340349684104192e-3) * r2 +
                     2.27265548208155028766e-1) * r2 + 2.0;
    uint64_t bits[LANES]; /* n is in the last bits of shifted, whose first bits are shifted out */
    memcpy(bits, &shifted, sizeof bits);
    for (int k = 0; k < LANES; k++)
        bits[k] = (bits[k] + 1023) << 52;
    memcpy(power, bits, sizeof *power);
    return 2.0 * p / (q - p);
}

/* exp(x), within two units in the last place between -708 and 709. */
INLINE lanes exp_lanes(lanes x)
{
    lanes power;
    const lanes p = reduced_expm1(x, &power);
    return (p + 1.0) * power;
}

/* exp(x) - 1 = 2^n (exp(r) - 1) + (2^n - 1), within five units in the last place, also near 0. */
INLINE lanes expm1_lanes(lanes x)
{
    lanes power;
    const lanes p = reduced_expm1(x, &power);
    return p * power + (power - 1.0);
}

/* tanh(x) = sign(x) (1 - e) / (1 + e) with e = exp(-2 |x|), within five units in the last place: near
 * 0 by exp(-2 |x|) - 1, of which 1 - e would lose digits. */
INLINE lanes tanh_lanes(lanes x)
{
    lanes power;
    const lanes p = reduced_expm1(-2.0 * absolute(x), &power);
    const lanes e = (p + 1.0) * power, below_1 = -(p * power + (power - 1.0));
    const lanes t = choose(absolute(x) < 0.7, below_1, 1.0 - e) / (1.0 + e);
    return choose(x < 0, -t, t);
}

/* log(1 + x), by the C library. */
INLINE lanes log1p_lanes(lanes x)
{
    real number[LANES];
    memcpy(number, &x, sizeof number);
    for (int k = 0; k < LANES; k++)
        number[k] = log1p(number[k]);
    memcpy(&x, number, sizeof number);
    return x;
}

/* z = b + the sum of v, for four of them. */
INLINE void add_sums_of_four(const lanes *v, const double *b, double *z)
{
    for (int k = 0; k < 4; k++)
        z[k] = b[k] + sum_of(v[k]);
}

#define SGD sgd_float64
#include "sgd.h"

#ifdef __GNUC__ /* and clang: batches are written in vectors, which others do not have */
#define BATCHES batches_float64
#define LOOK look_float64
#include "batch.h"
#endif
