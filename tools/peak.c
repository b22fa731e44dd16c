/* What one thread of this machine can multiply and add, in 10^9 operations a second: "f32=150,int8=600", as bench_engines.lua's
 * --peaks takes it; bf16 where there are instructions for it. Two operations for each product. Nothing for processors other
 * than those of x86 with AVX2.
 *
 *   clang -O2 -march=native tools/peak.c && ./a.out
 *
 * clang, since gcc 12 keeps the sums in memory. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

/* The number of sums that run side by side: more than a multiplier's latency times the multipliers, so that none waits. */
enum { CHAINS = 12, ROUNDS = 40 * 1000 * 1000, LEAST_OF = 5 };

#if defined(__AVX512F__) && defined(__AVX512VNNI__)
typedef __m512 floats;
typedef __m512i bytes;
#define FLOATS(x) _mm512_set1_ps(x)
#define BYTES(x) _mm512_set1_epi8(x)
#define ADD_FLOATS(a, b, sum) _mm512_fmadd_ps(a, b, sum)
#define ADD_BYTES(a, b, sum) _mm512_dpbusd_epi32(sum, a, b)
#else
typedef __m256 floats;
typedef __m256i bytes;
#define FLOATS(x) _mm256_set1_ps(x)
#define BYTES(x) _mm256_set1_epi8(x)
#define ADD_FLOATS(a, b, sum) _mm256_fmadd_ps(a, b, sum)
#if defined(__AVXVNNI__)
#define ADD_BYTES(a, b, sum) _mm256_dpbusd_avx_epi32(sum, a, b)
#else
#define ADD_BYTES(a, b, sum) _mm256_add_epi16(_mm256_maddubs_epi16(a, b), sum)
#endif
#endif

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* The empty statements keep the compiler from working any of it out beforehand, or once for all chains. */
#define MEASURE(type, zero, step)                                                              \
    double best = 1e9;                                                                         \
    for (int repeat = 0; repeat < LEAST_OF; repeat++) {                                        \
        type sums[CHAINS], a = zero, b = zero;                                                 \
        for (int chain = 0; chain < CHAINS; chain++) sums[chain] = zero;                       \
        double start = now();                                                                  \
        for (int round = 0; round < ROUNDS / CHAINS; round++) {                                \
            _Pragma("GCC unroll 12") for (int chain = 0; chain < CHAINS; chain++) {            \
                __asm__ volatile("" : "+x"(a), "+x"(b));                                       \
                sums[chain] = step(a, b, sums[chain]);                                         \
            }                                                                                  \
        }                                                                                      \
        double seconds = now() - start;                                                        \
        for (int chain = 0; chain < CHAINS; chain++) __asm__ volatile("" : "+x"(sums[chain])); \
        if (seconds < best) best = seconds;                                                    \
    }                                                                                          \
    return (double)(ROUNDS / CHAINS * CHAINS) / best / 1e9

static double float_steps(void)
{
    MEASURE(floats, FLOATS(0), ADD_FLOATS);
}

#if defined(__AVX512BF16__)
/* A step multiplies 32 pairs of numbers of 16 bits and adds them to 16 sums. */
#define ADD_BF16(a, b, sum) _mm512_dpbf16_ps(sum, (__m512bh)(a), (__m512bh)(b))

static double bf16_steps(void)
{
    double best = 1e9;
    for (int repeat = 0; repeat < LEAST_OF; repeat++) {
        __m512 sums[CHAINS];
        __m512i a = _mm512_setzero_si512(), b = _mm512_setzero_si512();
        for (int chain = 0; chain < CHAINS; chain++) sums[chain] = _mm512_setzero_ps();
        double start = now();
        for (int round = 0; round < ROUNDS / CHAINS; round++) {
            _Pragma("GCC unroll 12") for (int chain = 0; chain < CHAINS; chain++) {
                __asm__ volatile("" : "+x"(a), "+x"(b));
                sums[chain] = ADD_BF16(a, b, sums[chain]);
            }
        }
        double seconds = now() - start;
        for (int chain = 0; chain < CHAINS; chain++) __asm__ volatile("" : "+x"(sums[chain]));
        if (seconds < best) best = seconds;
    }
    return (double)(ROUNDS / CHAINS * CHAINS) / best / 1e9;
}
#endif

static double byte_steps(void)
{
    MEASURE(bytes, BYTES(0), ADD_BYTES);
}

int main(void)
{
    double floats_per_step = (double)(sizeof(floats) / sizeof(float));
    printf("f32=%.0f,int8=%.0f", float_steps() * 2 * floats_per_step, byte_steps() * 2 * (double)sizeof(bytes));
#if defined(__AVX512BF16__)
    printf(",bf16=%.0f", bf16_steps() * 2 * 32);
#endif
    printf("\n");
    return 0;
}
#else
int main(void)
{
    return 0;
}
#endif
