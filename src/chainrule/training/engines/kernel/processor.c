/* What the loader asks before it calls the kernel. */
#include <stdint.h>

#include "activation.h"
#include "export.h"

/* Changes with the functions of the kernel, their arguments and what they mean: a library of older
 * sources is not to be called. */
EXPORT int interface_version(void)
{
    return 9;
}

/* A library that knows other activations than the registry was built from other sources. */
EXPORT int n_activations(void)
{
    return N_ACTIVATIONS;
}

/* A version for newer processors can be run if the processor has its instructions, and the
 * operating system saves the registers that they use when it switches threads. Both are asked
 * here, since __builtin_cpu_supports says no to everything with some compilers. Source: Intel 64
 * and IA-32 Architectures Software Developer's Manual, volume 1, sections 14.3 and 15.2 to 15.4.
 */
#ifdef WITH_VERSIONS
#include <cpuid.h>

static const uint32_t FMA = 1u << 12, OSXSAVE = 1u << 27; /* leaf 1, ECX */
static const uint32_t AVX2 = 1u << 5, AVX512F = 1u << 16, AVX512DQ = 1u << 17; /* leaf 7, EBX */
static const uint32_t AVX512BW = 1u << 30, AVX512VL = 1u << 31;
static const uint32_t YMM = 0x06, ZMM = 0xe6; /* XCR0: registers that the system saves */

static int has(uint32_t instructions, uint32_t registers)
{
    uint32_t eax, ebx, ecx, edx, saved, high;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & OSXSAVE) || !(ecx & FMA))
        return 0;
    __asm__("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
    if ((saved & registers) != registers || !__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx))
        return 0;
    return (ebx & instructions) == instructions;
}

/* Whether this processor can run the versions whose names end in _avx2. */
EXPORT int has_avx2(void)
{
    return has(AVX2, YMM);
}

/* And in _avx512. */
EXPORT int has_avx512(void)
{
    return has(AVX2 | AVX512F | AVX512DQ | AVX512BW | AVX512VL, ZMM);
}

/* Whether it computes 512 bits in two halves, as AMD's family 25 does (Zen 4). AVX2 is faster
 * there. */
EXPORT int halves_avx512(void)
{
    uint32_t eax, ebx, ecx, edx;
    if (!__get_cpuid(0, &eax, &ebx, &ecx, &edx) || ebx != signature_AMD_ebx)
        return 0;
    __get_cpuid(1, &eax, &ebx, &ecx, &edx);
    return (eax >> 8 & 0xf) + (eax >> 20 & 0xff) == 25;
}
#else
EXPORT int has_avx2(void) { return 0; }
EXPORT int has_avx512(void) { return 0; }
EXPORT int halves_avx512(void) { return 0; }
#endif

/* Whether there are functions for batches in it: they need a compiler that has vectors. */
EXPORT int has_batches(void)
{
#ifdef __GNUC__ /* and clang */
    return 1;
#else
    return 0;
#endif
}
