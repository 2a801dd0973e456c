/* The kernel in double precision, with the functions of the C library. */
#include <math.h>

#define real double
#define whole int64_t
#include "lanes.h"

#define LANE_BY_LANE(name, function)                                                               \
    INLINE lanes name(lanes x)                                                                     \
    {                                                                                              \
        real number[LANES];                                                                        \
        memcpy(number, &x, sizeof number);                                                         \
        for (int k = 0; k < LANES; k++)                                                            \
            number[k] = function(number[k]);                                                       \
        memcpy(&x, number, sizeof number);                                                         \
        return x;                                                                                  \
    }
LANE_BY_LANE(exp_lanes, exp)
LANE_BY_LANE(expm1_lanes, expm1)
LANE_BY_LANE(log1p_lanes, log1p)
LANE_BY_LANE(tanh_lanes, tanh)

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
