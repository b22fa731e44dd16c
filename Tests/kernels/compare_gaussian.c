#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "memory.h"

/// Places of the rows 0, 1, -1, infinity in the three numbers of a line, and of the real and imaginary part of i.
static const int weight_rows[6][3] = {{4, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 4}, {1, 0, -1}, {0, 1, 0}};
static const int input_rows[6][6] = {
    {1, 0, 0, 0, -1, 0}, {0, 1, 1, 1, 1, 0}, {0, -1, 1, -1, 1, 0}, {0, -1, 0, 0, 0, 1}, {0, 0, -1, 0, 1, 0}, {0, -1, 0, 1, 0, 0},
};

/// The numbers of 46 positions, each a sum of what two rows give: c, d - c and c + d for weights, a + b, a and b for inputs.
static void in_positions(const int real[6][6], bool is_weight, int positions[SRQ_GAUSSIAN_POSITIONS]) {
    for (int row = 0; row < 4; row++)
        for (int column = 0; column < 4; column++) positions[7 * row + column] = real[row][column];
    int a[10], b[10];
    for (int i = 0; i < 4; i++) {
        a[i] = real[i][4];
        b[i] = real[i][5];
        a[4 + i] = real[4][i];
        b[4 + i] = real[5][i];
    }
    a[8] = real[4][4] - real[5][5];
    b[8] = real[4][5] + real[5][4];
    a[9] = real[4][4] + real[5][5];
    b[9] = real[5][4] - real[4][5];
    for (int i = 0; i < 10; i++) {
        int *of = positions + (i < 4 ? 7 * i + 4 : 16 + 3 * i);
        of[0] = is_weight ? a[i] : a[i] + b[i];
        of[1] = is_weight ? b[i] - a[i] : a[i];
        of[2] = is_weight ? a[i] + b[i] : b[i];
    }
}

static void transform_weights(const int g[9], int positions[SRQ_GAUSSIAN_POSITIONS]) {
    int real[6][6];
    for (int row = 0; row < 6; row++)
        for (int column = 0; column < 6; column++) {
            real[row][column] = 0;
            for (int v = 0; v < 3; v++)
                for (int h = 0; h < 3; h++) real[row][column] += weight_rows[row][v] * weight_rows[column][h] * g[3 * v + h];
        }
    in_positions(real, true, positions);
}

/// The lowest number of each position when inputs are `low` to `high`, by the sign of each input's part in it.
static void lowest_inputs(int low, int high, int lowest[SRQ_GAUSSIAN_POSITIONS], int highest[SRQ_GAUSSIAN_POSITIONS]) {
    memset(lowest, 0, SRQ_GAUSSIAN_POSITIONS * sizeof(int));
    memset(highest, 0, SRQ_GAUSSIAN_POSITIONS * sizeof(int));
    for (int v = 0; v < 6; v++)
        for (int h = 0; h < 6; h++) {
            int real[6][6], part[SRQ_GAUSSIAN_POSITIONS];
            for (int row = 0; row < 6; row++)
                for (int column = 0; column < 6; column++) real[row][column] = input_rows[row][v] * input_rows[column][h];
            in_positions(real, false, part);
            for (int i = 0; i < SRQ_GAUSSIAN_POSITIONS; i++) {
                lowest[i] += part[i] * (part[i] > 0 ? low : high);
                highest[i] += part[i] * (part[i] > 0 ? high : low);
            }
        }
}

/// Against the plain wide convolution of the four rows and what the plain kernels make of its results.
bool gaussian_convolution_agrees(const pair *both, int round) {
    const choice how_inputs = (choice)(round % CHOICES), how_weights = (choice)(round / CHOICES % CHOICES);
    const size_t channels = 16 * (size_t)random_between(1, 5), tiles = (size_t)round % 20 + 1;
    // Whole blocks are finished in a way of their own.
    const size_t outputs = round % 3 == 0 ? 16 * (size_t)random_between(1, 8) : (size_t)round % 65 + 1;
    const size_t pixels = SRQ_WINOGRAD_SIDE * tiles, blocks = padded(outputs) / SRQ_OUTPUT_BLOCK;
    const size_t steps = channels / SRQ_NARROW_STEP;
    const bool has_offsets = round % 2 == 0;
    // Where there are no offsets, 0 is a code.
    const int span = (int)random_between(1, 15), low = has_offsets ? (int)random_between(-20, 0) : 0;
    const int step = has_offsets ? (int)random_between(1, 17) : 1, base = has_offsets ? (int)random_between(-200, 200) : 0;

    int16_t *weights = guarded(blocks * SRQ_OUTPUT_BLOCK * 9 * channels * sizeof(int16_t));
    int8_t *transformed = guarded(blocks * SRQ_OUTPUT_BLOCK * SRQ_GAUSSIAN_POSITIONS * channels);
    int32_t *starts = guarded(blocks * SRQ_GAUSSIAN_POSITIONS * SRQ_OUTPUT_BLOCK * sizeof(int32_t));
    uint8_t *raises = guarded(SRQ_GAUSSIAN_POSITIONS), *chains = guarded(SRQ_GAUSSIAN_POSITIONS);
    float *scales = guarded(padded(outputs) * sizeof(float)), *shifts = guarded(padded(outputs) * sizeof(float));
    float *sixteenths = guarded(padded(outputs) * sizeof(float));
    float *offsets = guarded(SRQ_GAUSSIAN_EDGES * padded(outputs) * sizeof(float));
    int lowest[SRQ_GAUSSIAN_POSITIONS], highest[SRQ_GAUSSIAN_POSITIONS], largest[SRQ_GAUSSIAN_POSITIONS] = {0};
    lowest_inputs(low, low + span, lowest, highest);
    memset(starts, 0, blocks * SRQ_GAUSSIAN_POSITIONS * SRQ_OUTPUT_BLOCK * sizeof(int32_t));
    for (int i = 0; i < SRQ_GAUSSIAN_POSITIONS; i++) raises[i] = (uint8_t)(both->tested->gaussian_lowest - lowest[i]);
    for (size_t o = 0; o < padded(outputs); o++) {
        const size_t block = o / SRQ_OUTPUT_BLOCK, lane = o % SRQ_OUTPUT_BLOCK;
        scales[o] = random_float(0, 0.1f);
        sixteenths[o] = scales[o] / 16;
        shifts[o] = random_float(-50, 50);
        int tap_sums[9] = {0};
        for (size_t c = 0; c < channels; c++) {
            int g[9], t[SRQ_GAUSSIAN_POSITIONS];
            for (size_t i = 0; i < 9; i++) {
                g[i] = (int)chosen(how_weights, -7, 7);
                tap_sums[i] += g[i];
                const size_t place = (block * 9 + i) * (channels / SRQ_WIDE_STEP) + c / SRQ_WIDE_STEP;
                weights[(place * SRQ_OUTPUT_BLOCK + lane) * SRQ_WIDE_STEP + c % SRQ_WIDE_STEP] = (int16_t)g[i];
            }
            transform_weights(g, t);
            for (size_t i = 0; i < SRQ_GAUSSIAN_POSITIONS; i++) {
                const size_t place = (block * SRQ_GAUSSIAN_POSITIONS + i) * steps + c / SRQ_NARROW_STEP;
                transformed[(place * SRQ_OUTPUT_BLOCK + lane) * SRQ_NARROW_STEP + c % SRQ_NARROW_STEP] = (int8_t)t[i];
                // What is raised by starts at gaussian_lowest.
                starts[(block * SRQ_GAUSSIAN_POSITIONS + i) * SRQ_OUTPUT_BLOCK + lane] -=
                    t[i] * (both->tested->gaussian_lowest - lowest[i]);
            }
        }
        // What lies outside the image is the number 0 but the code `low`.
        for (size_t edge = 0; edge < SRQ_GAUSSIAN_EDGES; edge++) {
            int offset = 0;
            for (int i = 0; i < 9; i++) {
                const bool outside = (i / 3 == 0 && (edge / 4 & 1)) || (i / 3 == 2 && (edge / 4 & 2)) || (i % 3 == 0 && (edge & 1))
                    || (i % 3 == 2 && (edge & 2));
                offset += tap_sums[i] * (outside ? -step * low : base);
            }
            offsets[edge * padded(outputs) + o] = (float)offset;
        }
    }
    // The longest chain that no weights of a position let overflow.
    for (int i = 0; i < SRQ_GAUSSIAN_POSITIONS; i++) {
        for (size_t w = 0; w < blocks; w++)
            for (size_t at = 0; at < channels * SRQ_OUTPUT_BLOCK; at++) {
                const int weight = abs(transformed[(w * SRQ_GAUSSIAN_POSITIONS + i) * channels * SRQ_OUTPUT_BLOCK + at]);
                if (weight > largest[i]) largest[i] = weight;
            }
        const int most = largest[i] == 0 ? 255 : INT16_MAX / (2 * largest[i] * (highest[i] - lowest[i]));
        chains[i] = (uint8_t)(most > 255 ? 255 : most);
        if (chains[i] == 0 && !both->tested->narrow_is_unchained) return true;
    }

    // The image may begin and end within the rows; what lies outside is `low` as a code and 0 as a number.
    srq_gaussian_edges edges = {{0, 0, 0, 0}, false, SIZE_MAX};
    size_t top = SIZE_MAX, bottom = SIZE_MAX;
    if (has_offsets) {
        edges.begins = random_between(0, 1) == 0;
        if (random_between(0, 1) == 0) edges.last = pixels - (size_t)random_between(1, 4);
        if (random_between(0, 1) == 0) {
            top = 0;
            edges.rows[0] |= 1;
        }
        if (random_between(0, 1) == 0) {
            bottom = (size_t)random_between(0, 3);
            edges.rows[bottom] |= 2;
        }
    }
    const uint8_t *rows[6];
    const int16_t *wide_rows[6];
    for (size_t v = 0; v < 6; v++) {
        const size_t length = (pixels + 2) * channels;
        uint8_t *row = guarded(length);
        int16_t *wide_row = guarded(length * sizeof(int16_t));
        for (size_t i = 0; i < length; i++) {
            const size_t column = i / channels;
            const bool outside = v < (top == 0 ? 1 : 0) || (bottom != SIZE_MAX && v >= bottom + 2) || (edges.begins && column == 0)
                || (edges.last != SIZE_MAX && column >= edges.last + 2);
            const int code = outside ? low : (int)chosen(how_inputs, low, low + span);
            row[i] = (uint8_t)code;
            wide_row[i] = (int16_t)(outside ? 0 : step * code + base);
        }
        rows[v] = row;
        wide_rows[v] = wide_row;
    }
    results_pair results;
    make_results(&results, 4, pixels, outputs);
    // Beyond the image's last column or row nothing is a result.
    for (int copy = 0; copy < 2; copy++) {
        if (bottom != SIZE_MAX && results.to[copy].rows > bottom + 1) results.to[copy].rows = bottom + 1;
        if (edges.last != SIZE_MAX && results.to[copy].columns > edges.last + 1) results.to[copy].columns = edges.last + 1;
    }
    uint8_t *inputs = guarded(SRQ_GAUSSIAN_POSITIONS * tiles * channels);
    int32_t *products = guarded(SRQ_WINOGRAD_PRODUCTS * sizeof(int32_t));
    const srq_gaussian_layer layer = {
        channels, outputs, transformed, starts, raises, chains, has_offsets ? scales : sixteenths, shifts, (float)step / 16,
        has_offsets ? offsets : NULL};
    both->tested->gaussian_convolution(&layer, &edges, rows, tiles, inputs, products, &results.to[0]);

    int32_t *none = guarded(padded(outputs) * sizeof(int32_t));
    memset(none, 0, padded(outputs) * sizeof(int32_t));
    const srq_integer_layer wide = {
        .kernel = 3, .channels = channels, .outputs = outputs, .weights = weights, .offsets = none, .scales = scales,
        .shifts = shifts};
    plain_rows(both, &wide, NULL, wide_rows, pixels, &results);
    return same_results(
        both, "gaussian_convolution",
        DESCRIBE(
            "%zu channels to %zu outputs, %zu tiles, codes %d to %d, step %d, offsets %d, shuffle %zu", channels, outputs, tiles,
            low, low + span, step, has_offsets, results.to[0].factor),
        &results);
}
