// Included by kernels_*.c after lanes.h: the way from gradients to whole numbers.

/// A NaN or an infinity is the largest of all: without their sign, the bits of floats are in their order.
static float largest_magnitude(const float *x, size_t count) {
    integers largest[PARTS] = {0};
    size_t i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        for (int part = 0; part < PARTS; part++) {
            const integers bits = bits_of(load(x + i + part * LANES)) & 0x7FFFFFFF;
            largest[part] = bits > largest[part] ? bits : largest[part];
        }
    }
    int32_t of_all[BLOCK];
    memcpy(of_all, largest, sizeof of_all);
    for (; i < count; i++) {
        int32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        bits &= 0x7FFFFFFF;
        of_all[0] = bits > of_all[0] ? bits : of_all[0];
    }
    for (int lane = 1; lane < BLOCK; lane++) of_all[0] = of_all[lane] > of_all[0] ? of_all[lane] : of_all[0];
    float result;
    memcpy(&result, of_all, sizeof result);
    return result;
}

static void scale_and_round(const float *x, float factor, int16_t *y, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) store_whole(y + i, __builtin_elementwise_rint(load(x + i) * (floats)factor));
    if (i < count) {
        float padded[LANES] = {0};
        int16_t whole[LANES];
        memcpy(padded, x + i, (count - i) * sizeof(float));
        store_whole(whole, __builtin_elementwise_rint(load(padded) * (floats)factor));
        memcpy(y + i, whole, (count - i) * sizeof(int16_t));
    }
}
