// Included by kernels_avx2.c.

/// So many pixels are computed at a time: with two registers of sums each they leave four of the sixteen for two weights, an input
/// and a product.
enum { PIXELS = 6 };

/// 32-bit sums of 16 outputs for every pixel.
typedef struct {
    __m256i half[PIXELS][2];
} wide_sums;

INLINE __m256i broadcast(const void *four_bytes) {
    int32_t value;
    memcpy(&value, four_bytes, sizeof value);
    return _mm256_set1_epi32(value);
}

/// Adds up neighbouring 16-bit sums and starts them again.
INLINE void flush(__m256i sums[PIXELS][2], wide_sums *wide, int pixels) {
    const __m256i ones = _mm256_set1_epi16(1);
    for (int p = 0; p < pixels; p++) {
        for (int half = 0; half < 2; half++) {
            wide->half[p][half] = _mm256_add_epi32(wide->half[p][half], _mm256_madd_epi16(sums[p][half], ones));
            sums[p][half] = _mm256_setzero_si256();
        }
    }
}

/// A 16-bit lane takes the products of two channels; it is added to the 32-bit sums only every `chain` steps.
INLINE void narrow_sums(
    const srq_integer_layer *layer, const int8_t *weights, const uint8_t *const *rows, size_t first, wide_sums *wide,
    const int pixels) {
    const size_t channels = layer->channels, run = layer->kernel * channels;
    __m256i sums[PIXELS][2];
    for (int p = 0; p < pixels; p++) {
        for (int half = 0; half < 2; half++) sums[p][half] = wide->half[p][half] = _mm256_setzero_si256();
    }
    size_t left = layer->chain;
    for (size_t v = 0; v < layer->kernel; v++) {
        const uint8_t *in = rows[v] + first * channels;
        for (size_t i = 0; i < run;) {
            size_t steps = (run - i) / SRQ_NARROW_STEP;
            if (steps > left) steps = left;
            left -= steps;
            for (; steps > 0; steps--, i += SRQ_NARROW_STEP, weights += SRQ_NARROW_STEP * SRQ_OUTPUT_BLOCK) {
                const __m256i low = _mm256_loadu_si256((const __m256i *)weights);
                const __m256i high = _mm256_loadu_si256((const __m256i *)weights + 1);
                for (int p = 0; p < pixels; p++) {
                    const __m256i x = broadcast(in + p * channels + i);
                    sums[p][0] = _mm256_add_epi16(sums[p][0], _mm256_maddubs_epi16(x, low));
                    sums[p][1] = _mm256_add_epi16(sums[p][1], _mm256_maddubs_epi16(x, high));
                }
            }
            if (left == 0) {
                left = layer->chain;
                flush(sums, wide, pixels);
            }
        }
    }
    flush(sums, wide, pixels);
}

INLINE void wide_products(
    const srq_integer_layer *layer, const int16_t *weights, const int16_t *const *rows, size_t first, wide_sums *wide,
    const int pixels) {
    const size_t channels = layer->channels, run = layer->kernel * channels;
    __m256i sums[PIXELS][2];
    for (int p = 0; p < pixels; p++) sums[p][0] = sums[p][1] = _mm256_setzero_si256();
    for (size_t v = 0; v < layer->kernel; v++) {
        const int16_t *in = rows[v] + first * channels;
        for (size_t i = 0; i < run; i += SRQ_WIDE_STEP, weights += SRQ_WIDE_STEP * SRQ_OUTPUT_BLOCK) {
            const __m256i low = _mm256_loadu_si256((const __m256i *)weights);
            const __m256i high = _mm256_loadu_si256((const __m256i *)weights + 1);
            for (int p = 0; p < pixels; p++) {
                const __m256i x = broadcast(in + p * channels + i);
                sums[p][0] = _mm256_add_epi32(sums[p][0], _mm256_madd_epi16(x, low));
                sums[p][1] = _mm256_add_epi32(sums[p][1], _mm256_madd_epi16(x, high));
            }
        }
    }
    for (int p = 0; p < pixels; p++) {
        for (int half = 0; half < 2; half++) wide->half[p][half] = sums[p][half];
    }
}

/// From the sums of one pixel and the 16 outputs from `output` on to results.
INLINE void finish(const srq_integer_layer *layer, size_t output, const __m256i sums[2], float *y) {
    float results[SRQ_OUTPUT_BLOCK];
    const bool whole = layer->outputs - output >= SRQ_OUTPUT_BLOCK;
    float *target = whole ? y : results;
    for (int half = 0; half < 2; half++) {
        const size_t at = output + 8 * half;
        const __m256i offset = _mm256_loadu_si256((const __m256i *)(layer->offsets + at));
        const __m256 sum = _mm256_cvtepi32_ps(_mm256_add_epi32(sums[half], offset));
        const __m256 product = _mm256_mul_ps(sum, _mm256_loadu_ps(layer->scales + at));
        __m256 result = _mm256_add_ps(product, _mm256_loadu_ps(layer->shifts + at));
        if (layer->relu) result = _mm256_max_ps(result, _mm256_setzero_ps());
        _mm256_storeu_ps(target + 8 * half, result);
    }
    if (!whole) memcpy(y, results, (layer->outputs - output) * sizeof(float));
}

/// Blocks of outputs outside, pixels inside: a block's weights stay in the first-level cache. The last group of pixels overlaps the
/// one before.
#define CONVOLUTION(name, sums_of, input_type, weight_type)                                                                    \
    static void name(const srq_integer_layer *layer, const input_type *const *rows, size_t pixels, float *y) {                 \
        const size_t weights_per_block = layer->kernel * layer->kernel * layer->channels * SRQ_OUTPUT_BLOCK;                   \
        const weight_type *weights = layer->weights;                                                                           \
        for (size_t o = 0; o < layer->outputs; o += SRQ_OUTPUT_BLOCK, weights += weights_per_block) {                          \
            wide_sums sums;                                                                                                    \
            for (size_t x = 0; x < pixels && pixels < PIXELS; x++) {                                                           \
                sums_of(layer, weights, rows, x, &sums, 1);                                                                    \
                finish(layer, o, sums.half[0], y + x * layer->outputs + o);                                                    \
            }                                                                                                                  \
            for (size_t next = 0; next < pixels && pixels >= PIXELS; next += PIXELS) {                                         \
                const size_t x = next + PIXELS <= pixels ? next : pixels - PIXELS;                                             \
                sums_of(layer, weights, rows, x, &sums, PIXELS);                                                               \
                for (int p = 0; p < PIXELS; p++) finish(layer, o, sums.half[p], y + (x + p) * layer->outputs + o);             \
            }                                                                                                                  \
        }                                                                                                                      \
    }

CONVOLUTION(narrow_convolution, narrow_sums, uint8_t, int8_t)
CONVOLUTION(wide_convolution, wide_products, int16_t, int16_t)

#undef CONVOLUTION
