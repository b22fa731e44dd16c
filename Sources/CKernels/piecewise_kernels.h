// Included by kernels_*.c after lanes.h.

/// The segment of each lane, one field at a time.
#define OF_SEGMENT(field) (is_below ? (floats)q->below.field : (is_above ? (floats)q->above.field : (floats)q->dense.field))

INLINE floats piecewise_code(const srq_piecewise *q, floats x, integers is_below, integers is_above) {
    floats clipped = clip(x, OF_SEGMENT(lower), OF_SEGMENT(upper));
    floats r = __builtin_elementwise_rint((clipped - OF_SEGMENT(base)) / OF_SEGMENT(width) * OF_SEGMENT(steps));
    return clip(r, (floats)-q->limit, (floats)q->limit);
}

INLINE floats piecewise_value(const srq_piecewise *q, floats x) {
    const integers is_below = x < (floats)q->below_start, is_above = x > (floats)q->above_start;
    floats r = piecewise_code(q, x, is_below, is_above);
    floats value = r * OF_SEGMENT(width) / OF_SEGMENT(steps) + OF_SEGMENT(base);
    return r == OF_SEGMENT(top) ? OF_SEGMENT(upper) : value;
}

static void piecewise_forward(const srq_piecewise *q, const float *x, float *y, size_t count) {
    const srq_piecewise local = *q;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) store(y + i, piecewise_value(&local, load(x + i)));
    if (i < count) {
        float padded[LANES] = {0};
        memcpy(padded, x + i, (count - i) * sizeof(float));
        store(padded, piecewise_value(&local, load(padded)));
        memcpy(y + i, padded, (count - i) * sizeof(float));
    }
}

INLINE floats piecewise_integer(const srq_piecewise *q, const srq_piecewise_integers *of, floats x) {
    const integers is_below = x < (floats)q->below_start, is_above = x > (floats)q->above_start;
    floats r = piecewise_code(q, x, is_below, is_above);
    floats step = is_below ? (floats)of->below.step : (is_above ? (floats)of->above.step : (floats)of->dense.step);
    floats base = is_below ? (floats)of->below.base : (is_above ? (floats)of->above.base : (floats)of->dense.base);
    return r == r ? r * step + base : (floats)of->of_nan;
}

static void piecewise_encode(
    const srq_piecewise *q, const srq_piecewise_integers *integers, const float *x, int16_t *y, size_t count) {
    const srq_piecewise local = *q;
    const srq_piecewise_integers of = *integers;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) store_whole(y + i, piecewise_integer(&local, &of, load(x + i)));
    if (i < count) {
        float padded[LANES] = {0};
        int16_t whole[LANES];
        memcpy(padded, x + i, (count - i) * sizeof(float));
        store_whole(whole, piecewise_integer(&local, &of, load(padded)));
        memcpy(y + i, whole, (count - i) * sizeof(int16_t));
    }
}

typedef struct {
    sums lower, upper, breakpoint;
} piecewise_sums;

typedef struct {
    short_sums lower, upper, breakpoint;
} piecewise_stretch;

INLINE void piecewise_backward_block(
    const srq_piecewise *q, const float *x, const float *output_gradient, float *input_gradient, piecewise_stretch *total) {
    const floats zero = (floats)0.0f, limit = (floats)q->limit;
    for (int part = 0; part < PARTS; part++) {
        floats in = load(x + part * LANES), g = load(output_gradient + part * LANES);
        const integers is_below = in < (floats)q->below_start, is_above = in > (floats)q->above_start;
        const floats lower = OF_SEGMENT(lower), upper = OF_SEGMENT(upper);
        floats v = (clip(in, lower, upper) - OF_SEGMENT(base)) / OF_SEGMENT(width) * OF_SEGMENT(steps);
        floats r = __builtin_elementwise_rint(v);
        clip_slopes slope = clip_derivative(in, lower, upper);

        // Where r is clipped, the output is a constant times the width: nothing passes to the input.
        floats allowed = clip(r, -limit, limit);
        const integers stuck = allowed != r;
        floats error = allowed - (stuck ? zero : v);
        floats from_lower = stuck ? zero : slope.lower, from_upper = stuck ? zero : slope.upper;

        store(input_gradient + part * LANES, g * (stuck ? zero : slope.x));
        floats to_breakpoint =
            OF_SEGMENT(at_lower) * from_lower + OF_SEGMENT(at_upper) * from_upper + OF_SEGMENT(per_error) * error;
        floats to_lower = is_below ? from_lower + (floats)q->lower_per_error * error : zero;
        floats to_upper = is_above ? from_upper + (floats)q->upper_per_error * error : zero;
        total->breakpoint.part[part] += g * to_breakpoint;
        total->lower.part[part] += g * to_lower;
        total->upper.part[part] += g * to_upper;
    }
}

INLINE void piecewise_add_stretch(piecewise_sums *total, const piecewise_stretch *stretch) {
    add_stretch(&total->lower, &stretch->lower);
    add_stretch(&total->upper, &stretch->upper);
    add_stretch(&total->breakpoint, &stretch->breakpoint);
}

static srq_piecewise_gradient piecewise_backward(
    const srq_piecewise *q, const float *x, const float *output_gradient, float *input_gradient, size_t count) {
    const srq_piecewise local = *q;
    piecewise_sums total = {0};
    size_t i = 0;
    while (i + BLOCK <= count) {
        size_t blocks = (count - i) / BLOCK;
        if (blocks > BLOCKS_PER_STRETCH) blocks = BLOCKS_PER_STRETCH;
        piecewise_stretch stretch = {0};
        for (; blocks > 0; blocks--, i += BLOCK)
            piecewise_backward_block(&local, x + i, output_gradient + i, input_gradient + i, &stretch);
        piecewise_add_stretch(&total, &stretch);
    }
    if (i < count) {
        // A gradient of zero adds nothing to any sum.
        float padded_x[BLOCK] = {0}, padded_gradient[BLOCK] = {0};
        piecewise_stretch stretch = {0};
        memcpy(padded_x, x + i, (count - i) * sizeof(float));
        memcpy(padded_gradient, output_gradient + i, (count - i) * sizeof(float));
        piecewise_backward_block(&local, padded_x, padded_gradient, padded_gradient, &stretch);
        piecewise_add_stretch(&total, &stretch);
        memcpy(input_gradient + i, padded_gradient, (count - i) * sizeof(float));
    }
    return (srq_piecewise_gradient){folded(&total.lower), folded(&total.upper), folded(&total.breakpoint)};
}

INLINE floats piecewise_passed(const srq_piecewise *q, floats in, floats g, const int limited) {
    const integers is_below = in < (floats)q->below_start, is_above = in > (floats)q->above_start;
    const floats lower = OF_SEGMENT(lower), upper = OF_SEGMENT(upper);
    const floats slope = clip_derivative(in, lower, upper).x;
    // The codes of a NaN are no numbers either, so that its gradient stops as it does where codes are limited.
    if (!limited) return g * (in == in ? slope : (floats)0.0f);
    const floats limit = (floats)q->limit;
    const floats v = (clip(in, lower, upper) - OF_SEGMENT(base)) / OF_SEGMENT(width) * OF_SEGMENT(steps);
    const floats r = __builtin_elementwise_rint(v);
    return g * (clip(r, -limit, limit) != r ? (floats)0.0f : slope);
}

INLINE void piecewise_pass_all(
    const srq_piecewise *q, const float *x, const float *output_gradient, float *input_gradient, size_t count,
    const int limited) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        store(input_gradient + i, piecewise_passed(q, load(x + i), load(output_gradient + i), limited));
    if (i < count) {
        float padded_x[LANES] = {0}, padded_gradient[LANES] = {0};
        memcpy(padded_x, x + i, (count - i) * sizeof(float));
        memcpy(padded_gradient, output_gradient + i, (count - i) * sizeof(float));
        store(padded_gradient, piecewise_passed(q, load(padded_x), load(padded_gradient), limited));
        memcpy(input_gradient + i, padded_gradient, (count - i) * sizeof(float));
    }
}

static void piecewise_pass(
    const srq_piecewise *q, const float *x, const float *output_gradient, float *input_gradient, size_t count) {
    const srq_piecewise local = *q;
    if (local.limit == __builtin_inff()) {
        piecewise_pass_all(&local, x, output_gradient, input_gradient, count, 0);
    } else {
        piecewise_pass_all(&local, x, output_gradient, input_gradient, count, 1);
    }
}

#undef OF_SEGMENT
