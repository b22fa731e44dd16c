// Included by kernels_*.c after lanes.h.

static srq_statistics statistics(const float *x, size_t count) {
    short_sums minimum, maximum;
    sums sum = {0}, squares = {0};
    for (int part = 0; part < PARTS; part++) {
        minimum.part[part] = (floats)__builtin_inff();
        maximum.part[part] = (floats)-__builtin_inff();
    }
    size_t i = 0;
    while (i + BLOCK <= count) {
        size_t blocks = (count - i) / BLOCK;
        if (blocks > BLOCKS_PER_STRETCH) blocks = BLOCKS_PER_STRETCH;
        short_sums short_sum = {0}, short_squares = {0};
        for (; blocks > 0; blocks--, i += BLOCK) {
            for (int part = 0; part < PARTS; part++) {
                floats in = load(x + i + part * LANES);
                minimum.part[part] = in < minimum.part[part] ? in : minimum.part[part];
                maximum.part[part] = in > maximum.part[part] ? in : maximum.part[part];
                short_sum.part[part] += in;
                short_squares.part[part] += in * in;
            }
        }
        add_stretch(&sum, &short_sum);
        add_stretch(&squares, &short_squares);
    }

    float lowest[BLOCK], highest[BLOCK];
    double lane_sum[BLOCK], lane_squares[BLOCK];
    memcpy(lowest, minimum.part, sizeof lowest);
    memcpy(highest, maximum.part, sizeof highest);
    memcpy(lane_sum, sum.part, sizeof lane_sum);
    memcpy(lane_squares, squares.part, sizeof lane_squares);
    for (size_t lane = 0; i < count; i++, lane++) {
        lowest[lane] = x[i] < lowest[lane] ? x[i] : lowest[lane];
        highest[lane] = x[i] > highest[lane] ? x[i] : highest[lane];
        lane_sum[lane] += x[i];
        lane_squares[lane] += x[i] * x[i];
    }
    memcpy(sum.part, lane_sum, sizeof lane_sum);
    memcpy(squares.part, lane_squares, sizeof lane_squares);
    for (int lane = 1; lane < BLOCK; lane++) {
        lowest[0] = lowest[lane] < lowest[0] ? lowest[lane] : lowest[0];
        highest[0] = highest[lane] > highest[0] ? highest[lane] : highest[0];
    }
    // Adding 0 makes -0 a +0: which of the two came first depends on the lanes.
    return (srq_statistics){lowest[0] + 0.0f, highest[0] + 0.0f, folded(&sum), folded(&squares)};
}
