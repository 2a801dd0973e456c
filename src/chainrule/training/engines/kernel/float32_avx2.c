/* The kernel in single precision for processors with AVX2 and FMA. */
#include "export.h"

#ifdef WITH_AVX2
#define AVX2
#include "float32.c"
#endif
