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

/// BᵀdB of LANES channels of one tile, whose 36 inputs `d` holds by column and then row; `t` is by row and then column.
INLINE void winograd_input_tile(floats d[6][6], floats t[6][6]) {
    floats half[6][6];
    UNROLLED
    for (int column = 0; column < 6; column++) {
        floats line[6];
        winograd_input_line(d[column], line);
        UNROLLED
        for (int row = 0; row < 6; row++) half[row][column] = line[row];
    }
    UNROLLED
    for (int row = 0; row < 6; row++) winograd_input_line(half[row], t[row]);
}

/// AᵀmA of LANES outputs of one tile, from the first of its products; from one position to the next it is `position` floats.
/// `y` is by row and then column.
INLINE void winograd_result_tile(const float *products, size_t position, floats y[16]) {
    floats half[4][6];
    UNROLLED
    for (int column = 0; column < 6; column++) {
        floats m[6], r[4];
        UNROLLED
        for (int row = 0; row < 6; row++) m[row] = load(products + (row * 6 + column) * position);
        winograd_result_line(m, r);
        UNROLLED
        for (int row = 0; row < 4; row++) half[row][column] = r[row];
    }
    UNROLLED
    for (int row = 0; row < 4; row++) winograd_result_line(half[row], y + 4 * row);
}
