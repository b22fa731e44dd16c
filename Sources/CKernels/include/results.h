// The description of what becomes of a convolution's results while they are in registers: operations in their order, then the
// places that results are stored in.
#ifndef SRQ_RESULTS_H
#define SRQ_RESULTS_H

#include <stddef.h>
#include <stdint.h>

#include "encoder.h"

/// An operation on results, x being a result.
typedef enum : int32_t {
    SRQ_THEN_RELU = 0,      ///< 0 >= x ? 0 : x, so a NaN stays a NaN
    SRQ_THEN_PRELU = 1,     ///< x >= 0 ? x : a * x
    SRQ_THEN_AFFINE = 2,    ///< x * a + b, the product rounded before the sum
    SRQ_THEN_MULTIPLY = 3,  ///< x * factor
    SRQ_THEN_ADD = 4,       ///< x + the number in `rows`
    SRQ_THEN_TANH = 5,      ///< the hyperbolic tangent of x
} srq_operation_kind;

/// An operation on results, with its numbers.
typedef struct {
    srq_operation_kind kind;
    /// The factor of SRQ_THEN_MULTIPLY.
    float factor;
    /// The numbers of SRQ_THEN_PRELU (a) and SRQ_THEN_AFFINE (a and b), by output, padded to whole blocks.
    const float *_Nullable a;
    const float *_Nullable b;
    /// The numbers that SRQ_THEN_ADD adds: for each row, those of the first pixel. Pixels lie side by side, with as many numbers
    /// as there are outputs.
    const float *_Nonnull const *_Nullable rows;
} srq_operation;

/// The form in which results are stored.
typedef enum : int32_t {
    SRQ_TO_FLOATS = 0, ///< floats, as they are
    SRQ_TO_WORDS = 1,  ///< encoded, an int16_t each
    SRQ_TO_BYTES = 2,  ///< encoded, the low eight bits of each integer
} srq_sink_kind;

/// A place that results are stored in.
typedef struct {
    srq_sink_kind kind;
    /// The encoder of words and bytes; its factors count channels after the pixel shuffle. NULL for floats.
    const srq_encoder *_Nullable encoder;
    /// The place of the first pixel's first channel in each row after the pixel shuffle.
    void *_Nonnull const *_Nonnull rows;
    /// The distance from one pixel to the next, in bytes.
    size_t pixel;
} srq_sink;

/// What becomes of results: the operations in their order, then all sinks, which get the same numbers. It does not own what it
/// points to.
typedef struct {
    const srq_operation *_Nullable operations;
    size_t operation_count;
    const srq_sink *_Nullable sinks;
    size_t sink_count;
    /// The factor of the pixel shuffle before the sinks, 1 where there is none. Output (i * factor + j) * channels + c of pixel x
    /// in row y is channel c of pixel x * factor + j in row y * factor + i.
    size_t factor;
    /// The number of rows and columns of results; kernels that compute whole tiles neither store nor add anything beyond them.
    size_t rows, columns;
} srq_results;

#endif
