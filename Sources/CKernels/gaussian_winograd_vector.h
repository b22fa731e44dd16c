// Included by kernels_*.c after integer_winograd_vector.h and results_kernels.h: what include/gaussian_winograd.h describes.

/// As many bytes as a register holds, modulo 256.
enum { OCTETS = 4 * LANES };
typedef uint8_t bytes_in_register __attribute__((ext_vector_type(OCTETS)));

/// The input's transform along one direction: 0, 1, -1, infinity, then the real and the imaginary part of i.
INLINE void gaussian_input_line(const bytes_in_register d[6], bytes_in_register t[6]) {
    const bytes_in_register odd = d[1] + d[3], even = d[2] + d[4];
    t[0] = d[0] - d[4];
    t[1] = even + odd;
    t[2] = even - odd;
    t[3] = d[5] - d[1];
    t[4] = d[4] - d[2];
    t[5] = d[3] - d[1];
}

/// Transforms `count` channels of one tile, OCTETS or fewer.
INLINE void gaussian_input_tile(
    const uint8_t *const *rows, size_t at, size_t channels, const uint8_t *raises, uint8_t *transformed, const size_t count) {
    bytes_in_register half[6][6];
    for (int column = 0; column < 6; column++) {
        bytes_in_register d[6], t[6];
        for (int row = 0; row < 6; row++) {
            d[row] = (bytes_in_register)0;
            memcpy(&d[row], rows[row] + at + column * channels, count);
        }
        gaussian_input_line(d, t);
        for (int row = 0; row < 6; row++) half[row][column] = t[row];
    }
    bytes_in_register t[6][6];
    for (int row = 0; row < 6; row++) gaussian_input_line(half[row], t[row]);
#define STORE(place, value)                                                                     \
    do {                                                                                        \
        const bytes_in_register raised = (value) + (bytes_in_register)raises[place];            \
        memcpy(transformed + (place) * channels, &raised, count);                               \
    } while (0)
    for (int row = 0; row < 4; row++) {
        for (int column = 0; column < 4; column++) STORE(7 * row + column, t[row][column]);
        STORE(7 * row + 4, t[row][4] + t[row][5]);
        STORE(7 * row + 5, t[row][4]);
        STORE(7 * row + 6, t[row][5]);
    }
    for (int column = 0; column < 4; column++) {
        STORE(28 + 3 * column, t[4][column] + t[5][column]);
        STORE(29 + 3 * column, t[4][column]);
        STORE(30 + 3 * column, t[5][column]);
    }
    const bytes_in_register real = t[4][4] - t[5][5], imaginary = t[4][5] + t[5][4];
    STORE(40, real + imaginary);
    STORE(41, real);
    STORE(42, imaginary);
    const bytes_in_register other_real = t[4][4] + t[5][5], other_imaginary = t[5][4] - t[4][5];
    STORE(43, other_real + other_imaginary);
    STORE(44, other_real);
    STORE(45, other_imaginary);
#undef STORE
}

static void gaussian_input(
    const uint8_t *const *rows, size_t channels, size_t tiles, const uint8_t *raises, uint8_t *transformed) {
    for (size_t tile = 0; tile < tiles; tile++, transformed += SRQ_GAUSSIAN_POSITIONS * channels) {
        const size_t at = SRQ_WINOGRAD_SIDE * tile * channels;
        size_t c = 0;
        for (; c + OCTETS <= channels; c += OCTETS) gaussian_input_tile(rows, at + c, channels, raises, transformed + c, OCTETS);
        for (; c < channels; c += SRQ_GAUSSIAN_CHANNELS)
            gaussian_input_tile(rows, at + c, channels, raises, transformed + c, SRQ_GAUSSIAN_CHANNELS);
    }
}

/// The sums are 16 times too large.
INLINE void gaussian_scale(const waiting *w, size_t first, size_t x, size_t row, const numbers sums[4], floats y[4]) {
    const srq_gaussian_layer *layer = w->layer;
    const srq_gaussian_edges *edges = w->edges;
    const floats scale = load(layer->scales + first), shift = load(layer->shifts + first);
    if (layer->offsets == NULL) {
        UNROLLED
        for (int c = 0; c < 4; c++) y[c] = CONVERTED(sums[c]) * scale + shift;
        return;
    }
    const size_t padded = (layer->outputs + SRQ_OUTPUT_BLOCK - 1) / SRQ_OUTPUT_BLOCK * SRQ_OUTPUT_BLOCK;
    const floats step = (floats)layer->step;
    UNROLLED
    for (int c = 0; c < 4; c++) {
        const size_t edge = 4 * edges->rows[row] + (c == 0 && edges->begins && x == 0) + 2 * (x + c == edges->last);
        y[c] = (CONVERTED(sums[c]) * step + load(layer->offsets + edge * padded + first)) * scale + shift;
    }
}

NOT_INLINE void gaussian_finish(const waiting *w) {
    const int32_t *folded = w->folded;
    for (int t = 0; t < w->tiles; t++)
        for (int i = 0; i < w->parts; i++, folded += FOLDED * LANES) {
            const size_t first = w->output + i * LANES, x = SRQ_WINOGRAD_SIDE * (w->tile + t);
            if (first >= w->outputs) continue;
            numbers sums[16];
            floats y[16];
            sums_of(folded, sums, TRANSFORMED);
            UNROLLED
            for (int row = 0; row < 4; row++) gaussian_scale(w, first, x, row, sums + 4 * row, y + 4 * row);
            finish_results(w->results, first, w->outputs, x, y, 4, 4);
        }
}

static void gaussian_convolution(
    const srq_gaussian_layer *layer, const srq_gaussian_edges *edges, const uint8_t *const *rows, size_t tiles,
    uint8_t *transformed, int32_t *products, const srq_results *to) {
    gaussian_input(rows, layer->channels, tiles, layer->raises, transformed);
    tile_matrices m = {.input_bytes = layer->channels, .chains = layer->chains};
    waiting w = {.layer = layer, .outputs = layer->outputs, .edges = edges, .results = to};
    multiply_all(
        &m, transformed, products, tiles, layer->outputs, (const uint8_t *)layer->weights, layer->starts, &w, TRANSFORMED);
}
