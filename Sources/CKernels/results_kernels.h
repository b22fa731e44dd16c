// Included by kernels_*.c after encoder_kernels.h: what include/results.h describes.

/// LANES outputs, from `first` on, of `rows` times `columns` pixels, of which `x` is the first.
typedef struct {
    size_t first, outputs, x;
    /// Of all rows, the one that the vectors begin with.
    size_t row;
    /// How many lanes are outputs.
    int lanes;
    /// How many rows and columns are results: not above what the vectors hold.
    size_t rows, columns;
} results_place;

INLINE results_place place_of(
    const srq_results *to, size_t first, size_t outputs, size_t row, size_t x, const int rows, const int columns) {
    return (results_place){
        first, outputs, x, row, outputs - first < LANES ? (int)(outputs - first) : LANES,
        to->rows - row < (size_t)rows ? to->rows - row : (size_t)rows,
        to->columns - x < (size_t)columns ? to->columns - x : (size_t)columns};
}

INLINE floats load_some(const float *p, int lanes) {
    if (lanes == LANES) return load(p);
    float values[BLOCK] = {0};
    memcpy(values, p, (size_t)lanes * sizeof(float));
    return load(values);
}

/// `at` is added to, pixel by pixel and row by row, as far as there are results.
INLINE void add_rows(const results_place *at, const float *const *added, floats *y, const int rows, const int columns) {
    if (at->rows == (size_t)rows && at->columns == (size_t)columns && at->lanes == LANES) {
        UNROLLED
        for (int r = 0; r < rows; r++)
            UNROLLED
            for (int c = 0; c < columns; c++) {
                const float *x = added[at->row + r] + (at->x + c) * at->outputs + at->first;
                y[r * columns + c] += load(x);
                // What other steps have written since these rows were made has driven them out of the nearer caches.
                __builtin_prefetch(x + columns * at->outputs);
            }
        return;
    }
    UNROLLED
    for (int r = 0; r < rows; r++)
        UNROLLED
        for (int c = 0; c < columns; c++)
            if ((size_t)r < at->rows && (size_t)c < at->columns)
                y[r * columns + c] += load_some(added[at->row + r] + (at->x + c) * at->outputs + at->first, at->lanes);
}

INLINE void operate(
    const srq_operation *operation, const results_place *at, floats *y, const int rows, const int columns) {
    const floats zero = (floats)0.0f;
    switch (operation->kind) {
    case SRQ_THEN_RELU:
        UNROLLED
        for (int i = 0; i < rows * columns; i++) y[i] = zero >= y[i] ? zero : y[i];
        break;
    case SRQ_THEN_PRELU: {
        const floats slope = load(operation->a + at->first);
        UNROLLED
        for (int i = 0; i < rows * columns; i++) y[i] = y[i] >= zero ? y[i] : slope * y[i];
        break;
    }
    case SRQ_THEN_AFFINE: {
        const floats scale = load(operation->a + at->first), shift = load(operation->b + at->first);
        UNROLLED
        for (int i = 0; i < rows * columns; i++) y[i] = y[i] * scale + shift;
        break;
    }
    case SRQ_THEN_MULTIPLY:
        UNROLLED
        for (int i = 0; i < rows * columns; i++) y[i] = y[i] * (floats)operation->factor;
        break;
    case SRQ_THEN_ADD: add_rows(at, operation->rows, y, rows, columns); break;
    case SRQ_THEN_TANH: {
        float in_memory[MOST_RESULTS * LANES];
        UNROLLED
        for (int i = 0; i < rows * columns; i++) store(in_memory + i * LANES, y[i]);
        for (int i = 0; i < rows * columns * LANES; i++) in_memory[i] = tanhf(in_memory[i]);
        UNROLLED
        for (int i = 0; i < rows * columns; i++) y[i] = load(in_memory + i * LANES);
        break;
    }
    }
}

/// Writes lanes `from` to `from + count` as channels of one pixel.
INLINE void store_lanes(const srq_sink *sink, void *to, const floats *y, const integers *whole, int from, int count) {
    if (sink->kind == SRQ_TO_FLOATS) {
        memcpy(to, (const float *)y + from, (size_t)count * sizeof(float));
        return;
    }
    int32_t integers_of[LANES];
    memcpy(integers_of, whole, sizeof integers_of);
    for (int i = 0; i < count; i++) {
        if (sink->kind == SRQ_TO_WORDS) {
            const int16_t word = (int16_t)integers_of[from + i];
            memcpy((int16_t *)to + i, &word, sizeof word);
        } else {
            ((int8_t *)to)[i] = (int8_t)integers_of[from + i];
        }
    }
}

static const size_t bytes_of_sink[] = {sizeof(float), sizeof(int16_t), sizeof(int8_t)};

INLINE void store_vector(const srq_sink_kind kind, void *to, floats y, integers whole) {
    if (kind == SRQ_TO_FLOATS) {
        store(to, y);
    } else if (kind == SRQ_TO_WORDS) {
#if LANES == 1
        const shorts words_of = (shorts)whole;
#else
        const shorts words_of = __builtin_convertvector(whole, shorts);
#endif
        memcpy(to, &words_of, sizeof words_of);
    } else {
#if LANES == 1
        const octets bytes_of = (octets)whole;
#else
        const octets bytes_of = __builtin_convertvector(whole, octets);
#endif
        memcpy(to, &bytes_of, sizeof bytes_of);
    }
}

/// Where all lanes are channels of the same pixels.
INLINE void store_together(
    const srq_sink_kind kind, const srq_results *to, const srq_sink *sink, const results_place *at, size_t i, size_t j,
    size_t channel, const floats *y, const integers *whole, const int rows, const int columns) {
    const size_t start = (at->x * to->factor + j) * sink->pixel + channel * bytes_of_sink[kind], pixel = to->factor * sink->pixel;
    if (at->rows == (size_t)rows && at->columns == (size_t)columns) {
        UNROLLED
        for (int r = 0; r < rows; r++) {
            uint8_t *row = (uint8_t *)sink->rows[(at->row + r) * to->factor + i] + start;
            UNROLLED
            for (int c = 0; c < columns; c++) {
                store_vector(kind, row + c * pixel, y[r * columns + c], whole[r * columns + c]);
                // The same of rows that are written again; a line has 64 bytes.
                if (kind == SRQ_TO_FLOATS || channel * bytes_of_sink[kind] % 64 == 0)
                    __builtin_prefetch(row + (c + columns) * pixel, 1);
            }
        }
        return;
    }
    UNROLLED
    for (int r = 0; r < rows; r++) {
        if ((size_t)r >= at->rows) break;
        uint8_t *row = (uint8_t *)sink->rows[(at->row + r) * to->factor + i] + start;
        UNROLLED
        for (int c = 0; c < columns; c++)
            if ((size_t)c < at->columns) store_vector(kind, row + c * pixel, y[r * columns + c], whole[r * columns + c]);
    }
}

/// Where a pixel shuffle takes them apart, or some lanes are no outputs.
INLINE void store_apart(
    const srq_results *to, const srq_sink *sink, const results_place *at, const floats *y, const integers *whole,
    const int columns) {
    const size_t factor = to->factor, channels = at->outputs / (factor * factor), bytes = bytes_of_sink[sink->kind];
    for (int lane = 0; lane < at->lanes;) {
        const size_t output = at->first + lane, block = output / channels, channel = output % channels;
        const size_t left = channels - channel;
        const int count = left < (size_t)(at->lanes - lane) ? (int)left : at->lanes - lane;
        for (size_t r = 0; r < at->rows; r++) {
            uint8_t *row = (uint8_t *)sink->rows[(at->row + r) * factor + block / factor];
            for (size_t c = 0; c < at->columns; c++)
                store_lanes(
                    sink, row + ((at->x + c) * factor + block % factor) * sink->pixel + channel * bytes, &y[r * columns + c],
                    &whole[r * columns + c], lane, count);
        }
        lane += count;
    }
}

INLINE void store_results(
    const srq_results *to, const srq_sink *sink, const results_place *at, const floats *y, const int rows, const int columns) {
    integers whole[MOST_RESULTS];
    const size_t channels = at->outputs / (to->factor * to->factor), block = at->first / channels, channel = at->first % channels;
    if (sink->kind != SRQ_TO_FLOATS) {
        if (sink->encoder->factors) {
            float factors_of[LANES];
            for (int lane = 0; lane < LANES; lane++)
                factors_of[lane] = sink->encoder->factors[lane < at->lanes ? (channel + lane) % channels : channel];
            const floats factors = load(factors_of);
            floats scaled[MOST_RESULTS];
            UNROLLED
            for (int i = 0; i < rows * columns; i++) scaled[i] = y[i] * factors;
            encode(sink->encoder, scaled, whole, rows * columns);
        } else {
            encode(sink->encoder, y, whole, rows * columns);
        }
    } else {
        UNROLLED
        for (int i = 0; i < rows * columns; i++) whole[i] = (integers)0;
    }
    if (at->lanes < LANES || channel + LANES > channels) {
        floats kept[MOST_RESULTS];
        integers kept_whole[MOST_RESULTS];
        UNROLLED
        for (int i = 0; i < rows * columns; i++) {
            kept[i] = y[i];
            kept_whole[i] = whole[i];
        }
        store_apart(to, sink, at, kept, kept_whole, columns);
        return;
    }
    const size_t i = block / to->factor, j = block % to->factor;
    switch (sink->kind) {
    case SRQ_TO_FLOATS: store_together(SRQ_TO_FLOATS, to, sink, at, i, j, channel, y, whole, rows, columns); break;
    case SRQ_TO_WORDS: store_together(SRQ_TO_WORDS, to, sink, at, i, j, channel, y, whole, rows, columns); break;
    case SRQ_TO_BYTES: store_together(SRQ_TO_BYTES, to, sink, at, i, j, channel, y, whole, rows, columns); break;
    }
}

/// All that becomes of `rows` times `columns` vectors, which begin with a row.
INLINE void finish_rows(
    const srq_results *to, size_t first, size_t outputs, size_t row, size_t x, floats *y, const int rows, const int columns) {
    // Tiles may lie behind the last result.
    if (x >= to->columns) return;
    const results_place at = place_of(to, first, outputs, row, x, rows, columns);
    for (size_t i = 0; i < to->operation_count; i++) operate(to->operations + i, &at, y, rows, columns);
    for (size_t i = 0; i < to->sink_count; i++) store_results(to, to->sinks + i, &at, y, rows, columns);
}

/// The same of all rows.
INLINE void finish_results(
    const srq_results *to, size_t first, size_t outputs, size_t x, floats *y, const int rows, const int columns) {
    finish_rows(to, first, outputs, 0, x, y, rows, columns);
}

/// The same for numbers that are in memory: one row of them.
static void results_of_row(const srq_results *to, size_t row, const float *values, size_t outputs) {
    enum { TOGETHER = 4 };
    for (size_t next = 0; next < to->columns; next += TOGETHER) {
        for (size_t o = 0; o < outputs; o += LANES) {
            const int lanes = outputs - o < LANES ? (int)(outputs - o) : LANES;
            floats y[TOGETHER];
            UNROLLED
            for (int c = 0; c < TOGETHER; c++)
                y[c] = next + c < to->columns ? load_some(values + (next + c) * outputs + o, lanes) : (floats)0.0f;
            finish_rows(to, o, outputs, row, next, y, 1, TOGETHER);
        }
    }
}

static void results(const srq_results *to, const float *values, size_t outputs) { results_of_row(to, 0, values, outputs); }
