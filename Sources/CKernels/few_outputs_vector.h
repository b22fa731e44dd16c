// Included by kernels_*.c after integer_convolution_vector.h and results_kernels.h where a register holds 16 pixels: a 3x3
// convolution of bytes to a few outputs, which would leave most lanes of a block of outputs empty. Here lanes are pixels:
// inputs are
// transposed so that the same four channels of neighbouring pixels lie side by side, and all lanes have the same weights.

/// So many vectors of pixels are computed at a time.
enum { PIXEL_VECTORS = 4, PIXELS_TOGETHER = PIXEL_VECTORS * LANES };

_Static_assert(LANES == 16 && PIXELS_TOGETHER == SRQ_FEW_PIXELS, "what include/integer_convolution.h says");

#define FIRST_HALVES(a, b) \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define SECOND_HALVES(a, b) \
    __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

/// Sixteen pixels of 64 channels: rows of four channels' bytes become columns.
INLINE void transpose_pixels(const uint8_t *x, size_t pixel, size_t pixels, uint8_t *to, size_t group) {
    numbers v[16], w[16];
    UNROLLED
    for (int i = 0; i < 16; i++) v[i] = (size_t)i < pixels ? load_numbers(x + i * pixel) : (numbers)0;
    // Four times the halves of i and i + 8 are interleaved.
    UNROLLED
    for (int round = 0; round < 2; round++) {
        UNROLLED
        for (int i = 0; i < 8; i++) {
            w[2 * i] = FIRST_HALVES(v[i], v[i + 8]);
            w[2 * i + 1] = SECOND_HALVES(v[i], v[i + 8]);
        }
        UNROLLED
        for (int i = 0; i < 8; i++) {
            v[2 * i] = FIRST_HALVES(w[i], w[i + 8]);
            v[2 * i + 1] = SECOND_HALVES(w[i], w[i + 8]);
        }
    }
    UNROLLED
    for (int i = 0; i < 16; i++) store_numbers(to + i * group, v[i]);
}

/// How many operations look at nothing but a result itself.
INLINE size_t operations_by_output(const srq_results *to) {
    size_t count = 0;
    while (count < to->operation_count && to->operations[count].kind != SRQ_THEN_ADD
           && to->operations[count].kind != SRQ_THEN_TANH)
        count++;
    return count;
}

/// One of them, where all lanes are the same output.
INLINE floats few_outputs_operation(const srq_operation *operation, int output, floats y) {
    const floats zero = (floats)0.0f;
    switch (operation->kind) {
    case SRQ_THEN_RELU: return zero >= y ? zero : y;
    case SRQ_THEN_PRELU: return y >= zero ? y : (floats)operation->a[output] * y;
    case SRQ_THEN_AFFINE: return y * (floats)operation->a[output] + (floats)operation->b[output];
    case SRQ_THEN_MULTIPLY: return y * (floats)operation->factor;
    default: return y;
    }
}

/// One row of up to PIXELS_TOGETHER pixels.
INLINE void few_outputs_row(
    const srq_integer_layer *layer, const uint8_t *transposed, size_t group, size_t row, const srq_results *to, size_t done,
    float *values, size_t pixels, const int outputs) {
    const size_t groups = layer->channels / SRQ_NARROW_STEP;
    const uint8_t *weights = layer->weights;
    numbers sums[SRQ_FEW_OUTPUTS * PIXEL_VECTORS];
    UNROLLED
    for (int i = 0; i < outputs * PIXEL_VECTORS; i++) sums[i] = (numbers)(uint32_t)layer->offsets[i / PIXEL_VECTORS];
    for (size_t v = 0; v < 3; v++)
        for (size_t h = 0; h < 3; h++) {
            const uint8_t *x = transposed + v * row + h * STEP_BYTES;
            for (size_t g = 0; g < groups; g++, x += group, weights += STEP_BYTES * SRQ_OUTPUT_BLOCK) {
                numbers in[PIXEL_VECTORS];
                UNROLLED
                for (int i = 0; i < PIXEL_VECTORS; i++) in[i] = load_numbers(x + i * sizeof(numbers));
                UNROLLED
                for (int o = 0; o < outputs; o++) {
                    const numbers weight = repeated(weights + o * STEP_BYTES);
                    UNROLLED
                    for (int i = 0; i < PIXEL_VECTORS; i++)
                        sums[o * PIXEL_VECTORS + i] = multiply_add(sums[o * PIXEL_VECTORS + i], in[i], weight, NARROW);
                }
            }
        }
    float of_output[SRQ_FEW_OUTPUTS][PIXELS_TOGETHER];
    UNROLLED
    for (int i = 0; i < outputs * PIXEL_VECTORS; i++) {
        const int o = i / PIXEL_VECTORS;
        floats y = CONVERTED(sums[i]) * (floats)layer->scales[o] + (floats)layer->shifts[o];
        for (size_t next = 0; next < done; next++) y = few_outputs_operation(to->operations + next, o, y);
        store(of_output[o] + i % PIXEL_VECTORS * LANES, y);
    }
    for (size_t p = 0; p < pixels; p++)
        for (int o = 0; o < outputs; o++) values[p * outputs + o] = of_output[o][p];
}

static void few_convolution(
    const srq_integer_layer *layer, const uint8_t *const *rows, size_t pixels, uint8_t *transposed, const srq_results *to) {
    const size_t group = (SRQ_FEW_PIXELS + LANES) * STEP_BYTES, row = layer->channels / SRQ_NARROW_STEP * group;
    for (size_t r = 0; r < to->rows + 2; r++)
        for (size_t p = 0; p < pixels + 2; p += LANES)
            for (size_t c = 0; c < layer->channels; c += SRQ_FEW_CHANNELS)
                transpose_pixels(
                    rows[r] + p * layer->channels + c, layer->channels, pixels + 2 - p,
                    transposed + r * row + c / SRQ_NARROW_STEP * group + p * STEP_BYTES, group);
    srq_results rest = *to;
    const size_t done = operations_by_output(to);
    rest.operation_count -= done;
    rest.operations += done;
    for (size_t r = 0; r < to->rows; r++) {
        float values[SRQ_FEW_OUTPUTS * PIXELS_TOGETHER];
        switch (layer->outputs) {
        case 1: few_outputs_row(layer, transposed + r * row, group, row, to, done, values, pixels, 1); break;
        case 2: few_outputs_row(layer, transposed + r * row, group, row, to, done, values, pixels, 2); break;
        case 3: few_outputs_row(layer, transposed + r * row, group, row, to, done, values, pixels, 3); break;
        default: few_outputs_row(layer, transposed + r * row, group, row, to, done, values, pixels, 4); break;
        }
        if (rest.operation_count == 0 && to->sink_count == 1 && to->factor == 1 && to->sinks->kind == SRQ_TO_FLOATS
            && to->sinks->pixel == layer->outputs * sizeof(float)) {
            memcpy(to->sinks->rows[r], values, to->columns * layer->outputs * sizeof(float));
        } else {
            results_of_row(&rest, r, values, layer->outputs);
        }
    }
}

#undef FIRST_HALVES
#undef SECOND_HALVES
