/* Numbers that lie side by side and are computed with one operation, LANES of them.
 *
 * The file that includes this one says which numbers:
 *   real     float or double
 *   whole    the signed integer of the same size
 *   AVX2     defined for x86-64 processors that have AVX2 and FMA; see processor.c
 *   AVX512   defined for those that have AVX-512 as well
 *
 * With GCC and clang, + - * / and the comparisons of `lanes` compute lane by lane. Where the
 * language has no vectors, LANES is 1, and `lanes` is just a number. */
#include <stdint.h>
#include <string.h>

#if defined(AVX512)
#define VECTOR_BYTES 64
#define VERSION(name) name##_avx512
#define INSTRUCTIONS "avx2,fma,avx512f,avx512dq,avx512bw,avx512vl"
#elif defined(AVX2)
#define VECTOR_BYTES 32
#define VERSION(name) name##_avx2
#define INSTRUCTIONS "avx2,fma"
#else
#define VECTOR_BYTES 16 /* SSE2, NEON and most others */
#define VERSION(name) name
#endif

#ifdef INSTRUCTIONS
#define PRAGMA_OF(text) _Pragma(#text)
#define PRAGMA(...) PRAGMA_OF(__VA_ARGS__)
#ifdef __clang__ /* popped at the end of sgd.h */
PRAGMA(clang attribute push(__attribute__((target(INSTRUCTIONS))), apply_to = function))
#else
PRAGMA(GCC target(INSTRUCTIONS))
#endif
#endif

#if defined(__GNUC__) || defined(__clang__)
#ifdef __SANITIZE_ADDRESS__
#define INLINE static inline /* one copy of each loop is enough to check, and compiles in seconds */
#else
#define INLINE static inline __attribute__((always_inline))
#endif
#define UNROLLED _Pragma("GCC unroll 8")
#define LANES (VECTOR_BYTES / (int)sizeof(real))
typedef real lanes __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef whole truth __attribute__((vector_size(VECTOR_BYTES), may_alias)); /* -1: yes, 0: no */
typedef real quad __attribute__((vector_size(16), may_alias)); /* the smallest vectors there are */

/* Lane by lane, one or the other. */
INLINE lanes choose(truth condition, lanes yes, lanes no)
{
    return (lanes)((condition & (truth)yes) | (~condition & (truth)no));
}

/* The same number in every lane. */
INLINE lanes all(real number) { return number - (lanes){0}; }

/* One half onto the other, until a quad is left. */
INLINE quad folded(lanes v)
{
    quad q[VECTOR_BYTES / 16];
    memcpy(q, &v, sizeof q);
    for (int n = VECTOR_BYTES / 32; n > 0; n /= 2)
        for (int i = 0; i < n; i++)
            q[i] += q[i + n];
    return q[0];
}

INLINE real sum_of(lanes v)
{
    quad q = folded(v);
    for (int n = 8 / (int)sizeof(real); n > 0; n /= 2)
        for (int i = 0; i < n; i++)
            q[i] += q[i + n];
    return q[0];
}
#else
#define INLINE static inline
#define UNROLLED
#define LANES 1
typedef real lanes;
typedef int truth;
INLINE lanes choose(truth condition, lanes yes, lanes no) { return condition ? yes : no; }
INLINE lanes all(real number) { return number; }
INLINE real sum_of(lanes v) { return v; }
#endif

INLINE lanes absolute(lanes x) { return choose(x < 0, -x, x); }
