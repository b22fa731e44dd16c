// Included by float_winograd_*.c: what include/float_winograd.h describes. The including file has defined LANES, and BF16 where
// bf16 numbers are multiplied.

#include "lanes.h"

#include "affine_kernels.h"
#include "piecewise_kernels.h"
#include "encoder_kernels.h"
#include "results_kernels.h"
#include "winograd_kernels.h"

// `elements` is what is stored of each transformed input, `factors` a register of them, and CHANNELS_OF_STEP the number of channels
// whose products one multiply_add sums up.
#ifdef BF16

typedef uint16_t elements;
typedef __m512bh factors;
enum { CHANNELS_OF_STEP = 2 };

/// Rounds to nearest, ties to even, by whole numbers: the processors' own instruction takes the smallest numbers for 0. What is
/// beyond bf16's largest number becomes infinite, as it should. A NaN may become something else, so nothing may rely on it.
INLINE void store_elements(elements *p, floats v) {
    typedef uint32_t words_of __attribute__((ext_vector_type(LANES)));
    typedef uint16_t halves __attribute__((ext_vector_type(LANES)));
    words_of bits;
    memcpy(&bits, &v, sizeof bits);
    const halves upper = __builtin_convertvector((bits + 0x7FFF + (bits >> 16 & 1)) >> 16, halves);
    memcpy(p, &upper, sizeof upper);
}

INLINE factors load_factors(const elements *p) {
    factors v;
    memcpy(&v, p, sizeof v);
    return v;
}

/// Loads a pair of channels into all lanes.
INLINE factors repeated_factor(const elements *p) {
    int32_t pair;
    memcpy(&pair, p, sizeof pair);
    return (factors)_mm512_set1_epi32(pair);
}

INLINE floats multiply_add(factors a, factors b, floats sum) { return (floats)_mm512_dpbf16_ps((__m512)sum, a, b); }

#else

typedef float elements;
typedef floats factors;
enum { CHANNELS_OF_STEP = 1 };

INLINE void store_elements(elements *p, floats v) { store(p, v); }
INLINE factors load_factors(const elements *p) { return load(p); }
INLINE factors repeated_factor(const elements *p) { return (factors)*p; }
INLINE floats multiply_add(factors a, factors b, floats sum) { return __builtin_elementwise_fma(a, b, sum); }

#endif

enum {
    PARTS_OF_BLOCK = SRQ_FLOAT_BLOCK / LANES,
    TILES_OF_GROUP = 6,
    /// The registers of weights that are asked for ahead, a line of the cache each: some 280 cycles of products. All layers'
    /// weights together are too many for the second cache.
    LINES_AHEAD = 48,
};

/// Loads LANES channels of a tile's inputs, of which only those of the columns `first` to `end` exist.
INLINE void load_tile(
    const float *const *rows, ptrdiff_t at, size_t channels, floats d[6][6], const bool is_whole, int first, int end) {
    UNROLLED
    for (int column = 0; column < 6; column++) {
        UNROLLED
        for (int row = 0; row < 6; row++) {
            const bool exists = is_whole || (rows[row] && column >= first && column < end);
            d[column][row] = exists ? load(rows[row] + at + column * (ptrdiff_t)channels) : (floats)0.0f;
        }
    }
}

/// Transforms the inputs of all tiles: [tile][position][channel].
static void transform_tiles(
    const srq_float_window *window, size_t channels, size_t tiles, elements *transformed, size_t tile_length) {
    bool has_all_rows = true;
    for (int row = 0; row < 6; row++) has_all_rows = has_all_rows && window->rows[row];
    for (size_t tile = 0; tile < tiles; tile++, transformed += tile_length) {
        // A tile begins one column to the left of its results.
        const size_t x = SRQ_WINOGRAD_SIDE * tile;
        const int first = x + window->left > 0 ? 0 : 1;
        const int end = window->right + 1 < x + 6 ? (int)(window->right + 1 - x) : 6;
        const ptrdiff_t start = ((ptrdiff_t)x - 1) * (ptrdiff_t)channels;
        for (size_t c = 0; c < channels; c += LANES) {
            floats d[6][6], t[6][6];
            if (has_all_rows && first == 0 && end == 6) {
                load_tile(window->rows, start + (ptrdiff_t)c, channels, d, true, 0, 6);
            } else {
                load_tile(window->rows, start + (ptrdiff_t)c, channels, d, false, first, end);
            }
            winograd_input_tile(d, t);
            UNROLLED
            for (int row = 0; row < 6; row++)
                UNROLLED
                for (int column = 0; column < 6; column++)
                    store_elements(transformed + (row * 6 + column) * channels + c, t[row][column]);
        }
    }
}

/// The sums of one position of a group of tiles and a block of outputs.
INLINE void multiply_position(
    const elements *x, size_t tile_length, size_t channels, const elements *weights, float *products, size_t products_length,
    const int tiles, const int parts) {
    floats sums[TILES_OF_GROUP * PARTS_OF_BLOCK];
    UNROLLED
    for (int i = 0; i < tiles * parts; i++) sums[i] = (floats)0.0f;
    // Longer bodies are no faster.
    _Pragma("clang loop unroll(disable)")
    for (size_t c = 0; c < channels; c += CHANNELS_OF_STEP, weights += parts * LANES * CHANNELS_OF_STEP) {
        factors part[PARTS_OF_BLOCK];
        UNROLLED
        for (int i = 0; i < parts; i++) {
            part[i] = load_factors(weights + i * LANES * CHANNELS_OF_STEP);
            __builtin_prefetch(weights + (i + LINES_AHEAD) * LANES * CHANNELS_OF_STEP);
        }
        UNROLLED
        for (int t = 0; t < tiles; t++) {
            const factors in = repeated_factor(x + t * tile_length + c);
            UNROLLED
            for (int i = 0; i < parts; i++) sums[t * parts + i] = multiply_add(in, part[i], sums[t * parts + i]);
        }
    }
    UNROLLED
    for (int t = 0; t < tiles; t++)
        UNROLLED
        for (int i = 0; i < parts; i++) store(products + t * products_length + i * LANES, sums[t * parts + i]);
}

/// What the call for the tiles to the right will read: so many columns of all rows, of which `columns_done` were asked for.
typedef struct {
    const srq_float_window *window;
    size_t channels, first, columns, columns_done;
} next_inputs;

/// Asks for the columns up to `end`. While products are computed nothing else waits for memory, whereas the transform would.
INLINE void ask_for_inputs(next_inputs *next, size_t end) {
    for (; next->columns_done < end; next->columns_done++)
        for (int row = 0; row < 6; row++) {
            if (!next->window->rows[row]) continue;
            const float *pixel = next->window->rows[row] + (next->first + next->columns_done) * next->channels;
            for (size_t c = 0; c < next->channels; c += LANES) __builtin_prefetch(pixel + c);
        }
}

/// The sums of all tiles and positions for a block of outputs: [tile][position][SRQ_FLOAT_BLOCK].
INLINE void multiply_block(
    const elements *transformed, size_t tile_length, size_t channels, const elements *weights, float *products,
    size_t products_length, size_t tiles, next_inputs *next, const int parts) {
    for (int position = 0; position < SRQ_WINOGRAD_POSITIONS; position++) {
        const elements *x = transformed + position * channels;
        const elements *w = weights + position * channels * parts * LANES;
        float *sums = products + position * SRQ_FLOAT_BLOCK;
        for (size_t tile = 0; tile < tiles;) {
            // Groups differ by one tile at most.
            const size_t left = tiles - tile, groups = (left + TILES_OF_GROUP - 1) / TILES_OF_GROUP;
            const size_t group = (left + groups - 1) / groups;
#define GROUP_OF(count)                                                                                                   \
    case count:                                                                                                           \
        multiply_position(                                                                                                \
            x + tile * tile_length, tile_length, channels, w, sums + tile * products_length, products_length, count, parts); \
        break;
            switch (group) { GROUP_OF(1) GROUP_OF(2) GROUP_OF(3) GROUP_OF(4) GROUP_OF(5) GROUP_OF(6) }
#undef GROUP_OF
            tile += group;
            ask_for_inputs(next, next->columns * (position * tiles + tile) / (SRQ_WINOGRAD_POSITIONS * tiles));
        }
    }
}

static void float_winograd(
    const srq_float_layer *layer, const srq_float_window *window, size_t tiles, float *transformed, float *products,
    const srq_results *to) {
    const size_t channels = layer->channels, outputs = layer->outputs;
    const size_t gap = SRQ_FLOAT_GAP * sizeof(float) / sizeof(elements), tile_length = SRQ_WINOGRAD_POSITIONS * channels + gap;
    const size_t products_length = SRQ_WINOGRAD_POSITIONS * SRQ_FLOAT_BLOCK + SRQ_FLOAT_GAP;
    elements *x = (elements *)transformed;
    transform_tiles(window, channels, tiles, x, tile_length);
    // The first column of the next tiles is the one after the last that these ones read.
    const size_t known = SRQ_WINOGRAD_SIDE * tiles + 1, left = window->right > known ? window->right - known : 0;
    next_inputs next = {window, channels, known, left < SRQ_WINOGRAD_SIDE * tiles ? left : SRQ_WINOGRAD_SIDE * tiles, 0};
    for (size_t o = 0; o < outputs; o += SRQ_FLOAT_BLOCK) {
        const elements *weights = (const elements *)layer->weights + o * SRQ_WINOGRAD_POSITIONS * channels;
        const size_t parts = outputs - o < SRQ_FLOAT_BLOCK ? (outputs - o) / LANES : PARTS_OF_BLOCK;
#define BLOCK_OF(count)                                                                                            \
    case count: multiply_block(x, tile_length, channels, weights, products, products_length, tiles, &next, count); break;
        switch (parts) { BLOCK_OF(1) BLOCK_OF(2) BLOCK_OF(3) BLOCK_OF(4) }
#undef BLOCK_OF
        for (size_t tile = 0; tile < tiles; tile++) {
            for (size_t part = 0; part < parts; part++) {
                const size_t first = o + part * LANES;
                const floats bias = layer->bias ? load(layer->bias + first) : (floats)0.0f;
                floats y[16];
                winograd_result_tile(products + tile * products_length + part * LANES, SRQ_FLOAT_BLOCK, y);
                UNROLLED
                for (int i = 0; i < 16; i++) y[i] += bias;
                finish_results(to, first, outputs, SRQ_WINOGRAD_SIDE * tile, y, 4, 4);
            }
        }
    }
}
