// Included by kernels_neon*.c: how integer_convolution_vector.h multiplies and adds with registers of 128 bits, with an instruction
// for the dot product of four bytes (DOT_PRODUCT), also of unsigned with signed ones (MIXED_DOT_PRODUCT), or without.

// Of 32 registers, 24 hold sums.
enum { PIXELS = 6, TILES = 6 };

INLINE numbers load_inputs(const uint8_t *four_bytes, const kind of) {
#if defined(DOT_PRODUCT) && !defined(MIXED_DOT_PRODUCT)
    // Signed bytes, 128 less; first_sums has what this takes from the sums.
    if (of == NARROW) return repeated(four_bytes) ^ (numbers)0x80808080u;
#endif
    return repeated(four_bytes);
}

INLINE numbers load_weights(const uint8_t *weights, const kind of) {
    const numbers loaded = load_numbers(weights);
    // By channels instead of outputs, so that a channel's weights are multiplied by one lane of the input.
    if (of == WIDE) {
        const int16x8_t w = (int16x8_t)loaded;
        return (numbers)__builtin_shufflevector(w, w, 0, 2, 4, 6, 1, 3, 5, 7);
    }
#ifdef DOT_PRODUCT
    return loaded;
#else
    const int8x16_t w = (int8x16_t)loaded;
    return (numbers)__builtin_shufflevector(w, w, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
#endif
}

INLINE numbers multiply_add(numbers sum, numbers x, numbers weights, const kind of) {
    int32x4_t result = (int32x4_t)sum;
    if (of == WIDE) {
        const int16x4_t in = vget_low_s16((int16x8_t)x);
        const int16x8_t w = (int16x8_t)weights;
        result = vmlal_lane_s16(result, vget_low_s16(w), in, 0);
        return (numbers)vmlal_high_lane_s16(result, w, in, 1);
    }
#ifdef MIXED_DOT_PRODUCT
    return (numbers)vusdotq_s32(result, (uint8x16_t)x, (int8x16_t)weights);
#elif defined(DOT_PRODUCT)
    return (numbers)vdotq_s32(result, (int8x16_t)x, (int8x16_t)weights);
#else
    const int16x4_t in = vget_low_s16((int16x8_t)vmovl_u8(vget_low_u8((uint8x16_t)x)));
    const int16x8_t first = vmovl_s8(vget_low_s8((int8x16_t)weights)), second = vmovl_high_s8((int8x16_t)weights);
    result = vmlal_lane_s16(result, vget_low_s16(first), in, 0);
    result = vmlal_high_lane_s16(result, first, in, 1);
    result = vmlal_lane_s16(result, vget_low_s16(second), in, 2);
    return (numbers)vmlal_high_lane_s16(result, second, in, 3);
#endif
}

INLINE numbers first_sums(const uint8_t *weights, size_t steps, const kind of) {
    numbers sum = (numbers)0;
#if defined(DOT_PRODUCT) && !defined(MIXED_DOT_PRODUCT)
    // 128 times every weight.
    if (of == NARROW) {
        for (; steps > 0; steps--, weights += STEP_BYTES * SRQ_OUTPUT_BLOCK)
            sum = multiply_add(sum, (numbers)0x01010101u, load_weights(weights, of), of);
    }
#endif
    return sum << 7;
}
