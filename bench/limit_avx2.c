/* What a kernel made by hand reaches on processors with AVX2 and FMA: SGD one sample at a time on a
 * network NI-NH-NO with a sigmoid hidden layer and a softmax, in single precision, with the sizes
 * known to the compiler. It is there to be measured against, and checks nothing.
 *
 *   gcc -O3 -mavx2 -mfma -shared -fPIC -DNI=64 -DNH=32 -DNO=10 limit_avx2.c -o limit32.so
 *
 * Arrays are aligned to 32 bytes and padded with zeros to whole registers of 8 numbers: W_h
 * (NI, HP), b_h (HP), W_o (NO, HP), b_o (OP). The step of W_h waits for the next sample. */
#include <immintrin.h>
#include <stdint.h>

#define L 8
#define NZ ((NH + L - 1) / L) /* registers of hidden units */
#define HP (NZ * L)
#define NC ((NO + L - 1) / L) /* registers of classes */
#define OP (NC * L)
#define AT_ONCE 4 /* registers of units whose sums are kept over all inputs */
#define UNROLL _Pragma("GCC unroll 16")

static inline __m256 exp256(__m256 x)
{
    x = _mm256_min_ps(_mm256_max_ps(x, _mm256_set1_ps(-87.f)), _mm256_set1_ps(88.f));
    __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504088896341f)),
                               _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693359375f), x);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.12194440e-4f), r);
    __m256 r2 = _mm256_mul_ps(r, r);
    __m256 a = _mm256_fmadd_ps(_mm256_set1_ps(1.9875691500e-4f), r,
                               _mm256_set1_ps(1.3981999507e-3f));
    __m256 b = _mm256_fmadd_ps(_mm256_set1_ps(8.3334519073e-3f), r,
                               _mm256_set1_ps(4.1665795894e-2f));
    __m256 c = _mm256_fmadd_ps(_mm256_set1_ps(1.6666665459e-1f), r,
                               _mm256_set1_ps(5.0000001201e-1f));
    __m256 p = _mm256_fmadd_ps(_mm256_fmadd_ps(a, r2, b), r2, c);
    p = _mm256_fmadd_ps(p, r2, _mm256_add_ps(r, _mm256_set1_ps(1.f)));
    __m256i power = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    return _mm256_mul_ps(p, _mm256_castsi256_ps(_mm256_slli_epi32(power, 23)));
}

static inline float sum256(__m256 v)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

static inline float max256(__m256 v)
{
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

/* All ones in the first `n` numbers of the register that begins at `first`. */
static inline __m256 inside(int first, int n)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(n - first), lane));
}

void c_intr(const float *restrict X, const int *restrict y, const int64_t *restrict order,
            int64_t N, int n_inputs, int n_hidden, int n_classes, float *restrict W_h,
            float *restrict b_h, float *restrict W_o, float *restrict b_o, float rate)
{
    (void)n_inputs, (void)n_hidden, (void)n_classes;
    __m256 g[NZ], h[NZ];
    for (int z = 0; z < NZ; z++)
        g[z] = _mm256_setzero_ps();
    float d[OP] __attribute__((aligned(32)));
    const float *before = X + order[0] * NI;
    const __m256 one = _mm256_set1_ps(1.f);
    for (int64_t s = 0; s < N; s++) {
        const int64_t sample = order[s];
        const float *x = X + sample * NI;
        for (int z0 = 0; z0 < NZ; z0 += AT_ONCE) {
            const int Z = NZ - z0 < AT_ONCE ? NZ - z0 : AT_ONCE;
            __m256 even[AT_ONCE], odd[AT_ONCE];
            for (int z = 0; z < Z; z++)
                even[z] = _mm256_load_ps(b_h + L * (z0 + z)), odd[z] = _mm256_setzero_ps();
#pragma GCC unroll 8
            for (int i = 0; i < NI; i += 2) {
                const __m256 x_a = _mm256_set1_ps(x[i]), x_b = _mm256_set1_ps(x[i + 1]);
                const __m256 before_a = _mm256_set1_ps(before[i]);
                const __m256 before_b = _mm256_set1_ps(before[i + 1]);
#pragma GCC unroll 4
                for (int z = 0; z < Z; z++) {
                    float *w = W_h + i * HP + L * (z0 + z);
                    __m256 v = _mm256_fnmadd_ps(g[z0 + z], before_a, _mm256_load_ps(w));
                    _mm256_store_ps(w, v);
                    even[z] = _mm256_fmadd_ps(v, x_a, even[z]);
                    v = _mm256_fnmadd_ps(g[z0 + z], before_b, _mm256_load_ps(w + HP));
                    _mm256_store_ps(w + HP, v);
                    odd[z] = _mm256_fmadd_ps(v, x_b, odd[z]);
                }
            }
            for (int z = 0; z < Z; z++) {
                const __m256 minus = _mm256_sub_ps(_mm256_setzero_ps(),
                                                   _mm256_add_ps(even[z], odd[z]));
                h[z0 + z] = _mm256_div_ps(one, _mm256_add_ps(one, exp256(minus)));
            }
        }
        h[NZ - 1] = _mm256_and_ps(h[NZ - 1], inside(L * (NZ - 1), NH));
        for (int k = 0; k < NO; k++) {
            __m256 t = _mm256_mul_ps(_mm256_load_ps(W_o + k * HP), h[0]);
            UNROLL for (int z = 1; z < NZ; z++)
                t = _mm256_fmadd_ps(_mm256_load_ps(W_o + k * HP + L * z), h[z], t);
            d[k] = sum256(t) + b_o[k];
        }
        for (int k = NO; k < OP; k++)
            d[k] = -1e30f;
        __m256 p[NC];
        __m256 highest = _mm256_load_ps(d);
        for (int c = 1; c < NC; c++)
            highest = _mm256_max_ps(highest, _mm256_load_ps(d + L * c));
        highest = _mm256_set1_ps(max256(highest));
        __m256 total = _mm256_setzero_ps();
        for (int c = 0; c < NC; c++) {
            p[c] = exp256(_mm256_sub_ps(_mm256_load_ps(d + L * c), highest));
            p[c] = _mm256_and_ps(p[c], inside(L * c, NO));
            total = _mm256_add_ps(total, p[c]);
        }
        const __m256 scale = _mm256_set1_ps(1.f / sum256(total));
        for (int c = 0; c < NC; c++)
            _mm256_store_ps(d + L * c, _mm256_mul_ps(p[c], scale));
        d[y[sample]] -= 1.f;
        for (int c = 0; c < NC; c++) {
            const __m256 b = _mm256_load_ps(b_o + L * c);
            _mm256_store_ps(b_o + L * c,
                            _mm256_fnmadd_ps(_mm256_set1_ps(rate), _mm256_load_ps(d + L * c), b));
        }
        for (int z0 = 0; z0 < NZ; z0 += AT_ONCE) {
            const int Z = NZ - z0 < AT_ONCE ? NZ - z0 : AT_ONCE;
            __m256 grad_h[AT_ONCE];
            for (int z = 0; z < Z; z++)
                grad_h[z] = _mm256_setzero_ps();
            UNROLL for (int k = 0; k < NO; k++) {
                const __m256 d_k = _mm256_set1_ps(d[k]), rate_d = _mm256_set1_ps(rate * d[k]);
#pragma GCC unroll 4
                for (int z = 0; z < Z; z++) {
                    float *w = W_o + k * HP + L * (z0 + z);
                    const __m256 v = _mm256_load_ps(w);
                    grad_h[z] = _mm256_fmadd_ps(d_k, v, grad_h[z]);
                    _mm256_store_ps(w, _mm256_fnmadd_ps(rate_d, h[z0 + z], v));
                }
            }
            for (int z = 0; z < Z; z++) {
                const __m256 h_z = h[z0 + z], slope = _mm256_mul_ps(h_z, _mm256_sub_ps(one, h_z));
                float *b = b_h + L * (z0 + z);
                g[z0 + z] = _mm256_mul_ps(_mm256_mul_ps(_mm256_set1_ps(rate), grad_h[z]), slope);
                _mm256_store_ps(b, _mm256_sub_ps(_mm256_load_ps(b), g[z0 + z]));
            }
        }
        before = x;
    }
    for (int i = 0; i < NI; i++)
        for (int z = 0; z < NZ; z++) {
            float *w = W_h + i * HP + L * z;
            _mm256_store_ps(w, _mm256_fnmadd_ps(g[z], _mm256_set1_ps(before[i]),
                                                _mm256_load_ps(w)));
        }
}
