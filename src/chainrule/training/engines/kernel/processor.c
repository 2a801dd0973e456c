/* What the loader asks before it calls the kernel. */
#include "activation.h"
#include "export.h"

/* Changes with the arguments of the kernel and what they mean: a library of older sources is not
 * to be called. */
EXPORT int interface_version(void)
{
    return 3;
}

/* A library that knows other activations than the registry was built from other sources. */
EXPORT int n_activations(void)
{
    return N_ACTIVATIONS;
}

/* Whether this processor can run the versions whose names end in _avx2. */
EXPORT int has_avx2(void)
{
#ifdef WITH_AVX2
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return 0;
#endif
}
