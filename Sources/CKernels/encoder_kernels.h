// Included by kernels_*.c after affine_kernels.h and piecewise_kernels.h: what include/encoder.h describes.

/// So many vectors of results are finished at a time.
enum { MOST_RESULTS = 24 };

#if LANES == 1
typedef int8_t octets;
#else
typedef int8_t octets __attribute__((ext_vector_type(LANES)));
#endif

// Sixteen floats or whole numbers, and one of them for each lane.
#if LANES == 1
typedef const float *float_table;
typedef const int32_t *integer_table;
INLINE float_table load_floats16(const float *p) { return p; }
INLINE integer_table load_integers16(const int32_t *p) { return p; }
INLINE floats float_at(float_table table, integers index) { return table[index]; }
INLINE integers integer_at(integer_table table, integers index) { return table[index]; }
#elif LANES == 16
typedef floats float_table;
typedef integers integer_table;
INLINE float_table load_floats16(const float *p) { return load(p); }
INLINE integer_table load_integers16(const int32_t *p) {
    integers v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE floats float_at(float_table table, integers index) { return (floats)_mm512_permutexvar_ps((__m512i)index, (__m512)table); }
INLINE integers integer_at(integer_table table, integers index) {
    return (integers)_mm512_permutexvar_epi32((__m512i)index, (__m512i)table);
}
#elif LANES == 8
typedef struct {
    integers low, high;
} integer_table;
typedef integer_table float_table;
INLINE integer_table load_integers16(const int32_t *p) {
    integer_table v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE float_table load_floats16(const float *p) { return load_integers16((const int32_t *)p); }
INLINE integers integer_at(integer_table table, integers index) {
    const integers low = (integers)_mm256_permutevar8x32_epi32((__m256i)table.low, (__m256i)index);
    const integers high = (integers)_mm256_permutevar8x32_epi32((__m256i)table.high, (__m256i)index);
    return index > 7 ? high : low;
}
INLINE floats float_at(float_table table, integers index) { return floats_of(integer_at(table, index)); }
#else
typedef uint8x16x4_t integer_table;
typedef integer_table float_table;
INLINE integer_table load_integers16(const int32_t *p) { return vld1q_u8_x4((const uint8_t *)p); }
INLINE float_table load_floats16(const float *p) { return vld1q_u8_x4((const uint8_t *)p); }
INLINE integers integer_at(integer_table table, integers index) {
    return (integers)vqtbl4q_u8(table, (uint8x16_t)(index * 0x04040404 + 0x03020100));
}
INLINE floats float_at(float_table table, integers index) { return floats_of(integer_at(table, index)); }
#endif

#if LANES == 1
#define WHOLE(x) ((int32_t)(x))
#else
#define WHOLE(x) __builtin_convertvector((x), integers)
#endif

/// The code of each lane, by halving.
INLINE integers code_by_halving(const srq_encoder *e, floats x) {
    integers code = x >= (floats)e->thresholds[8] ? (integers)8 : (integers)0;
    code = x >= float_at(load_floats16(e->thresholds + 4), code) ? code + 4 : code;
    code = x >= float_at(load_floats16(e->thresholds + 2), code) ? code + 2 : code;
    return x >= float_at(load_floats16(e->thresholds + 1), code) ? code + 1 : code;
}

/// The same where a line comes as near as one.
INLINE integers code_by_line(const srq_encoder *e, floats x) {
    const floats zero = (floats)0.0f, top = (floats)e->top;
    floats place = x * (floats)e->slope;
    place = place + (floats)e->intercept;
    place = place > zero ? place : zero;
    place = place < top ? place : top;
    const integers code = WHOLE(place);
    return x >= float_at(load_floats16(e->thresholds + 1), code) ? code + 1 : code;
}

/// So near to halfway between two codes a multiplication by the reciprocal might round to the other one: it is off by less than
/// 2^-13 where there are at most 512 codes.
#define NEARLY_HALFWAY (0.5f - 0x1p-12f)

/// What affine_integer gives, mostly without a division. `unit`: whether the line's step is 1.
INLINE integers affine_integer_by_reciprocal(const srq_encoder *e, floats reciprocal, floats x, const bool unit) {
    const floats lower = (floats)e->affine.lower, upper = (floats)e->affine.upper;
    // A NaN becomes the lower end, whose code is 0.
    const floats raised = x > lower ? x : lower, clipped = raised > upper ? upper : raised;
    const floats distance = clipped - lower, place = distance * reciprocal;
    floats r = __builtin_elementwise_rint(place);
    const integers unsure = __builtin_elementwise_abs(place - r) > (floats)NEARLY_HALFWAY;
    if (__builtin_expect(ANY(unsure), 0)) r = __builtin_elementwise_rint(distance / (floats)e->affine.step);
    return WHOLE((unit ? r : r * (floats)e->line.step) + (floats)e->line.base);
}

#define OF_SEGMENT(field) (is_below ? (floats)q->below.field : (is_above ? (floats)q->above.field : (floats)q->dense.field))

/// What piecewise_integer gives, mostly without a division.
INLINE floats piecewise_integer_by_reciprocal(const srq_encoder *e, floats x) {
    const srq_piecewise *q = &e->piecewise;
    const srq_piecewise_integers *of = &e->lines;
    const integers is_below = x < (floats)q->below_start, is_above = x > (floats)q->above_start;
    const floats below = (floats)(q->below.steps / q->below.width), above = (floats)(q->above.steps / q->above.width);
    const floats dense = (floats)(q->dense.steps / q->dense.width);
    const floats distance = clip(x, OF_SEGMENT(lower), OF_SEGMENT(upper)) - OF_SEGMENT(base);
    const floats place = distance * (is_below ? below : (is_above ? above : dense));
    floats r = __builtin_elementwise_rint(place);
    const integers unsure = __builtin_elementwise_abs(place - r) > (floats)NEARLY_HALFWAY;
    if (__builtin_expect(ANY(unsure), 0))
        r = __builtin_elementwise_rint(distance / OF_SEGMENT(width) * OF_SEGMENT(steps));
    r = clip(r, (floats)-q->limit, (floats)q->limit);
    const floats step = is_below ? (floats)of->below.step : (is_above ? (floats)of->above.step : (floats)of->dense.step);
    const floats base = is_below ? (floats)of->below.base : (is_above ? (floats)of->above.base : (floats)of->dense.base);
    return r == r ? r * step + base : (floats)of->of_nan;
}

#undef OF_SEGMENT

INLINE int32_t integer_by_table(const srq_encoder *e, float x) {
    size_t first = 0, length = e->table_count;
    while (length > 0) {
        const size_t half = (length + 1) / 2;
        first += e->table[first + half - 1] <= x ? half : 0;
        length -= half;
    }
    return e->table_integers[first];
}

/// Of any number of vectors, in memory.
INLINE void encode_in_memory(const srq_encoder *e, const float *x, int32_t *y, size_t count) {
    if (e->kind == SRQ_ENCODE_BY_TABLE) {
        for (size_t i = 0; i < count * LANES; i++) y[i] = integer_by_table(e, x[i]);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const integers whole = WHOLE(piecewise_integer_by_reciprocal(e, load(x + i * LANES)));
        memcpy(y + i * LANES, &whole, sizeof whole);
    }
}

/// The integers of `count` vectors, which stay in registers: no index may be one that the compiler does not know.
INLINE void encode(const srq_encoder *e, const floats *x, integers *y, const int count) {
    switch (e->kind) {
    case SRQ_ENCODE_BY_HALVING:
        UNROLLED
        for (int i = 0; i < count; i++) y[i] = integer_at(load_integers16(e->integers), code_by_halving(e, x[i]));
        break;
    case SRQ_ENCODE_BY_LINE:
        UNROLLED
        for (int i = 0; i < count; i++) y[i] = code_by_line(e, x[i]);
        if (e->stores_codes) break;
        UNROLLED
        for (int i = 0; i < count; i++) y[i] = integer_at(load_integers16(e->integers), y[i]);
        break;
    case SRQ_ENCODE_AFFINE: {
        const floats reciprocal = (floats)(1 / e->affine.step);
        if (e->line.step == 1) {
            UNROLLED
            for (int i = 0; i < count; i++) y[i] = affine_integer_by_reciprocal(e, reciprocal, x[i], true);
        } else {
            UNROLLED
            for (int i = 0; i < count; i++) y[i] = affine_integer_by_reciprocal(e, reciprocal, x[i], false);
        }
        break;
    }
    case SRQ_ENCODE_PIECEWISE:
    case SRQ_ENCODE_BY_TABLE: {
        float in[MOST_RESULTS * LANES];
        int32_t out[MOST_RESULTS * LANES];
        UNROLLED
        for (int i = 0; i < count; i++) store(in + i * LANES, x[i]);
        encode_in_memory(e, in, out, count);
        UNROLLED
        for (int i = 0; i < count; i++) memcpy(&y[i], out + i * LANES, sizeof y[i]);
        break;
    }
    }
}
