// Included by kernels_*.c after lanes.h: what training does with whole maps, number by number.

static void relu_gradient(const float *y, const float *output_gradient, float *input_gradient, size_t count) {
    const floats zero = (floats)0.0f;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) store(input_gradient + i, load(y + i) > zero ? load(output_gradient + i) : zero);
    for (; i < count; i++) input_gradient[i] = y[i] > 0 ? output_gradient[i] : 0;
}

static void add(const float *a, const float *b, float *y, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) store(y + i, load(a + i) + load(b + i));
    for (; i < count; i++) y[i] = a[i] + b[i];
}

/// So many pixels are summed in single precision before a sum goes on in double.
enum { PIXELS_PER_STRETCH = 64 };

static void channel_products(const float *a, const float *b, double *totals, size_t pixels, size_t channels) {
    for (size_t first = 0; first < pixels; first += PIXELS_PER_STRETCH) {
        const size_t left = pixels - first, count = left < PIXELS_PER_STRETCH ? left : PIXELS_PER_STRETCH;
        const float *x = a + first * channels, *y = b + first * channels;
        size_t c = 0;
        for (; c + LANES <= channels; c += LANES) {
            floats sum = (floats)0.0f;
            for (size_t pixel = 0; pixel < count; pixel++)
                sum += load(x + pixel * channels + c) * load(y + pixel * channels + c);
            float lanes[LANES];
            store(lanes, sum);
            for (int lane = 0; lane < LANES; lane++) totals[c + lane] += lanes[lane];
        }
        for (; c < channels; c++) {
            float sum = 0;
            for (size_t pixel = 0; pixel < count; pixel++) sum += x[pixel * channels + c] * y[pixel * channels + c];
            totals[c] += sum;
        }
    }
}
