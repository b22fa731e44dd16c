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
        for (int column = 0; column < 4; column++) STORE(4 * row + column, t[row][column]);
        STORE(16 + 3 * row, t[row][4] + t[row][5]);
        STORE(17 + 3 * row, t[row][4]);
        STORE(18 + 3 * row, t[row][5]);
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

/// The result's transform along one direction, from 0, 1, -1, infinity and twice the real and the imaginary part of i.
INLINE void gaussian_result_line(const numbers m[4], numbers real2, numbers imaginary2, numbers y[4]) {
    const numbers sum = m[1] + m[2], difference = m[1] - m[2];
    y[0] = m[0] + sum + real2;
    y[1] = difference - imaginary2;
    y[2] = sum - real2;
    y[3] = difference + imaginary2 + m[3];
}

/// The real and the imaginary part of a complex product.
#define COMPLEX(place, real, imaginary)                                                                         \
    const numbers real = PRODUCT(place) - PRODUCT((place) + 2), imaginary = PRODUCT(place) + PRODUCT((place) + 1)

/// From the products of one tile and LANES outputs to 4 x 4 results, each 16 times too large.
INLINE void gaussian_result(const int32_t *products, size_t width, numbers y[16]) {
#define PRODUCT(place) load_numbers(products + (place) * width)
    numbers half[4][6];
    for (int column = 0; column < 4; column++) {
        const numbers m[4] = {PRODUCT(column), PRODUCT(4 + column), PRODUCT(8 + column), PRODUCT(12 + column)};
        COMPLEX(28 + 3 * column, real, imaginary);
        numbers r[4];
        gaussian_result_line(m, real + real, imaginary + imaginary, r);
        for (int row = 0; row < 4; row++) half[row][column] = r[row];
    }
    numbers reals[4], imaginaries[4], r[4];
    for (int row = 0; row < 4; row++) {
        COMPLEX(16 + 3 * row, real, imaginary);
        reals[row] = real;
        imaginaries[row] = imaginary;
    }
    COMPLEX(40, p, p_imaginary);
    COMPLEX(43, q, q_imaginary);
    gaussian_result_line(reals, q + p, p_imaginary + q_imaginary, r);
    for (int row = 0; row < 4; row++) half[row][4] = r[row];
    gaussian_result_line(imaginaries, p_imaginary - q_imaginary, q - p, r);
    for (int row = 0; row < 4; row++) half[row][5] = r[row];
    for (int row = 0; row < 4; row++)
        gaussian_result_line(half[row], half[row][4] + half[row][4], half[row][5] + half[row][5], y + 4 * row);
#undef PRODUCT
}

/// From sums, 16 times too large, to what they stand for.
INLINE void gaussian_scale(
    const srq_gaussian_layer *layer, const srq_gaussian_edges *edges, size_t first, size_t x, const numbers sums[16],
    floats y[16]) {
    const floats scale = load(layer->scales + first), shift = load(layer->shifts + first);
    if (layer->offsets == NULL) {
        UNROLLED
        for (int i = 0; i < 16; i++) y[i] = CONVERTED(sums[i]) * scale + shift;
        return;
    }
    const size_t padded = (layer->outputs + SRQ_OUTPUT_BLOCK - 1) / SRQ_OUTPUT_BLOCK * SRQ_OUTPUT_BLOCK;
    const floats step = (floats)layer->step, inside = load(layer->offsets + first);
    uint32_t rows_edge;
    memcpy(&rows_edge, edges->rows, sizeof rows_edge);
    if (rows_edge == 0 && !(edges->begins && x == 0) && edges->last - x >= SRQ_WINOGRAD_SIDE) {
        UNROLLED
        for (int i = 0; i < 16; i++) y[i] = (CONVERTED(sums[i]) * step + inside) * scale + shift;
        return;
    }
    UNROLLED
    for (int i = 0; i < 16; i++) {
        const size_t column = x + i % 4;
        const size_t edge = 4 * edges->rows[i / 4] + (edges->begins && column == 0) + 2 * (column == edges->last);
        y[i] = (CONVERTED(sums[i]) * step + load(layer->offsets + edge * padded + first)) * scale + shift;
    }
}

static void gaussian_convolution(
    const srq_gaussian_layer *layer, const srq_gaussian_edges *edges, const uint8_t *const *rows, size_t tiles,
    uint8_t *transformed, int32_t *products, const srq_results *to) {
    gaussian_input(rows, layer->channels, tiles, layer->raises, transformed);
    tile_matrices m = {
        .positions = SRQ_GAUSSIAN_POSITIONS, .input_bytes = layer->channels, .weight_bytes = layer->channels * SRQ_OUTPUT_BLOCK,
        .chains = layer->chains};
    for (size_t o = 0; o < layer->outputs;) {
        const int parts = parts_from(o, layer->outputs);
        const size_t block = o / SRQ_OUTPUT_BLOCK * SRQ_GAUSSIAN_POSITIONS, width = products_width(parts);
        m.weights = (const uint8_t *)layer->weights + block * m.weight_bytes;
        m.starts = layer->starts + block * SRQ_OUTPUT_BLOCK;
        for (size_t tile = 0; tile < tiles;) {
            const int group = next_group(tiles - tile);
            multiply_parts(
                &m, transformed + tile * SRQ_GAUSSIAN_POSITIONS * layer->channels, products, group, parts, TRANSFORMED);
            for (int t = 0; t < group; t++, tile++) {
                for (int i = 0; i < parts && o + i * LANES < layer->outputs; i++) {
                    numbers sums[16];
                    floats y[16];
                    gaussian_result(products + t * SRQ_GAUSSIAN_POSITIONS * width + i * LANES, width, sums);
                    gaussian_scale(layer, edges, o + i * LANES, SRQ_WINOGRAD_SIDE * tile, sums, y);
                    finish_results(to, o + i * LANES, layer->outputs, SRQ_WINOGRAD_SIDE * tile, y, 4, 4);
                }
            }
        }
        o += width;
    }
}
