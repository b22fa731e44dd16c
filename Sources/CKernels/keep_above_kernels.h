// Included by kernels_*.c after lanes.h.

static size_t keep_above(
    const float *x, size_t count, uint32_t keep_bits, uint32_t flip_bits, float threshold, float *kept) {
    const integers keep = (integers)(int32_t)keep_bits, flip = (integers)(int32_t)flip_bits;
    size_t length = 0, i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        float block[BLOCK];
        integers above = (integers)0;
        for (int part = 0; part < PARTS; part++) {
            floats value = floats_of((bits_of(load(x + i + part * LANES)) & keep) ^ flip);
            store(block + part * LANES, value);
            above |= value > (floats)threshold;
        }
        // Once the threshold stands, nearly all blocks hold nothing of interest.
        if (!ANY(above)) continue;
        for (int lane = 0; lane < BLOCK; lane++) {
            kept[length] = block[lane];
            length += block[lane] > threshold;
        }
    }
    for (; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        bits = (bits & keep_bits) ^ flip_bits;
        float value;
        memcpy(&value, &bits, sizeof value);
        kept[length] = value;
        length += value > threshold;
    }
    return length;
}
