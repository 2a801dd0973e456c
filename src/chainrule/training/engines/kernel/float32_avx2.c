/* The kernel in single precision for processors with AVX2 and FMA. */
#include "export.h"

#ifdef WITH_VERSIONS
#define AVX2
#include "float32.c"
#endif
