// Included by kernels_avx*.c: how integer_convolution_vector.h multiplies and adds with registers of 256 or 512 bits (LANES 8 or
// 16), with VNNI or without.

#if LANES == 16
#define OPERATION(name) _mm512_##name
typedef __m512i bits;
// Of 32 registers: few enough pixels that a row's end wastes little, and all tiles of a stretch at a time.
enum { PIXELS = 12, TILES = 16 };
#else
#define OPERATION(name) _mm256_##name
typedef __m256i bits;
// Twelve registers of sums leave four of the sixteen for two weights, an input and a product.
enum { PIXELS = 6, TILES = 6 };
#endif

INLINE numbers load_inputs(const uint8_t *four_bytes, const kind of) { return repeated(four_bytes); }

INLINE numbers load_weights(const uint8_t *weights, const kind of) { return load_numbers(weights); }

INLINE numbers first_sums(const uint8_t *weights, size_t steps, const kind of) { return (numbers)0; }

#ifdef VNNI

#if LANES == 16
#define BYTES_MULTIPLIED_AND_ADDED _mm512_dpbusd_epi32
#define WORDS_MULTIPLIED_AND_ADDED _mm512_dpwssd_epi32
#else
#define BYTES_MULTIPLIED_AND_ADDED _mm256_dpbusd_avx_epi32
#define WORDS_MULTIPLIED_AND_ADDED _mm256_dpwssd_avx_epi32
#endif

INLINE numbers multiply_add(numbers sum, numbers x, numbers weights, const kind of) {
    if (of != WIDE) return (numbers)BYTES_MULTIPLIED_AND_ADDED((bits)sum, (bits)x, (bits)weights);
    return (numbers)WORDS_MULTIPLIED_AND_ADDED((bits)sum, (bits)x, (bits)weights);
}

#else

#define CHAINED

INLINE numbers multiply_add(numbers sum, numbers x, numbers weights, const kind of) {
    return sum + (numbers)OPERATION(madd_epi16)((bits)x, (bits)weights);
}

/// A 16-bit lane takes the products of two channels.
INLINE words multiply_add_bytes(words sum, numbers x, numbers weights) {
    return sum + (words)OPERATION(maddubs_epi16)((bits)x, (bits)weights);
}

/// Neighbouring 16-bit sums, added up.
INLINE numbers lengthened(words sums) {
    return (numbers)OPERATION(madd_epi16)((bits)sums, OPERATION(set1_epi16)(1));
}

#endif
