// Included by kernels_*.c after integer_convolution_vector.h: what becomes of the products of both of Winograd's convolutions in
// whole numbers.
//
// The products of a group of tiles are folded by the result's transform: each row of positions, as soon as it is complete, to four
// registers, then each column to four sums, of which results are made. Where a set says INTERLEAVED, all this is cut into pieces of
// 20 to 60 operations, which wait until the products of the next rows and of the next group are computed (tile_products_vector.h)
// and are done between these.

/// Two blocks of outputs are computed at a time where there are registers enough, since an input is then loaded once for two
/// products.
enum { BLOCKS = LANES == 16 ? 2 : 1, TILES_OF_GROUP = LANES == 16 ? 6 : 6, GROUP_SUMS = TILES_OF_GROUP * PARTS * BLOCKS };

/// The most positions of a row, the registers that the rows of a tile are folded to, and those that a group takes.
enum { LONGEST_LINE = 18, FOLDED = 24, FOLDED_GROUP = FOLDED * GROUP_SUMS * LANES, LINES = LONGEST_LINE * GROUP_SUMS * LANES };

/// The result's transform along one direction, with the factor 24 that the weights' transform was multiplied by.
INLINE void transform_result(const numbers m[6], numbers r[4]) {
    const numbers sum12 = m[1] + m[2], difference12 = m[1] - m[2], sum34 = m[3] + m[4], difference34 = m[3] - m[4];
    const numbers twice0 = m[0] << 1, eight5 = m[5] << 3, four_difference12 = difference12 << 2;
    r[0] = (twice0 + (twice0 << 1)) + (sum34 - (sum12 << 2));
    r[1] = (difference34 << 1) - four_difference12;
    r[2] = (sum34 - sum12) << 2;
    r[3] = ((difference34 << 3) - four_difference12) + (eight5 + (eight5 << 1));
}

/// The result's transform along one direction, from 0, 1, -1, infinity and twice the real and the imaginary part of i.
INLINE void gaussian_result_line(const numbers m[4], numbers real2, numbers imaginary2, numbers y[4]) {
    const numbers sum = m[1] + m[2], difference = m[1] - m[2];
    y[0] = m[0] + sum + real2;
    y[1] = difference - imaginary2;
    y[2] = sum - real2;
    y[3] = difference + imaginary2 + m[3];
}

#define PRODUCT(place) load_numbers(line + (place) * LANES)

/// Folds row `row` of one register's products, which lie side by side; rows 4 and 5 are the real and the imaginary part of row i.
INLINE void fold_line(const int32_t *line, int32_t *to, const int row, const kind of) {
    numbers r[4];
    if (of == WIDE) {
        numbers m[6];
        UNROLLED
        for (int i = 0; i < 6; i++) m[i] = PRODUCT(i);
        transform_result(m, r);
    } else if (row < 4) {
        const numbers m[4] = {PRODUCT(0), PRODUCT(1), PRODUCT(2), PRODUCT(3)};
        const numbers real = PRODUCT(4) - PRODUCT(6), imaginary = PRODUCT(4) + PRODUCT(5);
        gaussian_result_line(m, real + real, imaginary + imaginary, r);
    } else if (row == 4) {
        numbers reals[4];
        UNROLLED
        for (int i = 0; i < 4; i++) reals[i] = PRODUCT(3 * i) - PRODUCT(3 * i + 2);
        const numbers real2 = (PRODUCT(12) - PRODUCT(14)) + (PRODUCT(15) - PRODUCT(17));
        const numbers imaginary2 = (PRODUCT(12) + PRODUCT(13)) - (PRODUCT(15) + PRODUCT(16));
        gaussian_result_line(reals, real2, imaginary2, r);
    } else {
        numbers imaginaries[4];
        UNROLLED
        for (int i = 0; i < 4; i++) imaginaries[i] = PRODUCT(3 * i) + PRODUCT(3 * i + 1);
        const numbers real2 = (PRODUCT(12) + PRODUCT(13)) + (PRODUCT(15) + PRODUCT(16));
        const numbers imaginary2 = (PRODUCT(15) - PRODUCT(17)) - (PRODUCT(12) - PRODUCT(14));
        gaussian_result_line(imaginaries, real2, imaginary2, r);
    }
    UNROLLED
    for (int i = 0; i < 4; i++) store_numbers(to + i * LANES, r[i]);
}

#undef PRODUCT

/// Folds one column of a tile whose rows are folded: four sums, one below the other (16 times too large where `of` is not WIDE).
INLINE void fold_column(const int32_t *folded, numbers r[4], const kind of) {
    numbers m[6];
    UNROLLED
    for (int row = 0; row < 6; row++) m[row] = load_numbers(folded + 4 * row * LANES);
    if (of != WIDE) {
        gaussian_result_line(m, m[4] + m[4], m[5] + m[5], r);
        return;
    }
    transform_result(m, r);
    UNROLLED
    for (int row = 0; row < 4; row++) {
        // 24 · 24 = 64 · 9: the inverse of 9 modulo 2^32 leaves 64 times the sum.
        const integers by_64 = (integers)(r[row] * (numbers)954437177u);
        r[row] = (numbers)(by_64 >> 6);
    }
}

/// The work that waits while products are computed: rows to fold, then columns, then the results of a group to finish.
typedef struct {
    /// The products of row `row`, [register][LONGEST_LINE], of which `folds` are left to fold, to `to`, [register][FOLDED].
    const int32_t *line;
    int32_t *to;
    int row, folds;
    /// Which of the two places for a row's products they are in.
    bool lines;
    /// The columns that are left to fold, in their own place.
    int32_t *column;
    int columns;
    /// The group that is folded, or will be when nothing is left to fold.
    int32_t *folded;
    size_t output, tile;
    int tiles, parts;
    /// The rows of results, four pixels of a register each, that are left to finish one by one: see `begin_rows`.
    int rows, next_row;
    const float *const *added;
    bool relu;
    const srq_sink *floats, *codes;
    /// By part: the sinks' row among the rows that one row becomes, and the first channel's place in a pixel of it.
    size_t row_of[PARTS * BLOCKS], column_of[PARTS * BLOCKS], channel_of[PARTS * BLOCKS];
    /// What the kernel was called with.
    const void *layer;
    size_t outputs;
    const srq_gaussian_edges *edges;
    const srq_results *results;
} waiting;

/// From the sums of four pixels, of a row of the tile whose first column is `x`, to what they stand for.
INLINE void winograd_scale(const waiting *w, size_t first, const numbers sums[4], floats y[4]);
INLINE void gaussian_scale(const waiting *w, size_t first, size_t x, size_t row, const numbers sums[4], floats y[4]);

#define NOT_INLINE static __attribute__((noinline))
NOT_INLINE void winograd_finish(const waiting *w);
NOT_INLINE void gaussian_finish(const waiting *w);

#ifdef INTERLEAVED
/// Has the results of the group that waits finished row by row, if they are of a kind that few operations finish: added to what
/// is in memory or not, encoded by a line or an affine formula, stored as floats, all in whole registers and tiles.
INLINE void begin_rows(waiting *w) {
    const srq_results *to = w->results;
    const size_t factor = to->factor, channels = w->outputs / (factor * factor);
    w->rows = 0;
    if (to->rows != SRQ_WINOGRAD_SIDE || SRQ_WINOGRAD_SIDE * (w->tile + w->tiles) > to->columns || channels % LANES != 0) return;
    w->added = NULL;
    w->relu = false;
    if (to->operation_count > 1 || to->sink_count > 2) return;
    if (to->operation_count == 1) {
        w->relu = to->operations->kind == SRQ_THEN_RELU;
        if (to->operations->kind == SRQ_THEN_ADD) {
            w->added = to->operations->rows;
        } else if (!w->relu) {
            return;
        }
    }
    w->floats = w->codes = NULL;
    for (size_t i = 0; i < to->sink_count; i++) {
        const srq_sink *sink = to->sinks + i;
        if (sink->kind == SRQ_TO_FLOATS) {
            if (w->floats) return;
            w->floats = sink;
        } else {
            const srq_encoder *e = sink->encoder;
            if (w->codes || e->factors) return;
            if (e->kind != SRQ_ENCODE_BY_LINE && (e->kind != SRQ_ENCODE_AFFINE || e->line.step != 1)) return;
            w->codes = sink;
        }
    }
    for (int i = 0; i < w->parts; i++) {
        const size_t first = w->output + i * LANES, block = first / channels;
        w->row_of[i] = block / factor;
        w->column_of[i] = block % factor;
        w->channel_of[i] = first % channels;
    }
    w->next_row = 0;
    w->rows = SRQ_WINOGRAD_SIDE * w->tiles * w->parts;
}

/// Stores a register's four pixels of row `row`.
INLINE void store_row(
    const srq_sink_kind kind, const waiting *w, const srq_sink *sink, int part, size_t x, size_t row, const floats *y,
    const integers *whole) {
    const size_t factor = w->results->factor, pixel = factor * sink->pixel;
    uint8_t *to = (uint8_t *)sink->rows[row * factor + w->row_of[part]] + (x * factor + w->column_of[part]) * sink->pixel
        + w->channel_of[part] * bytes_of_sink[kind];
    UNROLLED
    for (int c = 0; c < 4; c++) {
        store_vector(kind, to + c * pixel, y[c], whole[c]);
        if (kind == SRQ_TO_FLOATS || w->channel_of[part] * bytes_of_sink[kind] % 64 == 0)
            __builtin_prefetch(to + (c + 4) * pixel, 1);
    }
}

/// Finishes the next four pixels: one row of a tile.
INLINE void finish_row(waiting *w, const kind of) {
    const int r = w->next_row / 4, tile = w->parts == 2 ? r / 2 : r, part = w->parts == 2 ? r % 2 : 0;
    const size_t row = w->next_row % 4, x = SRQ_WINOGRAD_SIDE * (w->tile + tile), first = w->output + part * LANES;
    const int32_t *folded = w->folded + (r * FOLDED + 4 * row) * LANES;
    numbers sums[4];
    floats y[4];
    integers whole[4];
    w->next_row++;
    w->rows--;
    UNROLLED
    for (int c = 0; c < 4; c++) sums[c] = load_numbers(folded + c * LANES);
    if (of == WIDE) {
        winograd_scale(w, first, sums, y);
    } else {
        gaussian_scale(w, first, x, row, sums, y);
    }
    if (w->added) {
        const float *added = w->added[row] + x * w->outputs + first;
        UNROLLED
        for (int c = 0; c < 4; c++) {
            y[c] += load(added + c * w->outputs);
            __builtin_prefetch(added + (c + 4) * w->outputs);
        }
    }
    if (w->relu) {
        const floats zero = (floats)0.0f;
        UNROLLED
        for (int c = 0; c < 4; c++) y[c] = zero >= y[c] ? zero : y[c];
    }
    UNROLLED
    for (int c = 0; c < 4; c++) whole[c] = (integers)0;
    if (w->floats) store_row(SRQ_TO_FLOATS, w, w->floats, part, x, row, y, whole);
    if (!w->codes) return;
    const srq_encoder *e = w->codes->encoder;
    if (e->kind == SRQ_ENCODE_BY_LINE) {
        UNROLLED
        for (int c = 0; c < 4; c++) whole[c] = code_by_line(e, y[c]);
        if (!e->stores_codes) {
            UNROLLED
            for (int c = 0; c < 4; c++) whole[c] = integer_at(load_integers16(e->integers), whole[c]);
        }
    } else {
        const floats reciprocal = (floats)(1 / e->affine.step);
        UNROLLED
        for (int c = 0; c < 4; c++) whole[c] = affine_integer_by_reciprocal(e, reciprocal, y[c], true);
    }
    if (w->codes->kind == SRQ_TO_BYTES) {
        store_row(SRQ_TO_BYTES, w, w->codes, part, x, row, y, whole);
    } else {
        store_row(SRQ_TO_WORDS, w, w->codes, part, x, row, y, whole);
    }
}
#endif

/// Does one piece of the work that waits, if there is any.
INLINE void do_some(waiting *w, const kind of) {
    if (w->folds > 0) {
        w->folds--;
        if (of == WIDE || w->row < 4) {
            fold_line(w->line, w->to, 0, of);
            w->line += LONGEST_LINE * LANES;
            w->to += FOLDED * LANES;
        } else if (w->folds % 2 == 1) {
            fold_line(w->line, w->to, 4, of);
            w->to += 4 * LANES;
        } else {
            fold_line(w->line, w->to, 5, of);
            w->line += LONGEST_LINE * LANES;
            w->to += (FOLDED - 4) * LANES;
        }
    } else if (w->columns > 0) {
        numbers r[4];
        w->columns--;
        fold_column(w->column, r, of);
        UNROLLED
        for (int row = 0; row < 4; row++) store_numbers(w->column + 4 * row * LANES, r[row]);
        w->column += w->columns % 4 == 0 ? (FOLDED - 3) * LANES : LANES;
    }
#ifdef INTERLEAVED
    else if (w->rows > 0) {
        finish_row(w, of);
    }
#endif
}

/// The 4 x 4 sums of a register.
INLINE void sums_of(const int32_t *folded, numbers sums[16], const kind of) {
#ifdef INTERLEAVED
    UNROLLED
    for (int i = 0; i < 16; i++) sums[i] = load_numbers(folded + i * LANES);
#else
    UNROLLED
    for (int column = 0; column < 4; column++) {
        numbers r[4];
        fold_column(folded + column * LANES, r, of);
        UNROLLED
        for (int row = 0; row < 4; row++) sums[4 * row + column] = r[row];
    }
#endif
}

/// Finishes the group that waits, if there is one, after all that is left to fold.
INLINE void finish_group(waiting *w, const bool is_last, const kind of) {
    while (w->folds + w->columns > 0) do_some(w, of);
    if (w->tiles == 0) return;
#ifdef INTERLEAVED
    if (!is_last) begin_rows(w);
    if (w->rows > 0) return;
#endif
    if (of == WIDE) {
        winograd_finish(w);
    } else {
        gaussian_finish(w);
    }
    w->tiles = 0;
}

/// Has the columns of the group that waits folded, where its rows are.
INLINE void begin_columns(waiting *w) {
#ifdef INTERLEAVED
    w->column = w->folded;
    w->columns = 4 * w->tiles * w->parts;
#endif
}
