// Included by kernels_*.c after winograd_kernels.h: its transform of inputs, rounded to bf16.

/// Rounds to nearest, ties to even, by whole numbers: the processors' own instruction takes the smallest numbers for 0. What is
/// beyond bf16's largest number becomes infinite, as it should. A NaN may become something else, so nothing may rely on it.
INLINE void store_bf16(uint16_t *p, floats v) {
#if LANES == 1
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    *p = (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
#else
    typedef uint32_t words __attribute__((ext_vector_type(LANES)));
    typedef uint16_t halves __attribute__((ext_vector_type(LANES)));
    words bits;
    memcpy(&bits, &v, sizeof bits);
    const halves upper = __builtin_convertvector((bits + 0x7FFF + (bits >> 16 & 1)) >> 16, halves);
    memcpy(p, &upper, sizeof upper);
#endif
}

static void winograd_bf16_transform(
    const float *x, size_t row_length, size_t channels, size_t tiles, uint16_t *transformed, size_t position) {
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
                for (int column = 0; column < 6; column++)
                    store_bf16(transformed + (row * 6 + column) * position + c, t[column]);
            }
        }
    }
}
