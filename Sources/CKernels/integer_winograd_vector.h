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

INLINE void winograd_scale(const waiting *w, size_t first, const numbers sums[4], floats y[4]) {
    const srq_integer_layer *layer = w->layer;
    const floats scale = load(layer->scales + first), shift = load(layer->shifts + first);
    UNROLLED
    for (int c = 0; c < 4; c++) y[c] = CONVERTED(sums[c]) * scale + shift;
}

NOT_INLINE void winograd_finish(const waiting *w) {
    const int32_t *folded = w->folded;
    for (int t = 0; t < w->tiles; t++)
        for (int i = 0; i < w->parts; i++, folded += FOLDED * LANES) {
            const size_t first = w->output + i * LANES;
            if (first >= w->outputs) continue;
            numbers sums[16];
            floats y[16];
            sums_of(folded, sums, WIDE);
            UNROLLED
            for (int row = 0; row < 4; row++) winograd_scale(w, first, sums + 4 * row, y + 4 * row);
            finish_results(w->results, first, w->outputs, SRQ_WINOGRAD_SIDE * (w->tile + t), y, 4, 4);
        }
}

static void winograd_convolution(
    const srq_integer_layer *layer, const int16_t *const *rows, size_t tiles, int16_t *transformed, int32_t *products,
    const srq_results *to) {
    winograd_input(rows, layer->channels, tiles, transformed);
    tile_matrices m = {.input_bytes = layer->channels * sizeof(int16_t)};
    waiting w = {.layer = layer, .outputs = layer->outputs, .results = to};
    multiply_all(&m, (const uint8_t *)transformed, products, tiles, layer->outputs, layer->weights, NULL, &w, WIDE);
}
