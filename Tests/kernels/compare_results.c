#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "memory.h"

// ---- Encoders ------------------------------------------------------------------------------------------------------------------

static uint32_t order_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

static float float_of(uint32_t order) {
    const uint32_t bits = order >> 31 ? order & 0x7FFFFFFFu : ~order;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/// The smallest float that the quantizer gives an integer of at least `integer`, by halving the order of all floats.
static float threshold_of(const pair *both, const srq_affine *q, const srq_integer_line *line, int16_t integer) {
    uint32_t low = order_of(-INFINITY), high = order_of(INFINITY);
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const float x = float_of(middle);
        int16_t found;
        both->plain->affine_encode(q, line, &x, &found, 1);
        if (found >= integer) high = middle; else low = middle + 1;
    }
    return float_of(low);
}

/// Numbers all over, and on and beside places where codes change.
static float *numbers_around(const float *places, size_t of_places, size_t count) {
    static const float odd[] = {0, -0.0f, NAN, INFINITY, -INFINITY, 1e-40f, -1e-40f, 3e38f, -3e38f};
    float *x = guarded(count * sizeof(float));
    for (size_t i = 0; i < count; i++) {
        const float place = places[random_between(0, (int64_t)of_places - 1)];
        switch (random_between(0, 5)) {
        case 0: x[i] = place; break;
        case 1: x[i] = nextafterf(place, INFINITY); break;
        case 2: x[i] = nextafterf(place, -INFINITY); break;
        case 3: x[i] = odd[random_between(0, 8)]; break;
        default: x[i] = random_float(-20, 20);
        }
    }
    return x;
}

static srq_affine random_affine(int steps) {
    const float lower = random_between(0, 2) == 0 ? 0 : random_float(-15, 5), span = random_float(0.1f, 20);
    return (srq_affine){.lower = lower, .upper = lower + span, .base = lower, .step = span / (float)steps};
}

static void add_places(float *places, const srq_affine *q, int steps) {
    for (int k = 0; k <= steps; k++) places[k] = q->base + ((float)k + 0.5f) * q->step;
}

/// An encoder of every kind against affine_encode or piecewise_encode of the plain kernels, over all channels of pixels.
bool encoders_agree(const pair *both, int round) {
    const size_t count = length_of(round % 100), pixels = (size_t)random_between(1, 9);
    const int bits = (int)random_between(2, 8), steps = (1 << (round % 2 == 0 ? (bits > 4 ? 4 : bits) : bits)) - 1;
    const srq_affine q = random_affine(steps);
    srq_integer_line line = {.step = (float)random_between(1, 7), .base = (float)random_between(-200, 200)};
    // Codes themselves are stored more quickly.
    if (random_between(0, 2) == 0) line = (srq_integer_line){.step = 1, .base = 0};
    float places[256];
    add_places(places, &q, steps);
    srq_encoder encoder = {.kind = SRQ_ENCODE_AFFINE, .affine = q, .line = line};
    float table[255];
    int16_t table_integers[256];
    const char *kind = "affine";
    if (round % 2 == 0) {
        encoder = (srq_encoder){.kind = SRQ_ENCODE_BY_HALVING};
        for (int k = 0; k < 2 * SRQ_ENCODER_LEVELS; k++) encoder.thresholds[k] = NAN;
        for (int k = 0; k <= steps; k++) {
            encoder.integers[k] = (int32_t)(line.step * (float)k + line.base);
            if (k > 0) encoder.thresholds[k] = threshold_of(both, &q, &line, (int16_t)encoder.integers[k]);
        }
        kind = "halving";
        if (round % 4 == 0) {
            // Four levels and more of a line are even enough to be found by a line.
            if (!srq_encoder_find_line(&encoder) && steps > 3) {
                printf("%s: an even quantizer of %d steps has no line\n", both->name, steps);
                return false;
            }
            kind = "line";
        }
    } else if (round % 8 == 1) {
        for (int k = 0; k <= steps; k++) {
            table_integers[k] = (int16_t)(line.step * (float)k + line.base);
            if (k > 0) table[k - 1] = threshold_of(both, &q, &line, table_integers[k]);
        }
        encoder = (srq_encoder){
            .kind = SRQ_ENCODE_BY_TABLE, .table = table, .table_integers = table_integers, .table_count = steps};
        kind = "table";
    }
    const size_t of_pixel = count == 0 ? 1 : count;
    const float *x = numbers_around(places, steps + 1, pixels * of_pixel);
    float *factors = guarded(padded(of_pixel) * sizeof(float)), *scaled = guarded(pixels * of_pixel * sizeof(float));
    for (size_t c = 0; c < padded(of_pixel); c++) factors[c] = random_float(0.1f, 4);
    for (size_t i = 0; i < pixels * of_pixel; i++) scaled[i] = round % 3 == 0 ? x[i] * factors[i % of_pixel] : x[i];
    if (round % 3 == 0) encoder.factors = factors;
    const size_t bytes = pixels * of_pixel * sizeof(int16_t);
    int16_t *found = guarded(bytes), *expected = guarded(bytes);
    both->plain->affine_encode(&q, &line, scaled, expected, pixels * of_pixel);
    void *rows[1] = {found};
    const srq_sink sink = {.kind = SRQ_TO_WORDS, .encoder = &encoder, .rows = rows, .pixel = of_pixel * sizeof(int16_t)};
    const srq_results to = {.sinks = &sink, .sink_count = 1, .factor = 1, .rows = 1, .columns = pixels};
    both->tested->results(&to, x, of_pixel);
    return same_bytes(both, "an encoder", DESCRIBE("by %s, %d steps, %zu channels", kind, steps, of_pixel), found, expected, bytes);
}

// ---- Results -------------------------------------------------------------------------------------------------------------------

static float *random_floats(size_t count, float low, float high) {
    float *x = guarded(count * sizeof(float));
    for (size_t i = 0; i < count; i++) x[i] = random_float(low, high);
    return x;
}

static void random_encoder(srq_encoder *encoder, size_t channels) {
    const int steps = (1 << random_between(2, 8)) - 1;
    if (steps > 15) {
        *encoder = (srq_encoder){.kind = SRQ_ENCODE_AFFINE, .affine = random_affine(steps), .line = {.step = 1, .base = -100}};
    } else {
        // Levels anywhere.
        *encoder = (srq_encoder){.kind = SRQ_ENCODE_BY_HALVING};
        float threshold = random_float(-20, 0);
        for (int k = 0; k < 2 * SRQ_ENCODER_LEVELS; k++)
            encoder->thresholds[k] = k > 0 && k <= steps ? threshold += random_float(0.01f, 2) : NAN;
        for (int k = 0; k <= steps; k++) encoder->integers[k] = (int32_t)random_between(-300, 300);
        if (random_between(0, 1) == 0) srq_encoder_find_line(encoder);
    }
    if (random_between(0, 3) == 0) encoder->factors = random_floats(padded(channels), 0.1f, 4);
}

void make_results(results_pair *pair, size_t rows, size_t pixels, size_t outputs) {
    memset(pair, 0, sizeof *pair);
    size_t factor = (size_t)random_between(1, 3);
    if (outputs % (factor * factor) != 0) factor = 1;
    const size_t channels = outputs / (factor * factor);
    // Kernels may finish what networks mostly have in a way of its own.
    const bool is_usual = random_between(0, 1) == 0;
    const size_t operations = (size_t)random_between(0, is_usual ? 1 : 4), sinks = (size_t)random_between(1, is_usual ? 2 : 3);
    const size_t stored_rows = is_usual ? rows : (size_t)random_between(1, (int64_t)rows);
    const size_t beyond = (size_t)random_between(0, pixels > 3 ? 3 : (int64_t)pixels - 1);
    const size_t stored_columns = pixels - (is_usual ? 0 : beyond);
    for (size_t row = 0; row < stored_rows; row++) pair->added[row] = random_floats(stored_columns * outputs, -9, 9);
    for (size_t i = 0; i < operations; i++) {
        // tanh is the C library's: the same for all.
        pair->operations[i] = (srq_operation){
            .kind = (srq_operation_kind)random_between(SRQ_THEN_RELU, SRQ_THEN_TANH), .factor = random_float(-2, 2),
            .a = random_floats(padded(outputs), -2, 2), .b = random_floats(padded(outputs), -2, 2), .rows = pair->added};
        if (is_usual) pair->operations[i].kind = random_between(0, 1) == 0 ? SRQ_THEN_RELU : SRQ_THEN_ADD;
    }
    for (size_t i = 0; i < sinks; i++) {
        random_encoder(&pair->encoders[i], channels);
        if (is_usual) pair->encoders[i].factors = NULL;
        const srq_sink_kind kind = (srq_sink_kind)random_between(SRQ_TO_FLOATS, SRQ_TO_BYTES);
        const size_t size = kind == SRQ_TO_FLOATS ? 4 : kind == SRQ_TO_WORDS ? 2 : 1;
        // Sometimes other channels lie between two pixels.
        const size_t pixel = (channels + (random_between(0, 1) == 0 ? 5 : 0)) * size;
        const size_t row_bytes = ((stored_columns * factor - 1) * pixel + channels * size);
        pair->sink_bytes[i] = stored_rows * factor * row_bytes;
        for (int copy = 0; copy < 2; copy++) {
            pair->sink_memory[copy][i] = guarded(pair->sink_bytes[i]);
            for (size_t row = 0; row < stored_rows * factor; row++)
                pair->sink_rows[copy][i][row] = pair->sink_memory[copy][i] + row * row_bytes;
            pair->sinks[copy][i] = (srq_sink){kind, &pair->encoders[i], pair->sink_rows[copy][i], pixel};
        }
    }
    for (int copy = 0; copy < 2; copy++)
        pair->to[copy] = (srq_results){pair->operations, operations, pair->sinks[copy], sinks, factor, stored_rows, stored_columns};
}

bool same_results(const pair *both, const char *kernel, const char *what, const results_pair *results) {
    for (size_t i = 0; i < results->to[0].sink_count; i++) {
        const uint8_t *found = results->sink_memory[0][i], *expected = results->sink_memory[1][i];
        if (!same_bytes(both, kernel, what, found, expected, results->sink_bytes[i])) return false;
    }
    return true;
}

srq_results expected_row(const results_pair *results, size_t row, srq_operation operations[4], srq_sink sinks[3]) {
    srq_results of_row = results->to[1];
    memcpy(operations, of_row.operations, of_row.operation_count * sizeof *operations);
    memcpy(sinks, of_row.sinks, of_row.sink_count * sizeof *sinks);
    for (size_t i = 0; i < of_row.operation_count; i++) operations[i].rows = results->added + row;
    for (size_t i = 0; i < of_row.sink_count; i++) sinks[i].rows += row * of_row.factor;
    of_row.rows = 1;
    of_row.operations = operations;
    of_row.sinks = sinks;
    return of_row;
}

void plain_rows(
    const pair *both, const srq_integer_layer *layer, const uint8_t *const *bytes, const int16_t *const *words, size_t pixels,
    const results_pair *results) {
    for (size_t row = 0; row < results->to[1].rows; row++) {
        srq_operation operations[4];
        srq_sink sinks[3];
        const srq_results of_row = expected_row(results, row, operations, sinks);
        if (bytes != NULL) {
            both->plain->narrow_convolution(layer, bytes + row, pixels, &of_row);
        } else {
            both->plain->wide_convolution(layer, words + row, pixels, &of_row);
        }
    }
}

bool results_agree(const pair *both, int round) {
    const size_t outputs = (size_t)(round % 70 + 1), pixels = (size_t)random_between(1, 20);
    results_pair results;
    make_results(&results, 1, pixels, outputs);
    const float *x = random_floats(results.to[0].columns * outputs, -30, 30);
    both->tested->results(&results.to[0], x, outputs);
    both->plain->results(&results.to[1], x, outputs);
    const char *what = DESCRIBE("%zu pixels of %zu outputs, shuffle %zu", pixels, outputs, results.to[0].factor);
    return same_results(both, "results", what, &results);
}
