// Included by kernels_avx2.c.

/// Sums of 8 outputs take a register for every pixel. Twelve of them leave four of the sixteen for two weights, an input and a
/// product: six pixels of 16 outputs, or twelve of 8.
enum { REGISTERS = 12, LANES_OF_SUMS = 8 };

/// 32-bit sums: for every pixel one register, or two, one after the other.
typedef struct {
    __m256i of[REGISTERS];
} wide_sums;

INLINE __m256i broadcast(const void *four_bytes) {
    int32_t value;
    memcpy(&value, four_bytes, sizeof value);
    return _mm256_set1_epi32(value);
}

/// Adds up neighbouring 16-bit sums and starts them again.
INLINE void flush(__m256i *sums, wide_sums *wide, int registers) {
    const __m256i ones = _mm256_set1_epi16(1);
    for (int r = 0; r < registers; r++) {
        wide->of[r] = _mm256_add_epi32(wide->of[r], _mm256_madd_epi16(sums[r], ones));
        sums[r] = _mm256_setzero_si256();
    }
}

/// A 16-bit lane takes the products of two channels; it is added to the 32-bit sums only every `chain` steps.
INLINE void narrow_sums(
    const srq_integer_layer *layer, const int8_t *weights, const uint8_t *const *rows, size_t first, wide_sums *wide,
    const int pixels, const int halves) {
    const size_t channels = layer->channels, run = layer->kernel * channels;
    __m256i sums[REGISTERS];
    for (int r = 0; r < pixels * halves; r++) sums[r] = wide->of[r] = _mm256_setzero_si256();
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
                    __m256i *sum = sums + p * halves;
                    sum[0] = _mm256_add_epi16(sum[0], _mm256_maddubs_epi16(x, low));
                    if (halves == 2) sum[1] = _mm256_add_epi16(sum[1], _mm256_maddubs_epi16(x, high));
                }
            }
            if (left == 0) {
                left = layer->chain;
                flush(sums, wide, pixels * halves);
            }
        }
    }
    flush(sums, wide, pixels * halves);
}

INLINE void wide_products(
    const srq_integer_layer *layer, const int16_t *weights, const int16_t *const *rows, size_t first, wide_sums *wide,
    const int pixels, const int halves) {
    const size_t channels = layer->channels, run = layer->kernel * channels;
    __m256i sums[REGISTERS];
    for (int r = 0; r < pixels * halves; r++) sums[r] = _mm256_setzero_si256();
    for (size_t v = 0; v < layer->kernel; v++) {
        const int16_t *in = rows[v] + first * channels;
        for (size_t i = 0; i < run; i += SRQ_WIDE_STEP, weights += SRQ_WIDE_STEP * SRQ_OUTPUT_BLOCK) {
            const __m256i low = _mm256_loadu_si256((const __m256i *)weights);
            const __m256i high = _mm256_loadu_si256((const __m256i *)weights + 1);
            for (int p = 0; p < pixels; p++) {
                const __m256i x = broadcast(in + p * channels + i);
                __m256i *sum = sums + p * halves;
                sum[0] = _mm256_add_epi32(sum[0], _mm256_madd_epi16(x, low));
                if (halves == 2) sum[1] = _mm256_add_epi32(sum[1], _mm256_madd_epi16(x, high));
            }
        }
    }
    for (int r = 0; r < pixels * halves; r++) wide->of[r] = sums[r];
}

/// From the sums of one pixel and up to 8 outputs, from `output` on, to results.
INLINE void finish(const srq_integer_layer *layer, size_t output, __m256i sums, float *y) {
    const __m256i offset = _mm256_loadu_si256((const __m256i *)(layer->offsets + output));
    const __m256 sum = _mm256_cvtepi32_ps(_mm256_add_epi32(sums, offset));
    const __m256 product = _mm256_mul_ps(sum, _mm256_loadu_ps(layer->scales + output));
    __m256 result = _mm256_add_ps(product, _mm256_loadu_ps(layer->shifts + output));
    if (layer->relu) result = _mm256_max_ps(result, _mm256_setzero_ps());
    if (layer->outputs - output >= LANES_OF_SUMS) {
        _mm256_storeu_ps(y, result);
    } else {
        float results[LANES_OF_SUMS];
        _mm256_storeu_ps(results, result);
        memcpy(y, results, (layer->outputs - output) * sizeof(float));
    }
}

/// Blocks of outputs outside, pixels inside: a block's weights stay in the first-level cache. The last group of pixels overlaps the
/// one before.
#define CONVOLUTION(name, sums_of, input_type, weight_type)                                                                    \
    INLINE void name##_group(                                                                                                  \
        const srq_integer_layer *layer, size_t o, const weight_type *weights, const input_type *const *rows, size_t x,         \
        const int pixels, const int halves, float *y) {                                                                        \
        wide_sums sums;                                                                                                        \
        sums_of(layer, weights, rows, x, &sums, pixels, halves);                                                               \
        for (int p = 0; p < pixels; p++) {                                                                                     \
            float *target = y + (x + p) * layer->outputs + o;                                                                  \
            finish(layer, o, sums.of[p * halves], target);                                                                     \
            if (halves == 2) finish(layer, o + LANES_OF_SUMS, sums.of[p * halves + 1], target + LANES_OF_SUMS);                \
        }                                                                                                                      \
    }                                                                                                                          \
    INLINE void name##_block(                                                                                                  \
        const srq_integer_layer *layer, size_t o, const weight_type *weights, const input_type *const *rows, size_t pixels,    \
        const int halves, float *y) {                                                                                          \
        const size_t group = REGISTERS / halves;                                                                               \
        if (pixels < group) {                                                                                                  \
            for (size_t x = 0; x < pixels; x++) name##_group(layer, o, weights, rows, x, 1, halves, y);                        \
        } else {                                                                                                               \
            for (size_t next = 0; next < pixels; next += group) {                                                              \
                const size_t x = next + group <= pixels ? next : pixels - group;                                               \
                name##_group(layer, o, weights, rows, x, REGISTERS / halves, halves, y);                                       \
            }                                                                                                                  \
        }                                                                                                                      \
    }                                                                                                                          \
    static void name(const srq_integer_layer *layer, const input_type *const *rows, size_t pixels, float *y) {                 \
        const size_t weights_per_block = layer->kernel * layer->kernel * layer->channels * SRQ_OUTPUT_BLOCK;                   \
        const weight_type *weights = layer->weights;                                                                           \
        for (size_t o = 0; o < layer->outputs; o += SRQ_OUTPUT_BLOCK, weights += weights_per_block) {                          \
            if (layer->outputs - o > LANES_OF_SUMS) {                                                                          \
                name##_block(layer, o, weights, rows, pixels, 2, y);                                                           \
            } else {                                                                                                           \
                name##_block(layer, o, weights, rows, pixels, 1, y);                                                           \
            }                                                                                                                  \
        }                                                                                                                      \
    }

CONVOLUTION(narrow_convolution, narrow_sums, uint8_t, int8_t)
CONVOLUTION(wide_convolution, wide_products, int16_t, int16_t)

#undef CONVOLUTION
