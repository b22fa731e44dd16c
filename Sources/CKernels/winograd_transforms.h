// Included by kernels_*.c after winograd_kernels.h: the transforms around products that are oneDNN's.

static void winograd_transform(
    const float *x, size_t row_length, size_t channels, size_t tiles, float *transformed, size_t position) {
    for (size_t tile = 0; tile < tiles; tile++, x += SRQ_WINOGRAD_SIDE * channels, transformed += channels) {
        for (size_t c = 0; c < channels; c += LANES) {
            floats d[6][6], t[6][6];
            for (int column = 0; column < 6; column++)
                for (int row = 0; row < 6; row++) d[column][row] = load(x + row * row_length + column * channels + c);
            winograd_input_tile(d, t);
            for (int row = 0; row < 6; row++)
                for (int column = 0; column < 6; column++) store(transformed + (row * 6 + column) * position + c, t[row][column]);
        }
    }
}

/// LANES outputs of one tile.
INLINE void winograd_tile_results(
    const srq_winograd_results *to, size_t o, const float *products, float *y, const size_t rows, const size_t columns) {
    const floats zero = (floats)0.0f, bias = to->bias ? load(to->bias + o) : zero;
    floats of_tile[16];
    winograd_result_tile(products + o, to->position, of_tile);
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            float *at = y + row * to->row_length + column * to->outputs + o;
            floats result = of_tile[4 * row + column] + bias;
            if (to->accumulate) result += load(at);
            if (to->relu) result = result < zero ? zero : result;
            store(at, result);
        }
    }
}

static void winograd_results(const srq_winograd_results *to, const float *products, size_t tiles, float *y) {
    for (size_t tile = 0; tile < tiles; tile++, products += to->outputs, y += SRQ_WINOGRAD_SIDE * to->outputs) {
        const size_t left = to->columns - SRQ_WINOGRAD_SIDE * tile;
        for (size_t o = 0; o < to->outputs; o += LANES) {
            if (to->rows == SRQ_WINOGRAD_SIDE && left >= SRQ_WINOGRAD_SIDE) {
                winograd_tile_results(to, o, products, y, SRQ_WINOGRAD_SIDE, SRQ_WINOGRAD_SIDE);
            } else {
                winograd_tile_results(to, o, products, y, to->rows, left < SRQ_WINOGRAD_SIDE ? left : SRQ_WINOGRAD_SIDE);
            }
        }
    }
}
