// A vector of LANES floats and the few operations the kernels are written in. Included by one kernels_*.c each, which has
// defined LANES (1, 4, 8 or 16) and switched the instruction set on.
//
// Every operation rounds to float by itself (no contraction into a fused multiply-add, no reassociation), so the width
// cannot be seen in any result.

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF
// The vectors never cross a call that is not inlined: how they would be passed does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))

/// Before a loop over registers: where an index is no constant, all of them would be in memory.
#define UNROLLED _Pragma("clang loop unroll(full)")

/// Work is cut into blocks of 16 whatever LANES is: sum number i % 16 takes element i, then the 16 sums are folded.
enum { BLOCK = 16, PARTS = BLOCK / LANES };

#if LANES == 1
typedef float floats;
typedef double doubles;
typedef int32_t integers;
typedef int16_t shorts;
#define WIDENED(x) ((double)(x))
#define SHORTENED(x) ((int16_t)(int32_t)(x))
#define ANY(mask) ((mask) != 0)
#else
typedef float floats __attribute__((ext_vector_type(LANES)));
typedef double doubles __attribute__((ext_vector_type(LANES)));
typedef int32_t integers __attribute__((ext_vector_type(LANES)));
typedef int16_t shorts __attribute__((ext_vector_type(LANES)));
#define WIDENED(x) __builtin_convertvector((x), doubles)
#define SHORTENED(x) __builtin_convertvector(__builtin_convertvector((x), integers), shorts)
#define ANY(mask) (__builtin_reduce_or(mask) != 0)
#endif

INLINE floats load(const float *p) {
    floats v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store(float *p, floats v) { memcpy(p, &v, sizeof v); }

/// Of whole numbers that int16_t holds.
INLINE void store_whole(int16_t *p, floats v) {
    shorts whole = SHORTENED(v);
    memcpy(p, &whole, sizeof whole);
}

INLINE integers bits_of(floats v) {
    integers bits;
    memcpy(&bits, &v, sizeof v);
    return bits;
}

INLINE floats floats_of(integers bits) {
    floats v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/// A NaN passes.
INLINE floats clip(floats x, floats lower, floats upper) {
    floats raised = x < lower ? lower : x;
    return raised > upper ? upper : raised;
}

/// How clip(x, lower, upper) moves with x, lower and upper. Where two of them are equal each gets half (as in PyTorch).
typedef struct {
    floats x, lower, upper;
} clip_slopes;

INLINE clip_slopes clip_derivative(floats x, floats lower, floats upper) {
    const floats zero = (floats)0.0f, half = (floats)0.5f, one = (floats)1.0f;
    floats raised = x < lower ? lower : x;
    floats from_x = x > lower ? one : (x < lower ? zero : half);
    floats from_raised = raised < upper ? one : (raised > upper ? zero : half);
    return (clip_slopes){from_x * from_raised, (one - from_x) * from_raised, one - from_raised};
}

/// 16 running sums.
typedef struct {
    doubles part[PARTS];
} sums;

/// So many blocks are summed in single precision before a sum goes on in double: conversions would cost more than the sums.
enum { BLOCKS_PER_STRETCH = 16 };

/// 16 running sums of such a stretch.
typedef struct {
    floats part[PARTS];
} short_sums;

INLINE void add_stretch(sums *s, const short_sums *stretch) {
    for (int part = 0; part < PARTS; part++) s->part[part] += WIDENED(stretch->part[part]);
}

INLINE double folded(const sums *s) {
    double lanes[BLOCK];
    memcpy(lanes, s->part, sizeof lanes);
    for (int half = BLOCK / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    return lanes[0];
}
