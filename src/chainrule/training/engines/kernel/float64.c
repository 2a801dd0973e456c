/* The kernel in double precision, with the functions of the C library. */
#include <math.h>

#define real double
#define SGD sgd_float64
#define exp_real exp
#define expm1_real expm1
#define log1p_real log1p
#define tanh_real tanh
#include "sgd.h"
