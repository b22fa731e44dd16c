// The table of the kernels of an instruction set.
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

/// The kernels of an instruction set. All tables give the same bytes; a NULL means that another kernel is as good or that there is
/// none.
///
/// Kernels run on the calling thread, keep no state and own nothing. Buffers need no alignment. Where a kernel reads and writes
/// floats, the two may be the same memory, but must not overlap otherwise.
typedef struct {
    /// The instruction set of the kernels.
    srq_instruction_set set;

    /// Quantizes and dequantizes `count` numbers: y[i] = q(x[i]).
    void (*_Nonnull affine_forward)(const srq_affine *_Nonnull q, const float *_Nonnull x, float *_Nonnull y, size_t count);

    /// Writes the gradient of the input, input_gradient[i] = output_gradient[i] * dq/dx(x[i]), and returns those of the parameters.
    ///
    /// Edge cases: where an input equals a bound, the bound and the input have half of the gradient each, as in PyTorch
    /// (docs/method.md, "Gradients").
    srq_affine_gradient (*_Nonnull affine_backward)(
        const srq_affine *_Nonnull q, const float *_Nonnull x, const float *_Nonnull output_gradient,
        float *_Nonnull input_gradient, size_t count);

    /// Writes the same input_gradient as affine_backward.
    void (*_Nonnull affine_pass)(
        const srq_affine *_Nonnull q, const float *_Nonnull x, const float *_Nonnull output_gradient,
        float *_Nonnull input_gradient, size_t count);

    /// Writes the integers of `count` numbers: y[i] is that of the code r that affine_forward rounds x[i] to, and of r = 0 for a
    /// NaN.
    void (*_Nonnull affine_encode)(
        const srq_affine *_Nonnull q, const srq_integer_line *_Nonnull integers, const float *_Nonnull x, int16_t *_Nonnull y,
        size_t count);

    /// Quantizes and dequantizes `count` numbers: y[i] = q(x[i]).
    void (*_Nonnull piecewise_forward)(
        const srq_piecewise *_Nonnull q, const float *_Nonnull x, float *_Nonnull y, size_t count);

    /// Writes the gradient of the input as affine_backward does, and returns those of the parameters.
    srq_piecewise_gradient (*_Nonnull piecewise_backward)(
        const srq_piecewise *_Nonnull q, const float *_Nonnull x, const float *_Nonnull output_gradient,
        float *_Nonnull input_gradient, size_t count);

    /// Writes the same input_gradient as piecewise_backward.
    void (*_Nonnull piecewise_pass)(
        const srq_piecewise *_Nonnull q, const float *_Nonnull x, const float *_Nonnull output_gradient,
        float *_Nonnull input_gradient, size_t count);

    /// Writes the integers of `count` numbers: y[i] is that of the segment and the code r that piecewise_forward rounds x[i] to,
    /// and `of_nan` for a NaN.
    void (*_Nonnull piecewise_encode)(
        const srq_piecewise *_Nonnull q, const srq_piecewise_integers *_Nonnull integers, const float *_Nonnull x,
        int16_t *_Nonnull y, size_t count);

    /// Returns the largest magnitude of `count` numbers, 0 of none; an infinity or a NaN where there is one.
    float (*_Nonnull largest_magnitude)(const float *_Nonnull x, size_t count);

    /// Writes the whole number nearest to x[i] * factor, half to even, where 16 bits hold them all.
    void (*_Nonnull scale_and_round)(const float *_Nonnull x, float factor, int16_t *_Nonnull y, size_t count);

    /// Writes the gradient of a ReLU's input: the output's where the ReLU's result y[i] is above 0, else 0.
    void (*_Nonnull relu_gradient)(
        const float *_Nonnull y, const float *_Nonnull output_gradient, float *_Nonnull input_gradient, size_t count);

    /// Writes the sums of two stretches: y[i] = a[i] + b[i].
    void (*_Nonnull add)(const float *_Nonnull a, const float *_Nonnull b, float *_Nonnull y, size_t count);

    /// Adds, for every channel c, the sum over pixels of a[pixel][c] * b[pixel][c] to totals[c]. Stretches of 64 pixels are
    /// summed in single precision.
    void (*_Nonnull channel_products)(
        const float *_Nonnull a, const float *_Nonnull b, double *_Nonnull totals, size_t pixels, size_t channels);

    /// Returns the statistics of `count` numbers.
    srq_statistics (*_Nonnull statistics)(const float *_Nonnull x, size_t count);

    /// Multiplies and adds by channel: y[p][c] = x[p][c] * scale[c] + shift[c], the product rounded before the sum, as the results
    /// of layers in whole numbers are.
    void (*_Nonnull scale_shift)(
        const float *_Nonnull x, const float *_Nonnull scale, const float *_Nonnull shift, float *_Nonnull y, size_t pixels,
        size_t channels);

    /// Writes those t(x[i]) that are above `threshold` to `kept`, in order, and returns how many there are. t keeps the bits of
    /// `keep_bits` and then flips those of `flip_bits` (so it can be |x|, -x or -|x|). `kept` has room for `count` floats; those
    /// behind the result are undefined afterwards.
    size_t (*_Nonnull keep_above)(
        const float *_Nonnull x, size_t count, uint32_t keep_bits, uint32_t flip_bits, float threshold, float *_Nonnull kept);

    /// Computes `pixels` pixels of one row of a layer's results, from unsigned bytes. Window row v of output pixel x starts at
    /// rows[v] + x * channels.
    void (*_Nonnull narrow_convolution)(
        const srq_integer_layer *_Nonnull layer, const uint8_t *_Nonnull const *_Nonnull rows, size_t pixels,
        const srq_results *_Nonnull to);

    /// Computes the same as narrow_convolution, from 16-bit numbers.
    void (*_Nonnull wide_convolution)(
        const srq_integer_layer *_Nonnull layer, const int16_t *_Nonnull const *_Nonnull rows, size_t pixels,
        const srq_results *_Nonnull to);

    /// Computes up to four rows of the results of a narrow 3x3 layer with few outputs, from two rows more of up to
    /// SRQ_FEW_PIXELS + 2 pixels. `transposed` has room for 6 * (SRQ_FEW_PIXELS + 16) * channels bytes. NULL where
    /// narrow_convolution is as fast.
    void (*_Nullable few_convolution)(
        const srq_integer_layer *_Nonnull layer, const uint8_t *_Nonnull const *_Nonnull rows, size_t pixels,
        uint8_t *_Nonnull transposed, const srq_results *_Nonnull to);

    /// Computes four rows of a 3x3 layer's results from six rows of 4 * tiles + 2 pixels of 16-bit numbers. Weights are
    /// transformed: int16_t [blocks of outputs][36 positions][step][output of the block][channel of the step]; chain is not read.
    /// `transformed` has room for 36 * tiles * channels numbers, `products` for SRQ_WINOGRAD_PRODUCTS. NULL where an instruction
    /// set has no such kernel: wide_convolution gives the same results.
    void (*_Nullable winograd_convolution)(
        const srq_integer_layer *_Nonnull layer, const int16_t *_Nonnull const *_Nonnull rows, size_t tiles,
        int16_t *_Nonnull transformed, int32_t *_Nonnull products, const srq_results *_Nonnull to);

    /// Computes four rows of a 3x3 layer's results from six rows of 4 * tiles + 2 pixels of codes. `transformed` has room for
    /// 46 * tiles * channels bytes, `products` for SRQ_WINOGRAD_PRODUCTS numbers.
    void (*_Nullable gaussian_convolution)(
        const srq_gaussian_layer *_Nonnull layer, const srq_gaussian_edges *_Nonnull edges,
        const uint8_t *_Nonnull const *_Nonnull rows, size_t tiles, uint8_t *_Nonnull transformed, int32_t *_Nonnull products,
        const srq_results *_Nonnull to);

    /// Finishes results that are in memory, one row of them: [pixels][outputs], as many pixels as `to` has columns.
    void (*_Nonnull results)(const srq_results *_Nonnull to, const float *_Nonnull values, size_t outputs);

    /// Transforms the inputs of a row of tiles, [36 positions][tiles][channels], from six rows of 4 * tiles + 2 pixels. Channels
    /// are a multiple of 16; from one row to the next it is `row_length` floats, from one position to the next `position`.
    void (*_Nonnull winograd_transform)(
        const float *_Nonnull x, size_t row_length, size_t channels, size_t tiles, float *_Nonnull transformed, size_t position);

    /// Computes the 4 x 4 results of each tile of a row, from products [36 positions][tiles][outputs]. Outputs are a multiple of
    /// 16.
    void (*_Nonnull winograd_results)(
        const srq_winograd_results *_Nonnull to, const float *_Nonnull products, size_t tiles, float *_Nonnull y);

    /// Whether products of bytes are summed in 32 bits at once, so that chains of 16-bit sums are not read.
    bool narrow_is_unchained;

    /// The lowest number that transformed inputs of gaussian_convolution are raised to: 0 where the instruction set multiplies
    /// unsigned bytes, -128 where it multiplies signed ones.
    int32_t gaussian_lowest;
} srq_kernel_table;

/// Returns the widest kernels that this machine can run. The table is constant and lives as long as the program; any thread may
/// call this.
const srq_kernel_table *_Nonnull srq_kernels(void);

/// Returns the kernels of `set`, or NULL where `srq_has_instruction_set` is false.
const srq_kernel_table *_Nullable srq_kernels_of(srq_instruction_set set);

#endif
