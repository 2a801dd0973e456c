/* What memory alone allows a step one sample at a time: every weight is read, multiplied and written
 * once for each sample and, as momentum does, a velocity beside it. No sample and no gradient is
 * looked at. It is there to be measured against.
 *
 *   gcc -O3 -mavx2 -mfma -shared -fPIC limit_stores.c -o limit_stores.so */
#include <stddef.h>
#include <stdint.h>

void touch(float *restrict W, float *restrict v, int64_t n, int64_t times, float factor)
{
    for (int64_t t = 0; t < times; t++)
        if (v == NULL)
            for (int64_t i = 0; i < n; i++)
                W[i] *= factor;
        else
            for (int64_t i = 0; i < n; i++)
                W[i] *= factor, v[i] *= factor;
}
