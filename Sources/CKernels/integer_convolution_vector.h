// Included by kernels_*.c that define MULTIPLY_ADD, the header of what depends on the instruction set:
//
//   PIXELS, TILES      how many of them are computed at a time where a block of outputs is; their sums fit the registers
//   load_inputs        the next four bytes of a pixel, for every output
//   load_weights       the weights that LANES outputs have for them
//   multiply_add       adds the products to the sums of one pixel and LANES outputs
//   first_sums         what such sums start with
//   CHAINED            defined where narrow products are summed in 16 bits first, by multiply_add_bytes and lengthened

#include "integer_lanes.h"
#include MULTIPLY_ADD

_Static_assert(BLOCK == SRQ_OUTPUT_BLOCK, "PARTS registers hold the sums of a block of outputs");

/// Sums of some pixels, one register after the other: PARTS for every pixel, or one where a block has no more than LANES outputs.
enum { REGISTERS = PARTS * (PIXELS > TILES ? PIXELS : TILES) };
typedef struct {
    numbers of[REGISTERS];
} registers;

/// Adds the products of some steps; `pixel` bytes lie between two pixels.
INLINE void add_products(
    numbers *sums, const uint8_t *x, size_t pixel, size_t steps, const uint8_t *weights, const int pixels, const int parts,
    const kind of) {
    for (; steps > 0; steps--, x += STEP_BYTES, weights += STEP_BYTES * SRQ_OUTPUT_BLOCK) {
        numbers part[PARTS];
        UNROLLED
        for (int i = 0; i < parts; i++) part[i] = load_weights(weights + i * sizeof(numbers), of);
        UNROLLED
        for (int p = 0; p < pixels; p++) {
            const numbers in = load_inputs(x + p * pixel, of);
            UNROLLED
            for (int i = 0; i < parts; i++) sums[p * parts + i] = multiply_add(sums[p * parts + i], in, part[i], of);
        }
    }
}

/// One layer and one kind, in bytes.
typedef struct {
    const srq_integer_layer *layer;
    /// Where the rows of the window begin, `const uint8_t *const *` or `const int16_t *const *`.
    const void *rows;
    size_t pixel, steps_of_row;
} window;

INLINE window window_of(const srq_integer_layer *layer, const void *rows, const kind of) {
    const size_t pixel = layer->channels * (of == NARROW ? sizeof(uint8_t) : sizeof(int16_t));
    return (window){layer, rows, pixel, layer->kernel * pixel / STEP_BYTES};
}

INLINE const uint8_t *row_of(const window *w, size_t v, const kind of) {
    return of == NARROW ? ((const uint8_t *const *)w->rows)[v] : (const uint8_t *)((const int16_t *const *)w->rows)[v];
}

INLINE void sum_window(
    const window *w, const uint8_t *weights, size_t first, const numbers *start, registers *sums, const int pixels, const int parts,
    const kind of) {
    numbers local[REGISTERS];
    UNROLLED
    for (int r = 0; r < pixels * parts; r++) local[r] = start[r % parts];
    for (size_t v = 0; v < w->layer->kernel; v++, weights += w->steps_of_row * STEP_BYTES * SRQ_OUTPUT_BLOCK)
        add_products(local, row_of(w, v, of) + first * w->pixel, w->pixel, w->steps_of_row, weights, pixels, parts, of);
    UNROLLED
    for (int r = 0; r < pixels * parts; r++) sums->of[r] = local[r];
}

#ifdef CHAINED

/// Adds 16-bit sums to those of 32 bits and starts them again.
INLINE void flush(words *sums, registers *longer, const int count) {
    UNROLLED
    for (int r = 0; r < count; r++) {
        longer->of[r] += lengthened(sums[r]);
        sums[r] = (words)0;
    }
}

/// add_products in 16 bits.
INLINE void add_chained_products(
    words *sums, const uint8_t *x, size_t pixel, size_t steps, const uint8_t *weights, const int pixels, const int parts) {
    for (; steps > 0; steps--, x += STEP_BYTES, weights += STEP_BYTES * SRQ_OUTPUT_BLOCK) {
        numbers part[PARTS];
        UNROLLED
        for (int i = 0; i < parts; i++) part[i] = load_weights(weights + i * sizeof(numbers), NARROW);
        UNROLLED
        for (int p = 0; p < pixels; p++) {
            const numbers in = load_inputs(x + p * pixel, NARROW);
            UNROLLED
            for (int i = 0; i < parts; i++) sums[p * parts + i] = multiply_add_bytes(sums[p * parts + i], in, part[i]);
        }
    }
}

/// sum_window in 16 bits, which are added to the 32-bit sums only every `chain` steps.
INLINE void sum_chained_window(
    const window *w, const uint8_t *weights, size_t first, registers *sums, const int pixels, const int parts) {
    words local[REGISTERS];
    UNROLLED
    for (int r = 0; r < pixels * parts; r++) {
        local[r] = (words)0;
        sums->of[r] = (numbers)0;
    }
    size_t left_of_chain = w->layer->chain;
    for (size_t v = 0; v < w->layer->kernel; v++) {
        const uint8_t *x = row_of(w, v, NARROW) + first * w->pixel;
        for (size_t left_of_row = w->steps_of_row; left_of_row > 0;) {
            const size_t steps = left_of_row < left_of_chain ? left_of_row : left_of_chain;
            left_of_row -= steps;
            left_of_chain -= steps;
            add_chained_products(local, x, w->pixel, steps, weights, pixels, parts);
            x += steps * STEP_BYTES;
            weights += steps * STEP_BYTES * SRQ_OUTPUT_BLOCK;
            if (left_of_chain == 0) {
                left_of_chain = w->layer->chain;
                flush(local, sums, pixels * parts);
            }
        }
    }
    flush(local, sums, pixels * parts);
}

#endif

INLINE void convolve_pixels(
    const window *w, size_t o, const uint8_t *weights, size_t x, const numbers *start, const int pixels, const int parts,
    const kind of, const srq_results *to) {
    const srq_integer_layer *layer = w->layer;
    registers sums;
#ifdef CHAINED
    if (of == NARROW) {
        sum_chained_window(w, weights, x, &sums, pixels, parts);
    } else
#endif
        sum_window(w, weights, x, start, &sums, pixels, parts, of);
    for (int i = 0; i < parts && o + i * LANES < layer->outputs; i++) {
        const size_t first = o + i * LANES;
        const numbers offset = load_numbers(layer->offsets + first);
        const floats scale = load(layer->scales + first), shift = load(layer->shifts + first);
        floats y[MOST_RESULTS];
        UNROLLED
        for (int p = 0; p < pixels; p++) y[p] = CONVERTED(sums.of[p * parts + i] + offset) * scale + shift;
        finish_results(to, first, layer->outputs, x, y, 1, pixels);
    }
}

/// One block of outputs. The last group of pixels overlaps the one before.
INLINE void convolve_block(
    const window *w, size_t o, const uint8_t *weights, size_t pixels, const int parts, const kind of,
    const srq_results *to) {
    const size_t group = PIXELS * PARTS / parts;
    numbers start[PARTS];
    UNROLLED
    for (int i = 0; i < parts; i++)
        start[i] = first_sums(weights + i * sizeof(numbers), w->layer->kernel * w->steps_of_row, of);
    if (pixels < group) {
        for (size_t x = 0; x < pixels; x++) convolve_pixels(w, o, weights, x, start, 1, parts, of, to);
    } else {
        for (size_t next = 0; next < pixels; next += group) {
            const size_t x = next + group <= pixels ? next : pixels - group;
            convolve_pixels(w, o, weights, x, start, PIXELS * PARTS / parts, parts, of, to);
        }
    }
}

/// Blocks of outputs outside, pixels inside: a block's weights stay in the first-level cache.
INLINE void convolve(const srq_integer_layer *layer, const void *rows, size_t pixels, const kind of, const srq_results *to) {
    const window w = window_of(layer, rows, of);
    const size_t weights_of_block = layer->kernel * w.steps_of_row * STEP_BYTES * SRQ_OUTPUT_BLOCK;
    const uint8_t *weights = layer->weights;
    for (size_t o = 0; o < layer->outputs; o += SRQ_OUTPUT_BLOCK, weights += weights_of_block) {
        if (PARTS > 1 && layer->outputs - o <= LANES) {
            convolve_block(&w, o, weights, pixels, 1, of, to);
        } else {
            convolve_block(&w, o, weights, pixels, PARTS, of, to);
        }
    }
}

static void narrow_convolution(
    const srq_integer_layer *layer, const uint8_t *const *rows, size_t pixels, const srq_results *to) {
    convolve(layer, rows, pixels, NARROW, to);
}

static void wide_convolution(
    const srq_integer_layer *layer, const int16_t *const *rows, size_t pixels, const srq_results *to) {
    convolve(layer, rows, pixels, WIDE, to);
}
