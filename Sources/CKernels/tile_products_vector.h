// Included by kernels_*.c after tile_results_vector.h: the products of both of Winograd's convolutions in whole numbers.
//
// A tile is transformed to some positions, each with a number for every channel; at each position it is multiplied by a matrix of
// weights. A group of tiles and one or two blocks of outputs are computed at a time, their sums in registers.

/// So many bytes of weights ahead are asked for: three positions of 64 channels, some 600 cycles.
enum { READ_AHEAD = 3 * 1024 };

/// The matrices of a block of outputs.
typedef struct {
    /// The bytes of a tile's numbers at one position; a block has SRQ_OUTPUT_BLOCK times as many bytes of weights.
    size_t input_bytes;
    const uint8_t *weights;
    /// What sums start with, [blocks][positions][SRQ_OUTPUT_BLOCK]; NULL: 0.
    const int32_t *starts;
    /// By position; not read where sums have 32 bits from the beginning.
    const uint8_t *chains;
} tile_matrices;

INLINE size_t positions_of(const kind of) { return of == WIDE ? SRQ_WINOGRAD_POSITIONS : SRQ_GAUSSIAN_POSITIONS; }

/// So many steps are multiplied before work that waits has its turn; all channels are a multiple of them.
#ifdef INTERLEAVED
enum { STEPS_TOGETHER = 4 };
#else
enum { STEPS_TOGETHER = 1 };
#endif

/// The sums of one position, `parts` registers for each tile: it is `tile` bytes from one tile to the next and `block` bytes from
/// the weights of one block to those of the next.
INLINE void sum_position(
    numbers *sums, const uint8_t *x, size_t tile, const uint8_t *weights, size_t block, size_t steps, uint8_t chain,
    waiting *w, const int tiles, const int parts, const kind of) {
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
    for (; steps > 0; steps -= STEPS_TOGETHER) {
        UNROLLED
        for (int step = 0; step < STEPS_TOGETHER; step++, x += STEP_BYTES, weights += STEP_BYTES * SRQ_OUTPUT_BLOCK) {
            numbers part[PARTS * BLOCKS];
            UNROLLED
            for (int i = 0; i < parts; i++) {
                const uint8_t *of_part = weights + i / PARTS * block + i % PARTS * sizeof(numbers);
                part[i] = load_weights(of_part, of);
                // All layers' weights together are too many for the second cache; where a page ends, only this goes on reading
                // ahead.
                if (i % PARTS == 0) __builtin_prefetch(of_part + READ_AHEAD);
            }
            UNROLLED
            for (int t = 0; t < tiles; t++) {
                const numbers in = load_inputs(x + t * tile, of);
                UNROLLED
                for (int i = 0; i < parts; i++) sums[t * parts + i] = multiply_add(sums[t * parts + i], in, part[i], of);
            }
#ifdef INTERLEAVED
            // Otherwise the compiler puts loads before products of earlier steps, and products behind the work that waits.
            UNROLLED
            for (int r = 0; r < tiles * parts; r++) __asm__ volatile("" : "+v"(sums[r])::"memory");
#endif
        }
#ifdef INTERLEAVED
        do_some(w, of);
        __asm__ volatile("" ::: "memory");
#endif
    }
}

/// All positions of a group of tiles, which waits afterwards. What waited before is done when this returns.
INLINE void multiply_tiles(
    const tile_matrices *m, const uint8_t *x, int32_t *products, waiting *of_caller, const int tiles, const int parts,
    const kind of) {
    const size_t input_bytes = m->input_bytes, positions = positions_of(of), tile = positions * input_bytes;
    const size_t block = SRQ_OUTPUT_BLOCK * tile;
    const uint8_t *weights = m->weights, *chains = m->chains;
    const int32_t *starts = m->starts;
    waiting copy = *of_caller, *w = &copy;
    int32_t *folded = w->folded == products ? products + FOLDED_GROUP : products;
    for (int row = 0; row < (of == WIDE ? 6 : 5); row++) {
        const int count = of == WIDE ? 6 : row < 4 ? 7 : 18;
        // The row before waits in the other place.
        w->lines = !w->lines;
        int32_t *line = products + 2 * FOLDED_GROUP + w->lines * LINES;
        for (int p = 0; p < count; p++) {
            numbers sums[GROUP_SUMS], start[PARTS * BLOCKS];
            UNROLLED
            for (int i = 0; i < parts; i++) {
                const size_t place = i / PARTS * positions * SRQ_OUTPUT_BLOCK + i % PARTS * LANES;
                start[i] = of == WIDE ? (numbers)0 : load_numbers(starts + place);
            }
            UNROLLED
            for (int r = 0; r < tiles * parts; r++) sums[r] = start[r % parts];
            sum_position(
                sums, x, tile, weights, block, input_bytes / STEP_BYTES, of == WIDE ? 0 : *chains, w, tiles, parts, of);
            UNROLLED
            for (int r = 0; r < tiles * parts; r++) store_numbers(line + (r * LONGEST_LINE + p) * LANES, sums[r]);
            x += input_bytes;
            weights += SRQ_OUTPUT_BLOCK * input_bytes;
            if (of != WIDE) {
                starts += SRQ_OUTPUT_BLOCK;
                chains++;
            }
        }
        while (w->folds > 0) do_some(w, of);
        if (row == 0) begin_columns(w);
        // With 64 channels all columns are folded by then.
        if (row == (of == WIDE ? 2 : 3)) finish_group(w, false, of);
        w->line = line;
        w->to = folded + 4 * row * LANES;
        w->row = row;
        w->folds = tiles * parts * (row == 4 && of != WIDE ? 2 : 1);
    }
#ifdef INTERLEAVED
    while (w->rows > 0) finish_row(w, of);
#endif
    w->folded = folded;
    w->tiles = tiles;
    w->parts = parts;
    *of_caller = copy;
}

INLINE void multiply_group(
    const tile_matrices *m, const uint8_t *transformed, int32_t *products, waiting *w, int tiles, const int parts, const kind of) {
#define TILES_OF(count)                                                                                     \
    case count:                                                                                             \
        if (count <= TILES_OF_GROUP) multiply_tiles(m, transformed, products, w, count, parts, of);            \
        break;
    switch (tiles) {
        TILES_OF(1) TILES_OF(2) TILES_OF(3) TILES_OF(4) TILES_OF(5) TILES_OF(6) TILES_OF(7) TILES_OF(8)
    }
#undef TILES_OF
}

/// How many registers hold the sums of the outputs from `o` on that are computed at a time.
INLINE int parts_from(size_t o, size_t outputs) {
    if (outputs - o > SRQ_OUTPUT_BLOCK && BLOCKS > 1) return PARTS * BLOCKS;
    return PARTS > 1 && outputs - o <= LANES ? 1 : PARTS;
}

INLINE void multiply_parts(
    const tile_matrices *m, const uint8_t *transformed, int32_t *products, waiting *w, int tiles, int parts, const kind of) {
    if (parts == PARTS * BLOCKS) {
        multiply_group(m, transformed, products, w, tiles, PARTS * BLOCKS, of);
    } else if (parts == PARTS) {
        multiply_group(m, transformed, products, w, tiles, PARTS, of);
    } else {
        multiply_group(m, transformed, products, w, tiles, 1, of);
    }
}

/// The tiles of the next group, so that groups differ by one at most.
INLINE int next_group(size_t left) {
    const size_t groups = (left + TILES_OF_GROUP - 1) / TILES_OF_GROUP;
    return (int)((left + groups - 1) / groups);
}

/// All tiles of all outputs.
INLINE void multiply_all(
    tile_matrices *m, const uint8_t *transformed, int32_t *products, size_t tiles, size_t outputs, const uint8_t *weights,
    const int32_t *starts, waiting *w, const kind of) {
    const size_t positions = positions_of(of);
    for (size_t o = 0; o < outputs;) {
        const int parts = parts_from(o, outputs);
        const size_t block = o / SRQ_OUTPUT_BLOCK * positions * SRQ_OUTPUT_BLOCK;
        m->weights = weights + block * m->input_bytes;
        if (of != WIDE) m->starts = starts + block;
        for (size_t tile = 0; tile < tiles;) {
            const int group = next_group(tiles - tile);
            multiply_parts(m, transformed + tile * positions * m->input_bytes, products, w, group, parts, of);
            w->output = o;
            w->tile = tile;
            tile += group;
        }
        o += parts < PARTS ? LANES : parts * LANES;
    }
    while (w->folds > 0) do_some(w, of);
    begin_columns(w);
    finish_group(w, true, of);
}
