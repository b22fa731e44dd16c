#include "histogram.h"

#pragma STDC FP_CONTRACT OFF

void srq_histogram_add(const float *x, size_t count, float lower, float bins_per_unit, uint64_t *counts, size_t bins) {
    const float last = (float)(bins - 1);
    for (size_t i = 0; i < count; i++) {
        float position = (x[i] - lower) * bins_per_unit;
        position = position > 0 ? position : 0;
        position = position < last ? position : last;
        counts[(size_t)position]++;
    }
}
