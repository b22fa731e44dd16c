// Included by kernels_*.c after integer_convolution_vector.h: the products of both of Winograd's convolutions in whole numbers.
//
// A tile is transformed to some positions, each with a number for every channel; at each position it is multiplied by a matrix of
// weights. A group of tiles and one or two blocks of outputs are computed at a time, their sums in registers: two blocks
// where there are registers enough, since an input is then loaded once for two products.

enum { BLOCKS = LANES == 16 ? 2 : 1, TILES_OF_GROUP = LANES == 16 ? 6 : 6, GROUP_SUMS = TILES_OF_GROUP * PARTS * BLOCKS };

/// So many bytes of weights ahead are asked for: three positions of 64 channels, some 600 cycles.
enum { READ_AHEAD = 3 * 1024 };

/// The matrices of a block of outputs.
typedef struct {
    int positions;
    /// Of one position: a tile's numbers, and the weights of a block.
    size_t input_bytes, weight_bytes;
    const uint8_t *weights;
    /// What sums start with, [blocks][positions][SRQ_OUTPUT_BLOCK]; NULL: 0.
    const int32_t *starts;
    /// By position; not read where sums have 32 bits from the beginning.
    const uint8_t *chains;
} tile_matrices;

/// The sums of one position, `parts` registers for each tile.
INLINE void sum_position(
    numbers *sums, const tile_matrices *m, const uint8_t *x, const uint8_t *weights, uint8_t chain, const int tiles,
    const int parts, const kind of) {
    const size_t tile = m->positions * m->input_bytes, block = m->positions * m->weight_bytes;
    size_t steps = m->input_bytes / STEP_BYTES;
#ifdef CHAINED
    if (of == TRANSFORMED) {
        words local[GROUP_SUMS];
        while (steps > 0) {
            const size_t some = steps < chain ? steps : chain;
            UNROLLED
            for (int r = 0; r < tiles * parts; r++) local[r] = (words)0;
            for (size_t left = some; left > 0; left--, x += STEP_BYTES, weights += STEP_BYTES * SRQ_OUTPUT_BLOCK) {
                numbers part[PARTS * BLOCKS];
                UNROLLED
                for (int i = 0; i < parts; i++)
                    part[i] = load_weights(weights + i / PARTS * block + i % PARTS * sizeof(numbers), of);
                UNROLLED
                for (int t = 0; t < tiles; t++) {
                    const numbers in = load_inputs(x + t * tile, of);
                    UNROLLED
                    for (int i = 0; i < parts; i++) local[t * parts + i] = multiply_add_bytes(local[t * parts + i], in, part[i]);
                }
            }
            UNROLLED
            for (int r = 0; r < tiles * parts; r++) sums[r] += lengthened(local[r]);
            steps -= some;
        }
        return;
    }
#endif
    // Longer bodies are no faster.
    _Pragma("clang loop unroll(disable)")
    for (; steps > 0; steps--, x += STEP_BYTES, weights += STEP_BYTES * SRQ_OUTPUT_BLOCK) {
        numbers part[PARTS * BLOCKS];
        UNROLLED
        for (int i = 0; i < parts; i++) {
            const uint8_t *of_part = weights + i / PARTS * block + i % PARTS * sizeof(numbers);
            part[i] = load_weights(of_part, of);
            // All layers' weights together are too many for the second cache; where a page ends, only this goes on reading ahead.
            if (i % PARTS == 0) __builtin_prefetch(of_part + READ_AHEAD);
        }
        UNROLLED
        for (int t = 0; t < tiles; t++) {
            const numbers in = load_inputs(x + t * tile, of);
            UNROLLED
            for (int i = 0; i < parts; i++) sums[t * parts + i] = multiply_add(sums[t * parts + i], in, part[i], of);
        }
    }
}

/// All positions of a group of tiles: [tile][position][numbers of `parts` registers, or a block].
INLINE void multiply_tiles(
    const tile_matrices *m, const uint8_t *transformed, int32_t *products, const int tiles, const int parts, const kind of) {
    const size_t width = parts < PARTS ? SRQ_OUTPUT_BLOCK : parts * LANES, start_block = m->positions * SRQ_OUTPUT_BLOCK;
    for (int position = 0; position < m->positions; position++) {
        numbers sums[GROUP_SUMS], start[PARTS * BLOCKS];
        UNROLLED
        for (int i = 0; i < parts; i++) {
            const size_t place = i / PARTS * start_block + position * SRQ_OUTPUT_BLOCK + i % PARTS * LANES;
            start[i] = m->starts ? load_numbers(m->starts + place) : (numbers)0;
        }
        UNROLLED
        for (int r = 0; r < tiles * parts; r++) sums[r] = start[r % parts];
        sum_position(
            sums, m, transformed + position * m->input_bytes, m->weights + position * m->weight_bytes,
            of == TRANSFORMED ? m->chains[position] : 0, tiles, parts, of);
        UNROLLED
        for (int t = 0; t < tiles; t++)
            UNROLLED
            for (int i = 0; i < parts; i++)
                store_numbers(products + (t * m->positions + position) * width + i * LANES, sums[t * parts + i]);
    }
}

INLINE void multiply_group(
    const tile_matrices *m, const uint8_t *transformed, int32_t *products, int tiles, const int parts, const kind of) {
#define TILES_OF(count)                                                                                     \
    case count:                                                                                             \
        if (count <= TILES_OF_GROUP) multiply_tiles(m, transformed, products, count, parts, of);            \
        break;
    switch (tiles) {
        TILES_OF(1) TILES_OF(2) TILES_OF(3) TILES_OF(4) TILES_OF(5) TILES_OF(6) TILES_OF(7) TILES_OF(8)
    }
#undef TILES_OF
}

/// Numbers between the products of one position and the next where so many registers hold a tile's sums.
INLINE size_t products_width(int parts) { return parts < PARTS ? SRQ_OUTPUT_BLOCK : parts * LANES; }

/// How many registers hold the sums of the outputs from `o` on that are computed at a time.
INLINE int parts_from(size_t o, size_t outputs) {
    if (outputs - o > SRQ_OUTPUT_BLOCK && BLOCKS > 1) return PARTS * BLOCKS;
    return PARTS > 1 && outputs - o <= LANES ? 1 : PARTS;
}

INLINE void multiply_parts(
    const tile_matrices *m, const uint8_t *transformed, int32_t *products, int tiles, int parts, const kind of) {
    if (parts == PARTS * BLOCKS) {
        multiply_group(m, transformed, products, tiles, PARTS * BLOCKS, of);
    } else if (parts == PARTS) {
        multiply_group(m, transformed, products, tiles, PARTS, of);
    } else {
        multiply_group(m, transformed, products, tiles, 1, of);
    }
}

/// The tiles of the next group, so that groups differ by one at most.
INLINE int next_group(size_t left) {
    const size_t groups = (left + TILES_OF_GROUP - 1) / TILES_OF_GROUP;
    return (int)((left + groups - 1) / groups);
}
