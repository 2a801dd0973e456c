/* The kernel in single precision for processors with AVX-512. */
#include "export.h"

#ifdef WITH_VERSIONS
#define AVX512
#include "float32.c"
#endif
