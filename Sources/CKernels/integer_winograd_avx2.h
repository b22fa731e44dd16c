// Included by kernels_avx2.c after integer_convolution_avx2.h: what include/integer_winograd.h describes.

/// The input's transform along one direction, Bᵀd with the points 0, ±1, ±2 and infinity.
INLINE void transform_input(const __m256i d[6], __m256i t[6]) {
    const __m256i four_d2 = _mm256_slli_epi16(d[2], 2), four_d1 = _mm256_slli_epi16(d[1], 2);
    const __m256i even = _mm256_sub_epi16(d[4], four_d2), odd = _mm256_sub_epi16(d[3], four_d1);
    const __m256i even2 = _mm256_sub_epi16(d[4], d[2]), difference = _mm256_sub_epi16(d[3], d[1]);
    const __m256i odd2 = _mm256_add_epi16(difference, difference);
    t[0] = _mm256_add_epi16(_mm256_slli_epi16(d[0], 2), _mm256_sub_epi16(even, d[2]));
    t[1] = _mm256_add_epi16(even, odd);
    t[2] = _mm256_sub_epi16(even, odd);
    t[3] = _mm256_add_epi16(even2, odd2);
    t[4] = _mm256_sub_epi16(even2, odd2);
    const __m256i four_d3 = _mm256_slli_epi16(d[3], 2);
    t[5] = _mm256_add_epi16(_mm256_sub_epi16(four_d1, four_d3), _mm256_sub_epi16(d[5], d[3]));
}

/// The result's transform along one direction, with the factor 24 that the weights' transform was multiplied by.
INLINE void transform_result(const __m256i m[6], __m256i r[4]) {
    const __m256i sum12 = _mm256_add_epi32(m[1], m[2]), difference12 = _mm256_sub_epi32(m[1], m[2]);
    const __m256i sum34 = _mm256_add_epi32(m[3], m[4]), difference34 = _mm256_sub_epi32(m[3], m[4]);
    const __m256i four_sum12 = _mm256_slli_epi32(sum12, 2), four_difference12 = _mm256_slli_epi32(difference12, 2);
    const __m256i twice0 = _mm256_slli_epi32(m[0], 1), eight5 = _mm256_slli_epi32(m[5], 3);
    r[0] = _mm256_add_epi32(_mm256_add_epi32(twice0, _mm256_slli_epi32(twice0, 1)), _mm256_sub_epi32(sum34, four_sum12));
    r[1] = _mm256_sub_epi32(_mm256_slli_epi32(difference34, 1), four_difference12);
    r[2] = _mm256_slli_epi32(_mm256_sub_epi32(sum34, sum12), 2);
    r[3] = _mm256_add_epi32(
        _mm256_sub_epi32(_mm256_slli_epi32(difference34, 3), four_difference12),
        _mm256_add_epi32(eight5, _mm256_slli_epi32(eight5, 1)));
}

static void winograd_input(
    const int16_t *const *rows, size_t channels, size_t tiles, int16_t *transformed) {
    const size_t position = tiles * channels;
    for (size_t tile = 0; tile < tiles; tile++) {
        for (size_t c = 0; c < channels; c += 16) {
            const size_t at = 4 * tile * channels + c;
            __m256i half[6][6];
            for (int column = 0; column < 6; column++) {
                __m256i d[6], t[6];
                for (int row = 0; row < 6; row++) {
                    d[row] = _mm256_loadu_si256((const __m256i *)(rows[row] + at + column * channels));
                }
                transform_input(d, t);
                for (int row = 0; row < 6; row++) half[row][column] = t[row];
            }
            int16_t *target = transformed + tile * channels + c;
            for (int row = 0; row < 6; row++) {
                __m256i t[6];
                transform_input(half[row], t);
                for (int column = 0; column < 6; column++) {
                    _mm256_storeu_si256((__m256i *)(target + (row * 6 + column) * position), t[column]);
                }
            }
        }
    }
}

/// Products of some tiles at one position, summed over the channels. Sums may go round 2^32: so does the result's transform.
INLINE void winograd_products(
    const int16_t *weights, const int16_t *transformed, size_t channels, int32_t *products, const int tiles, const int halves) {
    __m256i sums[REGISTERS];
    for (int r = 0; r < tiles * halves; r++) sums[r] = _mm256_setzero_si256();
    for (size_t c = 0; c < channels; c += SRQ_WIDE_STEP, weights += SRQ_WIDE_STEP * SRQ_OUTPUT_BLOCK) {
        const __m256i low = _mm256_loadu_si256((const __m256i *)weights);
        const __m256i high = _mm256_loadu_si256((const __m256i *)weights + 1);
        for (int tile = 0; tile < tiles; tile++) {
            const __m256i x = broadcast(transformed + tile * channels + c);
            __m256i *sum = sums + tile * halves;
            sum[0] = _mm256_add_epi32(sum[0], _mm256_madd_epi16(x, low));
            if (halves == 2) sum[1] = _mm256_add_epi32(sum[1], _mm256_madd_epi16(x, high));
        }
    }
    for (int tile = 0; tile < tiles; tile++) {
        for (int half = 0; half < halves; half++) {
            _mm256_storeu_si256((__m256i *)(products + tile * SRQ_OUTPUT_BLOCK) + half, sums[tile * halves + half]);
        }
    }
}

/// All 36 positions of one block of outputs, in groups of tiles whose sizes differ by one at most.
INLINE void winograd_block(
    const int16_t *weights, const int16_t *transformed, size_t channels, size_t tiles, int32_t *products, const int halves) {
    const size_t groups = (tiles + 5) / 6;
    for (int position = 0; position < 36; position++) {
        const int16_t *x = transformed + position * tiles * channels;
        int32_t *result = products + position * tiles * SRQ_OUTPUT_BLOCK;
        for (size_t group = 0, left = tiles; group < groups; group++) {
            const size_t count = (left + groups - group - 1) / (groups - group);
            switch (count) {
            case 6: winograd_products(weights, x, channels, result, 6, halves); break;
            case 5: winograd_products(weights, x, channels, result, 5, halves); break;
            case 4: winograd_products(weights, x, channels, result, 4, halves); break;
            case 3: winograd_products(weights, x, channels, result, 3, halves); break;
            case 2: winograd_products(weights, x, channels, result, 2, halves); break;
            default: winograd_products(weights, x, channels, result, 1, halves); break;
            }
            left -= count;
            x += count * channels;
            result += count * SRQ_OUTPUT_BLOCK;
        }
        weights += channels * SRQ_OUTPUT_BLOCK;
    }
}

/// From the products of one tile and up to 8 outputs to 4 x 4 results.
INLINE void winograd_result(
    const srq_integer_layer *layer, size_t output, const int32_t *products, size_t tiles, float *y, size_t row_length) {
    const size_t position = tiles * SRQ_OUTPUT_BLOCK;
    __m256i half[4][6];
    for (int column = 0; column < 6; column++) {
        __m256i m[6], r[4];
        for (int row = 0; row < 6; row++) {
            m[row] = _mm256_loadu_si256((const __m256i *)(products + (row * 6 + column) * position));
        }
        transform_result(m, r);
        for (int row = 0; row < 4; row++) half[row][column] = r[row];
    }
    for (int row = 0; row < 4; row++) {
        __m256i r[4];
        transform_result(half[row], r);
        for (int column = 0; column < 4; column++) {
            // 24 · 24 = 64 · 9: the inverse of 9 modulo 2^32 leaves 64 times the sum.
            const __m256i by_64 = _mm256_mullo_epi32(r[column], _mm256_set1_epi32(954437177));
            finish(layer, output, _mm256_srai_epi32(by_64, 6), y + row * row_length + column * layer->outputs);
        }
    }
}

static void winograd_convolution(
    const srq_integer_layer *layer, const int16_t *const *rows, size_t tiles, int16_t *transformed, int32_t *products, float *y) {
    const size_t row_length = 4 * tiles * layer->outputs;
    const int16_t *weights = layer->weights;
    winograd_input(rows, layer->channels, tiles, transformed);
    for (size_t o = 0; o < layer->outputs; o += SRQ_OUTPUT_BLOCK, weights += 36 * layer->channels * SRQ_OUTPUT_BLOCK) {
        const bool both = layer->outputs - o > LANES_OF_SUMS;
        if (both) {
            winograd_block(weights, transformed, layer->channels, tiles, products, 2);
        } else {
            winograd_block(weights, transformed, layer->channels, tiles, products, 1);
        }
        for (size_t tile = 0; tile < tiles; tile++) {
            float *target = y + 4 * tile * layer->outputs + o;
            const int32_t *of_tile = products + tile * SRQ_OUTPUT_BLOCK;
            winograd_result(layer, o, of_tile, tiles, target, row_length);
            if (both) {
                winograd_result(layer, o + LANES_OF_SUMS, of_tile + LANES_OF_SUMS, tiles, target + LANES_OF_SUMS, row_length);
            }
        }
    }
}
