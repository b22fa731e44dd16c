// The kernels of one instruction set.
#ifndef SRQ_KERNEL_TABLE_H
#define SRQ_KERNEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "affine.h"
#include "gaussian_winograd.h"
#include "instruction_set.h"
#include "integer_convolution.h"
#include "integer_line.h"
#include "integer_winograd.h"
#include "piecewise.h"
#include "results.h"
#include "statistics.h"
#include "winograd.h"

/// Buffers need no alignment. Where a kernel reads and writes floats, the two may be the same memory (not merely overlap).
typedef struct {
    srq_instruction_set set;

    /// y[i] = q(x[i])
    void (*_Nonnull affine_forward)(const srq_affine *_Nonnull q, const float *_Nonnull x, float *_Nonnull y, size_t count);

    /// input_gradient[i] = output_gradient[i] * dq/dx(x[i]). At a tie with a clip's bound, bound and input share the gradient.
    srq_affine_gradient (*_Nonnull affine_backward)(
        const srq_affine *_Nonnull q, const float *_Nonnull x, const float *_Nonnull output_gradient,
        float *_Nonnull input_gradient, size_t count);

    /// y[i] = the integer of the code r that affine_forward rounds x[i] to; that of r = 0 for a NaN.
    void (*_Nonnull affine_encode)(
        const srq_affine *_Nonnull q, const srq_integer_line *_Nonnull integers, const float *_Nonnull x, int16_t *_Nonnull y,
        size_t count);

    void (*_Nonnull piecewise_forward)(
        const srq_piecewise *_Nonnull q, const float *_Nonnull x, float *_Nonnull y, size_t count);

    srq_piecewise_gradient (*_Nonnull piecewise_backward)(
        const srq_piecewise *_Nonnull q, const float *_Nonnull x, const float *_Nonnull output_gradient,
        float *_Nonnull input_gradient, size_t count);

    /// y[i] = the integer of the segment and the code r that piecewise_forward rounds x[i] to; `of_nan` for a NaN.
    void (*_Nonnull piecewise_encode)(
        const srq_piecewise *_Nonnull q, const srq_piecewise_integers *_Nonnull integers, const float *_Nonnull x,
        int16_t *_Nonnull y, size_t count);

    srq_statistics (*_Nonnull statistics)(const float *_Nonnull x, size_t count);

    /// y[p][c] = x[p][c] * scale[c] + shift[c], the product rounded before the sum: what becomes of sums of integers.
    void (*_Nonnull scale_shift)(
        const float *_Nonnull x, const float *_Nonnull scale, const float *_Nonnull shift, float *_Nonnull y, size_t pixels,
        size_t channels);

    /// Writes those t(x[i]) that are above `threshold` to `kept`, in order; t keeps the bits of `keep_bits` and then flips
    /// those of `flip_bits` (so it can be |x|, -x or -|x|).
    /// `kept` has room for `count` floats; those behind the result are undefined afterwards.
    size_t (*_Nonnull keep_above)(
        const float *_Nonnull x, size_t count, uint32_t keep_bits, uint32_t flip_bits, float threshold, float *_Nonnull kept);

    /// One row of a layer's results. Window row v of output pixel x starts at rows[v] + x * channels.
    void (*_Nonnull narrow_convolution)(
        const srq_integer_layer *_Nonnull layer, const uint8_t *_Nonnull const *_Nonnull rows, size_t pixels,
        const srq_results *_Nonnull to);

    void (*_Nonnull wide_convolution)(
        const srq_integer_layer *_Nonnull layer, const int16_t *_Nonnull const *_Nonnull rows, size_t pixels,
        const srq_results *_Nonnull to);

    /// Up to four rows of the results of a narrow 3x3 layer with few outputs, from two rows more of up to SRQ_FEW_PIXELS + 2
    /// pixels; `transposed` has room for 6 * (SRQ_FEW_PIXELS + 16) * channels bytes. NULL where narrow_convolution is as fast.
    void (*_Nullable few_convolution)(
        const srq_integer_layer *_Nonnull layer, const uint8_t *_Nonnull const *_Nonnull rows, size_t pixels,
        uint8_t *_Nonnull transposed, const srq_results *_Nonnull to);

    /// Four rows of a 3x3 layer's results from six rows of 4 * tiles + 2 pixels. Weights are transformed:
    /// int16_t [blocks of outputs][36 positions][step][output of the block][channel of the step]; chain is not read.
    /// `transformed` has room for 36 * tiles * channels numbers, `products` for SRQ_WINOGRAD_PRODUCTS.
    /// NULL where an instruction set has none: the wide convolution gives the same.
    void (*_Nullable winograd_convolution)(
        const srq_integer_layer *_Nonnull layer, const int16_t *_Nonnull const *_Nonnull rows, size_t tiles,
        int16_t *_Nonnull transformed, int32_t *_Nonnull products, const srq_results *_Nonnull to);

    /// Four rows of a 3x3 layer's results, from six rows of 4 * tiles + 2 pixels of codes. `transformed` has room for
    /// 46 * tiles * channels bytes, `products` for SRQ_WINOGRAD_PRODUCTS numbers.
    void (*_Nullable gaussian_convolution)(
        const srq_gaussian_layer *_Nonnull layer, const srq_gaussian_edges *_Nonnull edges,
        const uint8_t *_Nonnull const *_Nonnull rows, size_t tiles, uint8_t *_Nonnull transformed, int32_t *_Nonnull products,
        const srq_results *_Nonnull to);

    /// What becomes of results that are in memory: one row, [pixels][outputs].
    void (*_Nonnull results)(const srq_results *_Nonnull to, const float *_Nonnull values, size_t outputs);

    /// A row of tiles, [36 positions][tiles][channels], from six rows of 4 * tiles + 2 pixels. Channels are a multiple of 16; from
    /// one row to the next it is `row_length` floats, from one position to the next `position`.
    void (*_Nonnull winograd_transform)(
        const float *_Nonnull x, size_t row_length, size_t channels, size_t tiles, float *_Nonnull transformed, size_t position);

    /// The same, rounded to bf16 (the upper half of a float), to nearest, ties to even. Distances count bf16 numbers.
    void (*_Nonnull winograd_bf16_transform)(
        const float *_Nonnull x, size_t row_length, size_t channels, size_t tiles, uint16_t *_Nonnull transformed,
        size_t position);

    /// 4 x 4 results of each tile of a row, from products [36 positions][tiles][outputs]. Outputs are a multiple of 16.
    void (*_Nonnull winograd_results)(
        const srq_winograd_results *_Nonnull to, const float *_Nonnull products, size_t tiles, float *_Nonnull y);

    /// narrow_convolution sums in 32 bits alone and does not read `chain`.
    bool narrow_is_unchained;

    /// Transformed inputs of gaussian_convolution are raised to start here: at 0, or at -128.
    int32_t gaussian_lowest;
} srq_kernel_table;

/// The widest kernels this machine can run. The table is constant and lives as long as the program.
const srq_kernel_table *_Nonnull srq_kernels(void);

/// The kernels of `set`; NULL where `srq_has_instruction_set` is false.
const srq_kernel_table *_Nullable srq_kernels_of(srq_instruction_set set);

#endif
