#include "compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

bool same_bytes(
    const pair *both, const char *kernel, const char *what, const void *found, const void *expected, size_t bytes) {
    if (memcmp(found, expected, bytes) == 0) return true;
    size_t at = 0;
    while (((const uint8_t *)found)[at] == ((const uint8_t *)expected)[at]) at++;
    printf("%s: %s differs at byte %zu of %zu, %s\n", both->name, kernel, at, bytes, what);
    return false;
}

char description[DESCRIPTION];

// ---- Floats ------------------------------------------------------------------------------------------------------------------

/// All lengths around every width, and some that take many blocks.
size_t length_of(int round) { return round <= 70 ? (size_t)round : (size_t)random_between(71, 5000); }
enum { FLOAT_ROUNDS = 100 };

/// Random numbers that often sit exactly on one of `places`, or right above.
static float *inputs(size_t count, const float *places, int64_t of_places) {
    float *x = guarded(count * sizeof(float));
    for (size_t i = 0; i < count; i++) {
        const float place = places[random_between(0, of_places - 1)];
        switch (random_between(0, 3)) {
        case 0: x[i] = place; break;
        case 1: x[i] = nextafterf(place, INFINITY); break;
        default: x[i] = random_float(-20, 20);
        }
    }
    return x;
}

/// Which NaN a NaN is does not count.
static void unify_nans(float *y, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (y[i] != y[i]) y[i] = NAN;
}

static const srq_affine affine_quantizers[] = {
    {.lower = -10, .upper = 12, .base = -10, .step = 22.0f / 15}, {.lower = 0, .upper = 7.3f, .base = 0, .step = 7.3f / 3},
    {.lower = -0.7f, .upper = 0.7f, .base = 0, .step = 0.1f},
};

static bool affine_forward_agrees(const pair *both, int round) {
    const size_t count = length_of(round);
    const srq_affine *q = &affine_quantizers[round % 3];
    const float places[] = {q->lower, q->upper, 0, -0.0f, q->base + q->step / 2, NAN, INFINITY, -INFINITY};
    float *x = inputs(count, places, 8), *expected = guarded(count * sizeof(float));
    both->plain->affine_forward(q, x, expected, count);
    both->tested->affine_forward(q, x, x, count);
    unify_nans(expected, count);
    unify_nans(x, count);
    return same_bytes(both, "affine_forward", DESCRIBE("%zu numbers", count), x, expected, count * sizeof(float));
}

static bool affine_backward_agrees(const pair *both, int round) {
    const size_t count = length_of(round);
    const srq_affine *q = &affine_quantizers[round % 3];
    const float places[] = {q->lower, q->upper, 0, -0.0f, q->base + q->step / 2};
    const float *x = inputs(count, places, 5), *gradient = inputs(count, places, 5);
    float *found = guarded(count * sizeof(float)), *expected = guarded(count * sizeof(float));
    const srq_affine_gradient a = both->tested->affine_backward(q, x, gradient, found, count);
    const srq_affine_gradient b = both->plain->affine_backward(q, x, gradient, expected, count);
    const char *what = DESCRIBE("%zu numbers", count);
    return same_bytes(both, "affine_backward", what, found, expected, count * sizeof(float))
        && same_bytes(both, "affine_backward's sums", what, &a, &b, sizeof a)
        && (both->tested->affine_pass(q, x, gradient, found, count),
            same_bytes(both, "affine_pass", what, found, expected, count * sizeof(float)));
}

static bool affine_encode_agrees(const pair *both, int round) {
    const size_t count = length_of(round);
    const srq_affine *q = &affine_quantizers[round % 3];
    const srq_integer_line line = {.step = (float)random_between(1, 17), .base = -300};
    const float places[] = {q->lower, q->upper, 0, -0.0f, q->base + q->step / 2, NAN, INFINITY, -INFINITY};
    const float *x = inputs(count, places, 8);
    int16_t *found = guarded(count * sizeof(int16_t)), *expected = guarded(count * sizeof(int16_t));
    both->tested->affine_encode(q, &line, x, found, count);
    both->plain->affine_encode(q, &line, x, expected, count);
    return same_bytes(both, "affine_encode", DESCRIBE("%zu numbers", count), found, expected, count * sizeof(int16_t));
}

/// Two readings of piecewise linear quantization: codes limited to 3 with no `top`, and neither.
static srq_piecewise piecewise_quantizer(int round) {
    const bool limited = round % 2 == 0;
    const srq_segment below = {
        .lower = -10, .upper = -3, .base = -10, .width = 7, .steps = 3, .top = 3, .at_upper = -1, .per_error = -1.0f / 3};
    const srq_segment above = {
        .lower = 3, .upper = 12, .base = 3, .width = 9, .steps = 3, .top = 3, .at_lower = 1, .per_error = -1.0f / 3};
    const srq_segment dense = {
        .lower = -3, .upper = 3, .base = limited ? 0 : -3, .width = limited ? 6.0f / 7 : 6, .steps = limited ? 1 : 7,
        .top = limited ? INFINITY : 7, .at_lower = -1, .at_upper = 1, .per_error = 2.0f / 7};
    return (srq_piecewise){
        .below = below, .dense = dense, .above = above, .below_start = -3, .above_start = 3, .limit = limited ? 3 : INFINITY,
        .lower_per_error = -1.0f / 3, .upper_per_error = 1.0f / 3};
}
static const float piecewise_places[] = {-10, -3, 3, 12, 0, -0.0f, 2.9999998f, NAN, INFINITY, -INFINITY};

static bool piecewise_forward_agrees(const pair *both, int round) {
    const size_t count = length_of(round);
    const srq_piecewise q = piecewise_quantizer(round);
    float *x = inputs(count, piecewise_places, 10), *expected = guarded(count * sizeof(float));
    both->plain->piecewise_forward(&q, x, expected, count);
    both->tested->piecewise_forward(&q, x, x, count);
    unify_nans(expected, count);
    unify_nans(x, count);
    return same_bytes(both, "piecewise_forward", DESCRIBE("%zu numbers", count), x, expected, count * sizeof(float));
}

static bool piecewise_backward_agrees(const pair *both, int round) {
    const size_t count = length_of(round);
    const srq_piecewise q = piecewise_quantizer(round);
    const float *x = inputs(count, piecewise_places, 7), *gradient = inputs(count, piecewise_places, 7);
    float *found = guarded(count * sizeof(float)), *expected = guarded(count * sizeof(float));
    const srq_piecewise_gradient a = both->tested->piecewise_backward(&q, x, gradient, found, count);
    const srq_piecewise_gradient b = both->plain->piecewise_backward(&q, x, gradient, expected, count);
    const char *what = DESCRIBE("%zu numbers", count);
    return same_bytes(both, "piecewise_backward", what, found, expected, count * sizeof(float))
        && same_bytes(both, "piecewise_backward's sums", what, &a, &b, sizeof a)
        && (both->tested->piecewise_pass(&q, x, gradient, found, count),
            same_bytes(both, "piecewise_pass", what, found, expected, count * sizeof(float)));
}

static bool piecewise_encode_agrees(const pair *both, int round) {
    const size_t count = length_of(round);
    const srq_piecewise q = piecewise_quantizer(round);
    const srq_piecewise_integers integers = {
        .below = {.step = 200, .base = -2000}, .dense = {.step = 10, .base = 1}, .above = {.step = 500, .base = 50}, .of_nan = -9};
    const float *x = inputs(count, piecewise_places, 10);
    int16_t *found = guarded(count * sizeof(int16_t)), *expected = guarded(count * sizeof(int16_t));
    both->tested->piecewise_encode(&q, &integers, x, found, count);
    both->plain->piecewise_encode(&q, &integers, x, expected, count);
    return same_bytes(both, "piecewise_encode", DESCRIBE("%zu numbers", count), found, expected, count * sizeof(int16_t));
}

static bool statistics_agree(const pair *both, int round) {
    const size_t count = length_of(round);
    const float places[] = {0, -0.0f, 20, -20, INFINITY, 1e-30f};
    const float *x = inputs(count, places, round % 2 == 0 ? 4 : 6);
    const srq_statistics found = both->tested->statistics(x, count), expected = both->plain->statistics(x, count);
    return same_bytes(both, "statistics", DESCRIBE("%zu numbers", count), &found, &expected, sizeof found);
}

/// The plain kernels themselves are compared with the C library.
static bool rounding_agrees(const pair *both, int round) {
    const size_t count = length_of(round);
    const float places[] = {0, -0.0f, 20, -20, 0.5f, 1e-30f, NAN, INFINITY, -INFINITY};
    const float *any = inputs(count, places, round % 2 == 0 ? 6 : 9), *x = inputs(count, places, 6);
    float largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = largest == largest && (any[i] != any[i] || fabsf(any[i]) > largest) ? fabsf(any[i]) : largest;
    float found = both->tested->largest_magnitude(any, count), plain = both->plain->largest_magnitude(any, count);
    unify_nans(&found, 1);
    unify_nans(&plain, 1);
    unify_nans(&largest, 1);
    int16_t *words = guarded(count * sizeof(int16_t)), *expected = guarded(count * sizeof(int16_t));
    const float factor = round % 3 == 0 ? 1 : random_float(-16, 16);
    for (size_t i = 0; i < count; i++) expected[i] = (int16_t)nearbyintf(x[i] * factor);
    const char *what = DESCRIBE("%zu numbers", count);
    both->tested->scale_and_round(x, factor, words, count);
    const bool tested = same_bytes(both, "scale_and_round", what, words, expected, count * sizeof(int16_t));
    both->plain->scale_and_round(x, factor, words, count);
    return tested && same_bytes(both, "scale_and_round", what, words, expected, count * sizeof(int16_t))
        && same_bytes(both, "largest_magnitude", what, &found, &largest, sizeof found)
        && same_bytes(both, "largest_magnitude", what, &plain, &largest, sizeof plain);
}

/// The plain kernels themselves are compared with what they stand for.
static bool pointwise_agrees(const pair *both, int round) {
    const size_t count = length_of(round);
    const float places[] = {0, -0.0f, 20, -20, NAN};
    const float *a = inputs(count, places, 5), *b = inputs(count, places, 4);
    float *masked = guarded(count * sizeof(float)), *sums = guarded(count * sizeof(float)), *y = guarded(count * sizeof(float));
    for (size_t i = 0; i < count; i++) {
        masked[i] = a[i] > 0 ? b[i] : 0;
        sums[i] = a[i] + b[i];
    }
    unify_nans(sums, count);
    const char *what = DESCRIBE("%zu numbers", count);
    const srq_kernel_table *tables[] = {both->tested, both->plain};
    for (int table = 0; table < 2; table++) {
        tables[table]->relu_gradient(a, b, y, count);
        if (!same_bytes(both, "relu_gradient", what, y, masked, count * sizeof(float))) return false;
        tables[table]->add(a, b, y, count);
        unify_nans(y, count);
        if (!same_bytes(both, "add", what, y, sums, count * sizeof(float))) return false;
    }
    const size_t channels = (size_t)random_between(1, 70), pixels = count / channels;
    const float any[] = {0, -0.0f, 20, -20};
    const float *c = inputs(pixels * channels, any, 4), *d = inputs(pixels * channels, any, 4);
    double *found = guarded(channels * sizeof(double)), *expected = guarded(channels * sizeof(double));
    double *exact = guarded(channels * sizeof(double));
    for (size_t i = 0; i < channels; i++) {
        found[i] = expected[i] = exact[i] = (double)i;
        for (size_t pixel = 0; pixel < pixels; pixel++)
            exact[i] += (double)c[pixel * channels + i] * (double)d[pixel * channels + i];
    }
    both->tested->channel_products(c, d, found, pixels, channels);
    both->plain->channel_products(c, d, expected, pixels, channels);
    for (size_t i = 0; i < channels; i++) {
        if (fabs(exact[i] - expected[i]) <= 0.01 * (1 + (double)pixels)) continue;
        printf("channel_products: %g instead of %g\n", expected[i], exact[i]);
        return false;
    }
    return same_bytes(both, "channel_products", what, found, expected, channels * sizeof(double));
}

static bool keep_above_agrees(const pair *both, int round) {
    const size_t count = length_of(round);
    const float places[] = {0, -0.0f, 15, -15, NAN}, thresholds[] = {-INFINITY, -15, 0, 15, 19.9f, 100};
    const float *x = inputs(count, places, 5), threshold = thresholds[round % 6];
    const uint32_t keep = round % 2 == 0 ? 0xFFFFFFFF : 0x7FFFFFFF, flip = round % 4 < 2 ? 0 : 0x80000000;
    float *found = guarded(count * sizeof(float)), *expected = guarded(count * sizeof(float));
    const size_t kept = both->tested->keep_above(x, count, keep, flip, threshold, found);
    const size_t expected_kept = both->plain->keep_above(x, count, keep, flip, threshold, expected);
    const char *what = DESCRIBE("%zu numbers above %g", count, threshold);
    return same_bytes(both, "keep_above's count", what, &kept, &expected_kept, sizeof kept)
        && same_bytes(both, "keep_above", what, found, expected, kept * sizeof(float));
}

/// Numbers whose product needs more than 24 bits: fused with the addition it would come out different.
static bool scale_shift_agrees(const pair *both, int round) {
    const size_t channels = (size_t)round + 1, pixels = (size_t)random_between(0, 40), count = channels * pixels;
    float *x = guarded(count * sizeof(float));
    float *scale = guarded(channels * sizeof(float)), *shift = guarded(channels * sizeof(float));
    for (size_t i = 0; i < count; i++) x[i] = (float)random_between(-16777215, 16777215);
    for (size_t c = 0; c < channels; c++) {
        scale[c] = random_float(1e-6f, 1e-4f);
        shift[c] = random_float(-300, 300);
    }
    float *expected = guarded(count * sizeof(float));
    both->plain->scale_shift(x, scale, shift, expected, pixels, channels);
    both->tested->scale_shift(x, scale, shift, x, pixels, channels);
    const char *what = DESCRIBE("%zu pixels of %zu channels", pixels, channels);
    return same_bytes(both, "scale_shift", what, x, expected, count * sizeof(float));
}

/// From a row of tiles to what is multiplied.
static bool winograd_transform_agrees(const pair *both, int round) {
    const size_t channels = 16 * (size_t)random_between(1, 5), tiles = (size_t)round % 20 + 1;
    const size_t row_length = (4 * tiles + 2 + (size_t)random_between(0, 3)) * channels;
    const size_t position = tiles * channels + (size_t)random_between(0, 20), bytes = 36 * position * sizeof(float);
    const size_t count = 5 * row_length + (4 * tiles + 2) * channels;
    float *x = guarded(count * sizeof(float)), *found = guarded(bytes), *expected = guarded(bytes);
    for (size_t i = 0; i < count; i++) x[i] = random_float(-255, 255);
    memset(found, 0, bytes);
    memset(expected, 0, bytes);
    both->plain->winograd_transform(x, row_length, channels, tiles, expected, position);
    both->tested->winograd_transform(x, row_length, channels, tiles, found, position);
    return same_bytes(both, "winograd_transform", DESCRIBE("%zu tiles of %zu channels", tiles, channels), found, expected, bytes);
}

/// From products to results, of which the last tile and the last rows may have a part only.
static bool winograd_results_agree(const pair *both, int round) {
    const size_t outputs = 16 * (size_t)random_between(1, 5), tiles = (size_t)round % 20 + 1;
    const size_t rows = (size_t)random_between(1, 4), columns = 4 * tiles - (size_t)random_between(0, 3);
    float *bias = guarded(outputs * sizeof(float));
    for (size_t o = 0; o < outputs; o++) bias[o] = random_float(-9, 9);
    const srq_winograd_results to = {
        .bias = round % 3 > 0 ? bias : NULL, .accumulate = round % 4 > 1, .relu = round % 2 > 0, .outputs = outputs, .rows = rows,
        .columns = columns, .row_length = columns * outputs, .position = tiles * outputs + (size_t)random_between(0, 20)};
    const size_t count = 36 * to.position, bytes = rows * to.row_length * sizeof(float);
    float *products = guarded(count * sizeof(float)), *found = guarded(bytes), *expected = guarded(bytes);
    for (size_t i = 0; i < count; i++) products[i] = random_float(-255, 255);
    for (size_t i = 0; i < rows * to.row_length; i++) found[i] = expected[i] = random_float(-9, 9);
    both->plain->winograd_results(&to, products, tiles, expected);
    both->tested->winograd_results(&to, products, tiles, found);
    const char *what = DESCRIBE(
        "%zu rows of %zu columns, %zu outputs, bias %d, accumulate %d, relu %d", rows, columns, outputs, to.bias != NULL,
        to.accumulate, to.relu);
    return same_bytes(both, "winograd_results", what, found, expected, bytes);
}

// ---- Whole numbers -----------------------------------------------------------------------------------------------------------

enum { CONVOLUTION_ROUNDS = 260, WINOGRAD_ROUNDS = 390, GAUSSIAN_ROUNDS = 600 };

int64_t chosen(choice how, int64_t low, int64_t high) {
    switch (how) {
    case HIGHEST: return high;
    case LOWEST: return low;
    case EITHER_END: return random_bits() % 2 == 0 ? low : high;
    default: return random_between(low, high);
    }
}

size_t padded(size_t outputs) { return (outputs + SRQ_OUTPUT_BLOCK - 1) / SRQ_OUTPUT_BLOCK * SRQ_OUTPUT_BLOCK; }

/// A layer with random offsets, scales and shifts, without weights.
static srq_integer_layer layer_of(size_t kernel, size_t channels, size_t outputs) {
    int32_t *offsets = guarded(padded(outputs) * sizeof(int32_t));
    float *scales = guarded(padded(outputs) * sizeof(float)), *shifts = guarded(padded(outputs) * sizeof(float));
    for (size_t o = 0; o < padded(outputs); o++) {
        offsets[o] = o < outputs ? (int32_t)random_between(-100000, 100000) : 0;
        scales[o] = o < outputs ? random_float(0, 1) : 0;
        shifts[o] = o < outputs ? random_float(-50, 50) : 0;
    }
    return (srq_integer_layer){
        .kernel = kernel, .channels = channels, .outputs = outputs, .offsets = offsets, .scales = scales, .shifts = shifts,
        .weights = offsets};
}

static const char *described(const srq_integer_layer *layer, size_t pixels) {
    return DESCRIBE(
        "%zux%zu, %zu channels to %zu outputs, %zu pixels, chain %zu", layer->kernel, layer->kernel, layer->channels,
        layer->outputs, pixels, layer->chain);
}

static const size_t kernels[] = {1, 2, 3, 5, 9};

/// Any weights and inputs where sums have 32 bits from the beginning, else as many steps in a row as 16 bits take.
static bool narrow_convolution_agrees(const pair *both, int round) {
    const choice how_inputs = (choice)(round % CHOICES), how_weights = (choice)(round / CHOICES % CHOICES);
    const size_t kernel = kernels[random_between(0, 4)], channels = 4 * (size_t)random_between(1, 17);
    const size_t outputs = round % 65 + 1, pixels = (size_t)random_between(1, 40);
    const int64_t largest_input = round % 3 == 0 ? 15 : 255, largest_weight = round % 5 == 0 ? 7 : 127;
    srq_integer_layer layer = layer_of(kernel, channels, outputs);
    const bool unchained = both->tested->narrow_is_unchained;
    const int64_t highest = unchained || 2 * largest_weight * largest_input <= INT16_MAX ? largest_weight : 63;
    layer.chain = unchained ? 0 : (size_t)random_between(1, INT16_MAX / (2 * highest * largest_input));
    const size_t weights_count = padded(outputs) * kernel * kernel * channels;
    int8_t *weights = guarded(weights_count);
    for (size_t i = 0; i < weights_count; i++)
        weights[i] = (int8_t)chosen(how_weights, unchained ? -highest - 1 : -highest, highest);
    layer.weights = weights;
    const uint8_t *rows[9];
    for (size_t v = 0; v < kernel; v++) {
        const size_t length = (pixels + kernel - 1) * channels;
        uint8_t *row = guarded(length);
        for (size_t i = 0; i < length; i++) row[i] = (uint8_t)chosen(how_inputs, 0, largest_input);
        rows[v] = row;
    }
    results_pair results;
    make_results(&results, 1, pixels, outputs);
    both->tested->narrow_convolution(&layer, rows, pixels, &results.to[0]);
    both->plain->narrow_convolution(&layer, rows, pixels, &results.to[1]);
    return same_results(both, "narrow_convolution", described(&layer, pixels), &results);
}

/// Against the plain narrow convolution of each row.
static bool few_convolution_agrees(const pair *both, int round) {
    const choice how_inputs = (choice)(round % CHOICES), how_weights = (choice)(round / CHOICES % CHOICES);
    const size_t channels = SRQ_FEW_CHANNELS * (size_t)random_between(1, 2), outputs = (size_t)random_between(1, SRQ_FEW_OUTPUTS);
    const size_t pixels = (size_t)random_between(1, SRQ_FEW_PIXELS);
    srq_integer_layer layer = layer_of(3, channels, outputs);
    const size_t weights_count = SRQ_OUTPUT_BLOCK * 9 * channels;
    int8_t *weights = guarded(weights_count);
    for (size_t i = 0; i < weights_count; i++) weights[i] = (int8_t)chosen(how_weights, -128, 127);
    layer.weights = weights;
    results_pair results;
    make_results(&results, 4, pixels, outputs);
    const uint8_t *rows[6];
    for (size_t v = 0; v < results.to[0].rows + 2; v++) {
        const size_t length = (pixels + 2) * channels;
        uint8_t *row = guarded(length);
        for (size_t i = 0; i < length; i++) row[i] = (uint8_t)chosen(how_inputs, 0, 255);
        rows[v] = row;
    }
    both->tested->few_convolution(&layer, rows, pixels, guarded(6 * (SRQ_FEW_PIXELS + 16) * channels), &results.to[0]);
    plain_rows(both, &layer, rows, NULL, pixels, &results);
    return same_results(both, "few_convolution", described(&layer, pixels), &results);
}

static bool wide_convolution_agrees(const pair *both, int round) {
    const choice how_inputs = (choice)(round % CHOICES), how_weights = (choice)(round / CHOICES % CHOICES);
    const size_t kernel = kernels[random_between(0, 4)], channels = 2 * (size_t)random_between(1, 33);
    const size_t outputs = round % 65 + 1, pixels = (size_t)random_between(1, 40);
    srq_integer_layer layer = layer_of(kernel, channels, outputs);
    // As large as 32 bits allow, offsets included.
    const int64_t largest_input = round % 3 == 0 ? 255 : INT16_MAX, products = (int64_t)(kernel * kernel * channels);
    int64_t largest_weight = (INT32_MAX - 100000) / (products * largest_input);
    if (largest_weight > INT16_MAX) largest_weight = INT16_MAX;
    const size_t weights_count = padded(outputs) * kernel * kernel * channels;
    int16_t *weights = guarded(weights_count * sizeof(int16_t));
    for (size_t i = 0; i < weights_count; i++) weights[i] = (int16_t)chosen(how_weights, -largest_weight, largest_weight);
    layer.weights = weights;
    const int16_t *rows[9];
    for (size_t v = 0; v < kernel; v++) {
        const size_t length = (pixels + kernel - 1) * channels;
        int16_t *row = guarded(length * sizeof(int16_t));
        for (size_t i = 0; i < length; i++) row[i] = (int16_t)chosen(how_inputs, -largest_input, largest_input);
        rows[v] = row;
    }
    results_pair results;
    make_results(&results, 1, pixels, outputs);
    both->tested->wide_convolution(&layer, rows, pixels, &results.to[0]);
    both->plain->wide_convolution(&layer, rows, pixels, &results.to[1]);
    return same_results(both, "wide_convolution", described(&layer, pixels), &results);
}

/// 24 G g (24 G)ᵀ of a 3x3 kernel, straight from the table in integer_winograd.h.
static void transform_weights(const int16_t g[9], int16_t transformed[SRQ_WINOGRAD_POSITIONS]) {
    static const int transform[6][3] = {{1, 0, 0}, {1, 1, 1}, {1, -1, 1}, {1, 2, 4}, {1, -2, 4}, {0, 0, 1}};
    for (int row = 0; row < 6; row++) {
        for (int column = 0; column < 6; column++) {
            int sum = 0;
            for (int v = 0; v < 3; v++)
                for (int h = 0; h < 3; h++) sum += transform[row][v] * transform[column][h] * g[3 * v + h];
            transformed[6 * row + column] = (int16_t)sum;
        }
    }
}

/// Against the plain wide convolution of the four rows, one after the other.
static bool winograd_convolution_agrees(const pair *both, int round) {
    const choice how_inputs = (choice)(round % CHOICES), how_weights = (choice)(round / CHOICES % CHOICES);
    const size_t channels = 16 * (size_t)random_between(1, 5), tiles = (size_t)round % 20 + 1;
    // Whole blocks are finished in a way of their own.
    const size_t outputs = round % 3 == 0 ? 16 * (size_t)random_between(1, 8) : (size_t)round % 65 + 1;
    const size_t pixels = SRQ_WINOGRAD_SIDE * tiles, blocks = padded(outputs) / SRQ_OUTPUT_BLOCK;
    srq_integer_layer layer = layer_of(3, channels, outputs);
    const int64_t largest_input = round % 3 == 0 ? 255 : SRQ_WINOGRAD_LARGEST_INPUT;
    int64_t largest_weight = (SRQ_WINOGRAD_LARGEST_SUM - 1) / ((int64_t)(9 * channels) * largest_input);
    if (49 * largest_weight > INT16_MAX) largest_weight = INT16_MAX / 49;

    int16_t *weights = guarded(blocks * SRQ_OUTPUT_BLOCK * 9 * channels * sizeof(int16_t));
    int16_t *transformed_weights =
        guarded(blocks * SRQ_OUTPUT_BLOCK * SRQ_WINOGRAD_POSITIONS * channels * sizeof(int16_t));
    for (size_t o = 0; o < blocks * SRQ_OUTPUT_BLOCK; o++) {
        const size_t block = o / SRQ_OUTPUT_BLOCK, lane = o % SRQ_OUTPUT_BLOCK, steps = channels / SRQ_WIDE_STEP;
        for (size_t c = 0; c < channels; c++) {
            int16_t g[9], t[SRQ_WINOGRAD_POSITIONS];
            for (size_t i = 0; i < 9; i++) {
                g[i] = (int16_t)chosen(how_weights, -largest_weight, largest_weight);
                const size_t step = (block * 9 + i) * steps + c / SRQ_WIDE_STEP;
                weights[(step * SRQ_OUTPUT_BLOCK + lane) * SRQ_WIDE_STEP + c % SRQ_WIDE_STEP] = g[i];
            }
            transform_weights(g, t);
            for (size_t i = 0; i < SRQ_WINOGRAD_POSITIONS; i++) {
                const size_t step = (block * SRQ_WINOGRAD_POSITIONS + i) * steps + c / SRQ_WIDE_STEP;
                transformed_weights[(step * SRQ_OUTPUT_BLOCK + lane) * SRQ_WIDE_STEP + c % SRQ_WIDE_STEP] = t[i];
            }
        }
    }
    const int16_t *rows[6];
    for (int v = 0; v < 6; v++) {
        const size_t length = (pixels + 2) * channels;
        int16_t *row = guarded(length * sizeof(int16_t));
        for (size_t i = 0; i < length; i++) row[i] = (int16_t)chosen(how_inputs, -largest_input, largest_input);
        rows[v] = row;
    }
    int16_t *transformed = guarded(SRQ_WINOGRAD_POSITIONS * tiles * channels * sizeof(int16_t));
    int32_t *products = guarded(SRQ_WINOGRAD_PRODUCTS * sizeof(int32_t));
    layer.weights = transformed_weights;
    results_pair results;
    make_results(&results, 4, pixels, outputs);
    both->tested->winograd_convolution(&layer, rows, tiles, transformed, products, &results.to[0]);
    layer.weights = weights;
    int32_t *none = guarded(padded(outputs) * sizeof(int32_t));
    memset(none, 0, padded(outputs) * sizeof(int32_t));
    layer.offsets = none;
    plain_rows(both, &layer, NULL, rows, pixels, &results);
    return same_results(both, "winograd_convolution", described(&layer, pixels), &results);
}

// ---- All of them -------------------------------------------------------------------------------------------------------------

int kernels_that_differ(const char *name, const srq_kernel_table *tested, const srq_kernel_table *plain) {
    static const struct {
        bool (*agrees)(const pair *, int round);
        int rounds;
    } comparisons[] = {
        {affine_forward_agrees, FLOAT_ROUNDS}, {affine_backward_agrees, FLOAT_ROUNDS}, {affine_encode_agrees, FLOAT_ROUNDS},
        {piecewise_forward_agrees, FLOAT_ROUNDS}, {piecewise_backward_agrees, FLOAT_ROUNDS},
        {piecewise_encode_agrees, FLOAT_ROUNDS}, {statistics_agree, FLOAT_ROUNDS}, {rounding_agrees, FLOAT_ROUNDS},
        {pointwise_agrees, FLOAT_ROUNDS}, {keep_above_agrees, FLOAT_ROUNDS},
        {scale_shift_agrees, FLOAT_ROUNDS}, {winograd_transform_agrees, FLOAT_ROUNDS}, {winograd_results_agree, FLOAT_ROUNDS},
        {float_winograd_agrees, 2 * FLOAT_ROUNDS},
        {narrow_convolution_agrees, CONVOLUTION_ROUNDS},
        {encoders_agree, 4 * FLOAT_ROUNDS}, {results_agree, 4 * FLOAT_ROUNDS}, {gaussian_convolution_agrees, GAUSSIAN_ROUNDS},
        {few_convolution_agrees, WINOGRAD_ROUNDS},
        {wide_convolution_agrees, CONVOLUTION_ROUNDS}, {winograd_convolution_agrees, WINOGRAD_ROUNDS},
    };
    enum { COUNT = sizeof comparisons / sizeof *comparisons };
    const pair both = {tested, plain, name};
    int differing = 0, rounds = 0;
    for (int kernel = 0; kernel < COUNT; kernel++) {
        const bool is_plain = tested == plain;
        if (comparisons[kernel].agrees == winograd_convolution_agrees && is_plain) continue;
        if (comparisons[kernel].agrees == winograd_convolution_agrees && tested->winograd_convolution == NULL) {
            printf("%s: has no winograd_convolution\n", name);
            differing++;
            continue;
        }
        // It stands beside the tables: one comparison is enough.
        if (comparisons[kernel].agrees == float_winograd_agrees && !is_plain) continue;
        // An instruction set that is no faster with it has none.
        if (comparisons[kernel].agrees == gaussian_convolution_agrees && tested->gaussian_convolution == NULL) continue;
        if (comparisons[kernel].agrees == few_convolution_agrees && tested->few_convolution == NULL) continue;
        bool agrees = true;
        for (int round = 0; agrees && round < comparisons[kernel].rounds; round++, rounds++) {
            agrees = comparisons[kernel].agrees(&both, round);
            release_guarded();
        }
        differing += !agrees;
    }
    printf("%-24s %d kernels, %d comparisons, %d differ\n", name, COUNT, rounds, differing);
    return differing;
}
