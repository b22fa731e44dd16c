// Included by kernels_*.c of instruction sets without a convolution of their own, after integer_convolution_plain.h: what
// include/gaussian_winograd.h describes, one multiplication after the other.

/// The input's transform along one direction: 0, 1, -1, infinity, then the real and the imaginary part of i.
static const int8_t gaussian_line[6][6] = {
    {1, 0, 0, 0, -1, 0}, {0, 1, 1, 1, 1, 0}, {0, -1, 1, -1, 1, 0}, {0, -1, 0, 0, 0, 1}, {0, 0, -1, 0, 1, 0}, {0, -1, 0, 1, 0, 0},
};

/// Stores the three factors of a complex number a + i b: a + b, a and b.
INLINE void store_complex(uint32_t *at, uint32_t a, uint32_t b) {
    at[0] = a + b;
    at[1] = a;
    at[2] = b;
}

/// Transforms one channel of one tile; only the low eight bits of its positions count.
static void gaussian_positions(const uint8_t *const *rows, size_t at, size_t channels, uint32_t positions[SRQ_GAUSSIAN_POSITIONS]) {
    uint32_t t[6][6] = {{0}};
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++)
            for (int row = 0; row < 6; row++)
                for (int column = 0; column < 6; column++)
                    t[i][j] += (uint32_t)(gaussian_line[i][row] * gaussian_line[j][column])
                        * rows[row][at + (size_t)column * channels];
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) positions[4 * i + j] = t[i][j];
        store_complex(positions + 16 + 3 * i, t[i][4], t[i][5]);
        store_complex(positions + 28 + 3 * i, t[4][i], t[5][i]);
    }
    store_complex(positions + 40, t[4][4] - t[5][5], t[4][5] + t[5][4]);
    store_complex(positions + 43, t[4][4] + t[5][5], t[5][4] - t[4][5]);
}

/// A complex number modulo 2^32.
typedef struct {
    uint32_t real, imaginary;
} gaussian_number;

/// The product whose three parts are `k`.
INLINE gaussian_number complex_product(const uint32_t *k) { return (gaussian_number){k[0] - k[2], k[0] + k[1]}; }

/// The result's transform along one direction, from 0, 1, -1, infinity and twice the real and the imaginary part of i.
INLINE void gaussian_outputs(const uint32_t m[4], uint32_t real2, uint32_t imaginary2, uint32_t y[4]) {
    y[0] = m[0] + m[1] + m[2] + real2;
    y[1] = m[1] - m[2] - imaginary2;
    y[2] = m[1] + m[2] - real2;
    y[3] = m[1] - m[2] + imaginary2 + m[3];
}

/// From the products of one tile and one output to 4 x 4 results, each 16 times too large.
static void gaussian_tile_sums(const uint32_t products[SRQ_GAUSSIAN_POSITIONS], uint32_t y[16]) {
    uint32_t half[4][6], column[4], reals[4], imaginaries[4];
    for (int j = 0; j < 4; j++) {
        const uint32_t m[4] = {products[j], products[4 + j], products[8 + j], products[12 + j]};
        const gaussian_number p = complex_product(products + 28 + 3 * j), q = complex_product(products + 16 + 3 * j);
        gaussian_outputs(m, 2 * p.real, 2 * p.imaginary, column);
        for (int i = 0; i < 4; i++) half[i][j] = column[i];
        reals[j] = q.real;
        imaginaries[j] = q.imaginary;
    }
    const gaussian_number p = complex_product(products + 40), q = complex_product(products + 43);
    gaussian_outputs(reals, p.real + q.real, p.imaginary + q.imaginary, column);
    for (int i = 0; i < 4; i++) half[i][4] = column[i];
    gaussian_outputs(imaginaries, p.imaginary - q.imaginary, q.real - p.real, column);
    for (int i = 0; i < 4; i++) half[i][5] = column[i];
    for (int i = 0; i < 4; i++) gaussian_outputs(half[i], 2 * half[i][4], 2 * half[i][5], y + 4 * i);
}

static void gaussian_convolution(
    const srq_gaussian_layer *layer, const srq_gaussian_edges *edges, const uint8_t *const *rows, size_t tiles,
    uint8_t *transformed, int32_t *products, const srq_results *to) {
    const size_t channels = layer->channels, steps = channels / SRQ_NARROW_STEP, block = SRQ_OUTPUT_BLOCK;
    const size_t all_outputs = (layer->outputs + block - 1) / block * block;
    for (size_t tile = 0; tile < tiles; tile++) {
        for (size_t c = 0; c < channels; c++) {
            uint32_t positions[SRQ_GAUSSIAN_POSITIONS];
            gaussian_positions(rows, SRQ_WINOGRAD_SIDE * tile * channels + c, channels, positions);
            for (size_t i = 0; i < SRQ_GAUSSIAN_POSITIONS; i++)
                transformed[i * channels + c] = (uint8_t)(positions[i] + layer->raises[i]);
        }
        for (size_t o = 0; o < layer->outputs; o++) {
            uint32_t sums[SRQ_GAUSSIAN_POSITIONS], y[16];
            float of_tile[16];
            for (size_t i = 0; i < SRQ_GAUSSIAN_POSITIONS; i++) {
                const size_t position = o / block * SRQ_GAUSSIAN_POSITIONS + i;
                sums[i] = (uint32_t)layer->starts[position * block + o % block];
                for (size_t c = 0; c < channels; c++) {
                    const size_t place = (position * steps + c / SRQ_NARROW_STEP) * block + o % block;
                    const int weight = layer->weights[place * SRQ_NARROW_STEP + c % SRQ_NARROW_STEP];
                    sums[i] += (uint32_t)(transformed[i * channels + c] * weight);
                }
            }
            gaussian_tile_sums(sums, y);
            for (size_t i = 0; i < 16; i++) {
                float sum = (float)(int32_t)y[i];
                if (layer->offsets) {
                    const size_t x = SRQ_WINOGRAD_SIDE * tile + i % 4;
                    const size_t edge = 4 * (size_t)edges->rows[i / 4] + (edges->begins && x == 0) + 2 * (size_t)(x == edges->last);
                    const float scaled = sum * layer->step;
                    sum = scaled + layer->offsets[edge * all_outputs + o];
                }
                const float product = sum * layer->scales[o];
                of_tile[i] = product + layer->shifts[o];
            }
            finish_results(to, o, layer->outputs, SRQ_WINOGRAD_SIDE * tile, of_tile, 4, 4);
        }
    }
}
