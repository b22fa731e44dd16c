// Included by kernels_*.c after lanes.h.

static srq_statistics statistics(const float *x, size_t count) {
    floats minimum[PARTS], maximum[PARTS];
    sums sum = {0}, squares = {0};
    for (int part = 0; part < PARTS; part++) {
        minimum[part] = (floats)__builtin_inff();
        maximum[part] = (floats)-__builtin_inff();
    }
    size_t i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        for (int part = 0; part < PARTS; part++) {
            floats in = load(x + i + part * LANES);
            doubles wide = WIDENED(in);
            minimum[part] = in < minimum[part] ? in : minimum[part];
            maximum[part] = in > maximum[part] ? in : maximum[part];
            sum.part[part] += wide;
            squares.part[part] += wide * wide;
        }
    }

    float lowest[BLOCK], highest[BLOCK];
    double lane_sum[BLOCK], lane_squares[BLOCK];
    memcpy(lowest, minimum, sizeof lowest);
    memcpy(highest, maximum, sizeof highest);
    memcpy(lane_sum, sum.part, sizeof lane_sum);
    memcpy(lane_squares, squares.part, sizeof lane_squares);
    for (size_t lane = 0; i < count; i++, lane++) {
        double wide = x[i];
        lowest[lane] = x[i] < lowest[lane] ? x[i] : lowest[lane];
        highest[lane] = x[i] > highest[lane] ? x[i] : highest[lane];
        lane_sum[lane] += wide;
        lane_squares[lane] += wide * wide;
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
