#include "float_winograd_tables.h"

#if defined(__x86_64__)

// Before the pragma: it must not reach the C library.
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "kernel_table.h"

// The headers of results and their encoders hold more than a convolution needs.
#pragma clang diagnostic ignored "-Wunused-function"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,tune=znver4"))), apply_to = function)
#define LANES 16
#include "float_winograd_vector.h"

void srq_float_winograd_avx512(
    const srq_float_layer *layer, const srq_float_window *window, size_t tiles, float *transformed, float *products,
    const srq_results *to) {
    float_winograd(layer, window, tiles, transformed, products, to);
}
#pragma clang attribute pop

#endif
