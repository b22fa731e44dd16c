// Included by kernels_*.c after lanes.h.

static void scale_shift(const float *x, const float *scale, const float *shift, float *y, size_t pixels, size_t channels) {
    for (size_t pixel = 0; pixel < pixels; pixel++, x += channels, y += channels) {
        size_t c = 0;
        for (; c + LANES <= channels; c += LANES) store(y + c, load(x + c) * load(scale + c) + load(shift + c));
        for (; c < channels; c++) y[c] = x[c] * scale[c] + shift[c];
    }
}
