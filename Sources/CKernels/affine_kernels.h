// Included by kernels_*.c after lanes.h.

INLINE floats affine_code(const srq_affine *q, floats x) {
    floats clipped = clip(x, (floats)q->lower, (floats)q->upper);
    return __builtin_elementwise_rint((clipped - (floats)q->base) / (floats)q->step);
}

INLINE floats affine_value(const srq_affine *q, floats x) {
    return affine_code(q, x) * (floats)q->step + (floats)q->base;
}

static void affine_forward(const srq_affine *q, const float *x, float *y, size_t count) {
    const srq_affine local = *q;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) store(y + i, affine_value(&local, load(x + i)));
    if (i < count) {
        float padded[LANES] = {0};
        memcpy(padded, x + i, (count - i) * sizeof(float));
        store(padded, affine_value(&local, load(padded)));
        memcpy(y + i, padded, (count - i) * sizeof(float));
    }
}

INLINE floats affine_integer(const srq_affine *q, const srq_integer_line *integers, floats x) {
    floats r = affine_code(q, x);
    return (r == r ? r : (floats)0.0f) * (floats)integers->step + (floats)integers->base;
}

static void affine_encode(
    const srq_affine *q, const srq_integer_line *integers, const float *x, int16_t *y, size_t count) {
    const srq_affine local = *q;
    const srq_integer_line line = *integers;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) store_whole(y + i, affine_integer(&local, &line, load(x + i)));
    if (i < count) {
        float padded[LANES] = {0};
        int16_t whole[LANES];
        memcpy(padded, x + i, (count - i) * sizeof(float));
        store_whole(whole, affine_integer(&local, &line, load(padded)));
        memcpy(y + i, whole, (count - i) * sizeof(int16_t));
    }
}

typedef struct {
    sums lower, upper, step;
} affine_sums;

typedef struct {
    short_sums lower, upper, step;
} affine_stretch;

INLINE void affine_backward_block(
    const srq_affine *q, const float *x, const float *output_gradient, float *input_gradient, affine_stretch *total) {
    const floats lower = q->lower, upper = q->upper, base = q->base, step = q->step;
    for (int part = 0; part < PARTS; part++) {
        floats in = load(x + part * LANES), g = load(output_gradient + part * LANES);
        floats v = (clip(in, lower, upper) - base) / step;
        clip_slopes slope = clip_derivative(in, lower, upper);
        store(input_gradient + part * LANES, g * slope.x);
        total->lower.part[part] += g * slope.lower;
        total->upper.part[part] += g * slope.upper;
        total->step.part[part] += g * (__builtin_elementwise_rint(v) - v);
    }
}

INLINE void affine_add_stretch(affine_sums *total, const affine_stretch *stretch) {
    add_stretch(&total->lower, &stretch->lower);
    add_stretch(&total->upper, &stretch->upper);
    add_stretch(&total->step, &stretch->step);
}

static srq_affine_gradient affine_backward(
    const srq_affine *q, const float *x, const float *output_gradient, float *input_gradient, size_t count) {
    const srq_affine local = *q;
    affine_sums total = {0};
    size_t i = 0;
    while (i + BLOCK <= count) {
        size_t blocks = (count - i) / BLOCK;
        if (blocks > BLOCKS_PER_STRETCH) blocks = BLOCKS_PER_STRETCH;
        affine_stretch stretch = {0};
        for (; blocks > 0; blocks--, i += BLOCK)
            affine_backward_block(&local, x + i, output_gradient + i, input_gradient + i, &stretch);
        affine_add_stretch(&total, &stretch);
    }
    if (i < count) {
        // A gradient of zero adds nothing to any sum.
        float padded_x[BLOCK] = {0}, padded_gradient[BLOCK] = {0};
        affine_stretch stretch = {0};
        memcpy(padded_x, x + i, (count - i) * sizeof(float));
        memcpy(padded_gradient, output_gradient + i, (count - i) * sizeof(float));
        affine_backward_block(&local, padded_x, padded_gradient, padded_gradient, &stretch);
        affine_add_stretch(&total, &stretch);
        memcpy(input_gradient + i, padded_gradient, (count - i) * sizeof(float));
    }
    return (srq_affine_gradient){folded(&total.lower), folded(&total.upper), folded(&total.step)};
}

static void affine_pass(
    const srq_affine *q, const float *x, const float *output_gradient, float *input_gradient, size_t count) {
    const floats lower = q->lower, upper = q->upper;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        store(input_gradient + i, load(output_gradient + i) * clip_derivative(load(x + i), lower, upper).x);
    if (i < count) {
        float padded_x[LANES] = {0}, padded_gradient[LANES] = {0};
        memcpy(padded_x, x + i, (count - i) * sizeof(float));
        memcpy(padded_gradient, output_gradient + i, (count - i) * sizeof(float));
        store(padded_gradient, load(padded_gradient) * clip_derivative(load(padded_x), lower, upper).x);
        memcpy(input_gradient + i, padded_gradient, (count - i) * sizeof(float));
    }
}
