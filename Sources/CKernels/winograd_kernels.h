// Included by kernels_*.c after lanes.h: what include/winograd.h describes.

/// Bᵀd, along one direction.
INLINE void winograd_input_line(const floats d[6], floats t[6]) {
    const floats even = d[4] - d[2] * 4, odd = d[3] - d[1] * 4, even2 = d[4] - d[2], odd2 = (d[3] - d[1]) * 2;
    t[0] = d[0] * 4 - d[2] * 5 + d[4];
    t[1] = even + odd;
    t[2] = even - odd;
    t[3] = even2 + odd2;
    t[4] = even2 - odd2;
    t[5] = d[1] * 4 - d[3] * 5 + d[5];
}

/// Aᵀm, along one direction.
INLINE void winograd_result_line(const floats m[6], floats r[4]) {
    const floats sum = m[1] + m[2], difference = m[1] - m[2], far_sum = m[3] + m[4], far_difference = m[3] - m[4];
    r[0] = m[0] + sum + far_sum;
    r[1] = difference + far_difference * 2;
    r[2] = sum + far_sum * 4;
    r[3] = difference + far_difference * 8 + m[5];
}

static void winograd_transform(
    const float *x, size_t row_length, size_t channels, size_t tiles, float *transformed, size_t position) {
    for (size_t tile = 0; tile < tiles; tile++, x += SRQ_WINOGRAD_SIDE * channels, transformed += channels) {
        for (size_t c = 0; c < channels; c += LANES) {
            floats half[6][6];
            for (int column = 0; column < 6; column++) {
                floats d[6], t[6];
                for (int row = 0; row < 6; row++) d[row] = load(x + row * row_length + column * channels + c);
                winograd_input_line(d, t);
                for (int row = 0; row < 6; row++) half[row][column] = t[row];
            }
            for (int row = 0; row < 6; row++) {
                floats t[6];
                winograd_input_line(half[row], t);
                for (int column = 0; column < 6; column++) store(transformed + (row * 6 + column) * position + c, t[column]);
            }
        }
    }
}

/// LANES outputs of one tile.
INLINE void winograd_tile_results(
    const srq_winograd_results *to, size_t o, const float *products, float *y, const size_t rows, const size_t columns) {
    const floats zero = (floats)0.0f, bias = to->bias ? load(to->bias + o) : zero;
    floats half[4][6];
    for (int column = 0; column < 6; column++) {
        floats m[6], r[4];
        for (int row = 0; row < 6; row++) m[row] = load(products + (row * 6 + column) * to->position + o);
        winograd_result_line(m, r);
        for (int row = 0; row < 4; row++) half[row][column] = r[row];
    }
    for (size_t row = 0; row < rows; row++) {
        floats r[4];
        winograd_result_line(half[row], r);
        for (size_t column = 0; column < columns; column++) {
            float *at = y + row * to->row_length + column * to->outputs + o;
            floats result = r[column] + bias;
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
