/* Subnormal numbers, those too close to 0 for a full mantissa (below 1e-38 in single precision),
 * count as 0 while a thread computes.
 *
 * Many processors take a hundred cycles for an operation on one. Training with momentum makes them
 * by the thousand: the velocity of a weight whose input is 0 shrinks from step to step and never
 * quite gets there. Next to a weight they are nothing.
 *
 * The mode belongs to the thread: whoever sets it restores it before the thread goes back to work
 * that is not ours, NumPy's for one. On processors that are not named here nothing is set. */
#ifndef FLOAT_MODE_H
#define FLOAT_MODE_H
#include <stdint.h>

#if defined(__SSE2__) || defined(_M_X64)
#include <xmmintrin.h>
#define FLUSH_RESULTS 0x8000u /* "flush to zero" */
#define FLUSH_INPUTS 0x0040u  /* "denormals are zero" */
#elif defined(__aarch64__) && defined(__GNUC__)
#define FLUSH_BOTH ((uint64_t)1 << 24) /* FZ, for results and inputs */
#endif

typedef uint64_t float_mode; /* the register that holds it */

/* The mode of this thread from now on. */
static inline void set_float_mode(float_mode mode)
{
#if defined(FLUSH_RESULTS)
    _mm_setcsr((unsigned)mode);
#elif defined(FLUSH_BOTH)
    __asm__ __volatile__("msr fpcr, %0" : : "r"(mode) : "memory");
#else
    (void)mode;
#endif
}

/* Let subnormal numbers count as 0 in this thread; gives the mode to restore. */
static inline float_mode flush_subnormals(void)
{
    float_mode before = 0;
#if defined(FLUSH_RESULTS)
    before = _mm_getcsr();
    set_float_mode(before | FLUSH_RESULTS | FLUSH_INPUTS);
#elif defined(FLUSH_BOTH)
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(before));
    set_float_mode(before | FLUSH_BOTH);
#endif
    return before;
}

#endif
