// Included by kernels_*.c after integer_convolution_vector.h: what include/integer_winograd.h describes.

/// The input's transform along one direction, Bᵀd with the points 0, ±1, ±2 and infinity.
INLINE void transform_input(const words d[6], words t[6]) {
    const words four_d1 = d[1] << 2, four_d2 = d[2] << 2, four_d3 = d[3] << 2;
    const words even = d[4] - four_d2, odd = d[3] - four_d1;
    const words even2 = d[4] - d[2], difference = d[3] - d[1], odd2 = difference + difference;
    t[0] = (d[0] << 2) + (even - d[2]);
    t[1] = even + odd;
    t[2] = even - odd;
    t[3] = even2 + odd2;
    t[4] = even2 - odd2;
    t[5] = (four_d1 - four_d3) + (d[5] - d[3]);
}

/// The result's transform along one direction, with the factor 24 that the weights' transform was multiplied by.
INLINE void transform_result(const numbers m[6], numbers r[4]) {
    const numbers sum12 = m[1] + m[2], difference12 = m[1] - m[2], sum34 = m[3] + m[4], difference34 = m[3] - m[4];
    const numbers twice0 = m[0] << 1, eight5 = m[5] << 3, four_difference12 = difference12 << 2;
    r[0] = (twice0 + (twice0 << 1)) + (sum34 - (sum12 << 2));
    r[1] = (difference34 << 1) - four_difference12;
    r[2] = (sum34 - sum12) << 2;
    r[3] = ((difference34 << 3) - four_difference12) + (eight5 + (eight5 << 1));
}

/// Transforms `count` channels of one tile, WORDS or fewer.
INLINE void transform_tile(
    const int16_t *const *rows, size_t at, size_t channels, int16_t *transformed, const size_t count) {
    words half[6][6];
    for (int column = 0; column < 6; column++) {
        words d[6], t[6];
        for (int row = 0; row < 6; row++) {
            d[row] = (words)0;
            memcpy(&d[row], rows[row] + at + column * channels, count * sizeof(int16_t));
        }
        transform_input(d, t);
        for (int row = 0; row < 6; row++) half[row][column] = t[row];
    }
    for (int row = 0; row < 6; row++) {
        words t[6];
        transform_input(half[row], t);
        for (int column = 0; column < 6; column++)
            memcpy(transformed + (row * 6 + column) * channels, &t[column], count * sizeof(int16_t));
    }
}

static void winograd_input(const int16_t *const *rows, size_t channels, size_t tiles, int16_t *transformed) {
    for (size_t tile = 0; tile < tiles; tile++, transformed += SRQ_WINOGRAD_POSITIONS * channels) {
        const size_t at = SRQ_WINOGRAD_SIDE * tile * channels;
        size_t c = 0;
        for (; c + WORDS <= channels; c += WORDS) transform_tile(rows, at + c, channels, transformed + c, WORDS);
        if (c < channels) transform_tile(rows, at + c, channels, transformed + c, SRQ_WINOGRAD_CHANNELS);
    }
}

/// Products of some tiles at one position, summed over the channels.
INLINE void winograd_products(
    const uint8_t *weights, const int16_t *transformed, size_t channels, int32_t *products, const int tiles, const int parts) {
    numbers sums[REGISTERS];
    UNROLLED
    for (int r = 0; r < tiles * parts; r++) sums[r] = (numbers)0;
    add_products(
        sums, (const uint8_t *)transformed, SRQ_WINOGRAD_POSITIONS * channels * sizeof(int16_t), channels / SRQ_WIDE_STEP, weights, tiles, parts, WIDE);
    UNROLLED
    for (int tile = 0; tile < tiles; tile++)
        UNROLLED
        for (int i = 0; i < parts; i++)
            store_numbers(
                products + tile * SRQ_WINOGRAD_POSITIONS * SRQ_OUTPUT_BLOCK + i * LANES, sums[tile * parts + i]);
}

/// All 36 positions of one block of outputs, in groups of tiles whose sizes differ by one at most.
INLINE void winograd_block(
    const uint8_t *weights, const int16_t *transformed, size_t channels, size_t tiles, int32_t *products, const int parts) {
    const size_t groups = (tiles + TILES - 1) / TILES;
    for (int position = 0; position < SRQ_WINOGRAD_POSITIONS; position++) {
        const int16_t *x = transformed + position * channels;
        int32_t *result = products + position * SRQ_OUTPUT_BLOCK;
        for (size_t group = 0, left = tiles; group < groups; group++) {
            const size_t count = (left + groups - group - 1) / (groups - group);
#define PRODUCTS_OF(count)                                                                                                     \
    case count:                                                                                                                \
        if (count <= TILES) winograd_products(weights, x, channels, result, count, parts);                                     \
        break;
            switch (count) {
                PRODUCTS_OF(1) PRODUCTS_OF(2) PRODUCTS_OF(3) PRODUCTS_OF(4) PRODUCTS_OF(5) PRODUCTS_OF(6) PRODUCTS_OF(7)
                PRODUCTS_OF(8) PRODUCTS_OF(9) PRODUCTS_OF(10) PRODUCTS_OF(11) PRODUCTS_OF(12) PRODUCTS_OF(13) PRODUCTS_OF(14)
                PRODUCTS_OF(15) PRODUCTS_OF(16)
            }
#undef PRODUCTS_OF
            left -= count;
            x += count * SRQ_WINOGRAD_POSITIONS * channels;
            result += count * SRQ_WINOGRAD_POSITIONS * SRQ_OUTPUT_BLOCK;
        }
        weights += channels * sizeof(int16_t) * SRQ_OUTPUT_BLOCK;
    }
}

/// From the products of one tile and up to LANES outputs to 4 x 4 sums.
INLINE void winograd_result(const int32_t *products, numbers sums[16]) {
    numbers half[4][6];
    for (int column = 0; column < 6; column++) {
        numbers m[6], r[4];
        for (int row = 0; row < 6; row++) m[row] = load_numbers(products + (row * 6 + column) * SRQ_OUTPUT_BLOCK);
        transform_result(m, r);
        for (int row = 0; row < 4; row++) half[row][column] = r[row];
    }
    for (int row = 0; row < 4; row++) {
        numbers r[4];
        transform_result(half[row], r);
        for (int column = 0; column < 4; column++) {
            // 24 · 24 = 64 · 9: the inverse of 9 modulo 2^32 leaves 64 times the sum.
            const integers by_64 = (integers)(r[column] * (numbers)954437177u);
            sums[4 * row + column] = (numbers)(by_64 >> 6);
        }
    }
}

static void winograd_convolution(
    const srq_integer_layer *layer, const int16_t *const *rows, size_t tiles, int16_t *transformed, int32_t *products,
    const srq_results *to) {
    const size_t channels = layer->channels;
    const size_t weights_of_block = SRQ_WINOGRAD_POSITIONS * channels * sizeof(int16_t) * SRQ_OUTPUT_BLOCK;
    const uint8_t *weights = layer->weights;
    winograd_input(rows, channels, tiles, transformed);
    for (size_t o = 0; o < layer->outputs; o += SRQ_OUTPUT_BLOCK, weights += weights_of_block) {
        if (PARTS > 1 && layer->outputs - o <= LANES) {
            winograd_block(weights, transformed, channels, tiles, products, 1);
        } else {
            winograd_block(weights, transformed, channels, tiles, products, PARTS);
        }
        for (size_t tile = 0; tile < tiles; tile++) {
            for (size_t i = 0; i < PARTS && o + i * LANES < layer->outputs; i++) {
                const size_t first = o + i * LANES;
                const floats scale = load(layer->scales + first), shift = load(layer->shifts + first);
                numbers sums[16];
                floats y[16];
                winograd_result(products + tile * SRQ_WINOGRAD_POSITIONS * SRQ_OUTPUT_BLOCK + i * LANES, sums);
                UNROLLED
                for (int place = 0; place < 16; place++) y[place] = CONVERTED(sums[place]) * scale + shift;
                finish_results(to, first, layer->outputs, SRQ_WINOGRAD_SIDE * tile, y, 4, 4);
            }
        }
    }
}
