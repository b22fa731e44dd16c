// Included by kernels_*.c after tile_products_vector.h: what include/integer_winograd.h describes.

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

/// From the products of one tile and up to LANES outputs to 4 x 4 sums.
INLINE void winograd_result(const int32_t *products, size_t width, numbers sums[16]) {
    numbers half[4][6];
    for (int column = 0; column < 6; column++) {
        numbers m[6], r[4];
        for (int row = 0; row < 6; row++) m[row] = load_numbers(products + (row * 6 + column) * width);
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
    const size_t pixel = layer->channels * sizeof(int16_t);
    winograd_input(rows, layer->channels, tiles, transformed);
    tile_matrices m = {.positions = SRQ_WINOGRAD_POSITIONS, .input_bytes = pixel, .weight_bytes = pixel * SRQ_OUTPUT_BLOCK};
    for (size_t o = 0; o < layer->outputs;) {
        const int parts = parts_from(o, layer->outputs);
        const size_t width = products_width(parts);
        m.weights = (const uint8_t *)layer->weights + o / SRQ_OUTPUT_BLOCK * SRQ_WINOGRAD_POSITIONS * m.weight_bytes;
        for (size_t tile = 0; tile < tiles;) {
            const int group = next_group(tiles - tile);
            multiply_parts(
                &m, (const uint8_t *)transformed + tile * SRQ_WINOGRAD_POSITIONS * pixel, products, group, parts, WIDE);
            for (int t = 0; t < group; t++, tile++) {
                for (int i = 0; i < parts && o + i * LANES < layer->outputs; i++) {
                    const size_t first = o + i * LANES;
                    const floats scale = load(layer->scales + first), shift = load(layer->shifts + first);
                    numbers sums[16];
                    floats y[16];
                    winograd_result(products + t * SRQ_WINOGRAD_POSITIONS * width + i * LANES, width, sums);
                    UNROLLED
                    for (int place = 0; place < 16; place++) y[place] = CONVERTED(sums[place]) * scale + shift;
                    finish_results(to, first, layer->outputs, SRQ_WINOGRAD_SIDE * tile, y, 4, 4);
                }
            }
        }
        o += width;
    }
}
