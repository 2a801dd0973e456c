/* The deforming of images for processors with AVX2 and FMA: a quarter less time, the same bits. */
#include "export.h"

#ifdef WITH_VERSIONS
#define AVX2
#include "images.c"
#endif
