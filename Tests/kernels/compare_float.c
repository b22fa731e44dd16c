#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "memory.h"

/// The nearest bf16 number, of two the even one, found by comparing distances.
static uint16_t nearest_bf16(float value) {
    uint32_t bits, below, above;
    memcpy(&bits, &value, sizeof bits);
    below = bits & 0xFFFF0000, above = below + 0x10000;
    float low, high;
    memcpy(&low, &below, sizeof low);
    memcpy(&high, &above, sizeof high);
    const double to_low = fabs((double)value - low), to_high = fabs((double)high - value);
    if (to_low != to_high) return (uint16_t)((to_low < to_high ? below : above) >> 16);
    return (uint16_t)((below >> 16 & 1 ? above : below) >> 16);
}

static float widened(uint16_t half) {
    const uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/// Where a weight lies among transformed weights.
static size_t weight_place(size_t o, size_t position, size_t c, size_t channels, size_t outputs, size_t channels_of_step) {
    const size_t block = o / SRQ_FLOAT_BLOCK * SRQ_FLOAT_BLOCK;
    const size_t width = outputs - block < SRQ_FLOAT_BLOCK ? outputs - block : SRQ_FLOAT_BLOCK;
    const size_t first = (block * SRQ_WINOGRAD_POSITIONS + position * width) * channels;
    const size_t step = c / channels_of_step * channels_of_step * width;
    return first + step + (o - block) * channels_of_step + c % channels_of_step;
}

/// The kernel that fuses its products against the plain kernels' transforms around products that are fused one after the other. In
/// bf16 a processor adds the two products of a step in an order and with roundings of its own, so whole numbers are multiplied
/// there, whose sums are exact in any order.
bool float_winograd_agrees(const pair *both, int round) {
    const bool bf16 = round % 2 == 1;
    srq_float_winograd *kernel = srq_float_winograd_kernel(bf16);
    if (kernel == NULL) return true;
    const size_t channels = 16 * (size_t)random_between(1, 5), outputs = 16 * (size_t)random_between(1, 9);
    const size_t tiles = (size_t)round / 2 % SRQ_FLOAT_TILES + 1, pixels = SRQ_WINOGRAD_SIDE * tiles;
    const size_t positions = SRQ_WINOGRAD_POSITIONS;

    // The map begins and ends with these results or goes on.
    const size_t left = random_between(0, 1) == 0 ? 0 : 4;
    const size_t right = pixels - (size_t)random_between(0, 3) + (size_t)random_between(0, 9);
    const float *window_rows[6];
    const size_t row_length = (pixels + 2) * channels;
    float *x = guarded(6 * row_length * sizeof(float));
    for (size_t row = 0; row < 6; row++) {
        // The row ends where the map ends, in guarded memory.
        float *memory = guarded((left + right) * channels * sizeof(float));
        for (size_t i = 0; i < (left + right) * channels; i++)
            memory[i] = bf16 ? (float)random_between(-3, 3) : random_float(-255, 255);
        window_rows[row] = memory + left * channels;
        if ((row == 0 || row == 5) && random_between(0, 1) == 0) window_rows[row] = NULL;
        for (size_t column = 0; column < pixels + 2; column++)
            for (size_t c = 0; c < channels; c++) {
                const bool exists = window_rows[row] && column + left > 0 && column < right + 1;
                x[row * row_length + column * channels + c] =
                    exists ? window_rows[row][(ptrdiff_t)(column * channels + c) - (ptrdiff_t)channels] : 0;
            }
    }

    const size_t count = positions * channels * outputs;
    float *weights = guarded(count * sizeof(float)), *bias = guarded(outputs * sizeof(float));
    uint16_t *halves = guarded(count * sizeof(uint16_t));
    for (size_t i = 0; i < count; i++) {
        weights[i] = bf16 ? (float)random_between(-3, 3) : random_float(-1, 1);
        halves[i] = nearest_bf16(weights[i]);
    }
    for (size_t o = 0; o < outputs; o++) bias[o] = random_float(-9, 9);
    const srq_float_layer layer = {channels, outputs, bf16 ? (void *)halves : (void *)weights, round % 3 > 0 ? bias : NULL};
    const srq_float_window window = {window_rows, left, right};

    results_pair results;
    make_results(&results, 4, pixels, outputs);
    for (int copy = 0; copy < 2; copy++)
        if (results.to[copy].columns > right) results.to[copy].columns = right;
    float *transformed = guarded(tiles * (positions * channels + SRQ_FLOAT_GAP) * sizeof(float));
    float *products = guarded(tiles * (positions * SRQ_FLOAT_BLOCK + SRQ_FLOAT_GAP) * sizeof(float));
    kernel(&layer, &window, tiles, transformed, products, &results.to[0]);

    // The same from the plain kernels: all products of all tiles, then the transform of results, row by row to the sinks.
    float *inputs = guarded(positions * tiles * channels * sizeof(float));
    float *sums = guarded(positions * tiles * outputs * sizeof(float)), *plain = guarded(4 * pixels * outputs * sizeof(float));
    both->plain->winograd_transform(x, row_length, channels, tiles, inputs, tiles * channels);
    for (size_t position = 0; position < positions; position++)
        for (size_t tile = 0; tile < tiles; tile++)
            for (size_t o = 0; o < outputs; o++) {
                float sum = 0;
                for (size_t c = 0; c < channels; c++) {
                    float in = inputs[(position * tiles + tile) * channels + c];
                    if (bf16) in = widened(nearest_bf16(in));
                    sum = fmaf(in, weights[weight_place(o, position, c, channels, outputs, bf16 ? 2 : 1)], sum);
                }
                sums[(position * tiles + tile) * outputs + o] = sum;
            }
    const srq_winograd_results to = {
        .bias = layer.bias, .outputs = outputs, .rows = 4, .columns = pixels, .row_length = pixels * outputs,
        .position = tiles * outputs};
    both->plain->winograd_results(&to, sums, tiles, plain);
    for (size_t row = 0; row < results.to[1].rows; row++) {
        srq_operation operations[4];
        srq_sink sinks[3];
        const srq_results of_row = expected_row(&results, row, operations, sinks);
        both->plain->results(&of_row, plain + row * to.row_length, outputs);
    }
    return same_results(
        both, "float_winograd",
        DESCRIBE(
            "%zu channels to %zu outputs, %zu tiles, %zu columns before and %zu from there on, bf16 %d, shuffle %zu", channels,
            outputs, tiles, left, right, bf16, results.to[0].factor),
        &results);
}
