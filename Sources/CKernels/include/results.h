// What becomes of a convolution's results while they are in registers: operations in their order, then where they go.
#ifndef SRQ_RESULTS_H
#define SRQ_RESULTS_H

#include <stddef.h>
#include <stdint.h>

#include "encoder.h"

typedef enum : int32_t {
    SRQ_THEN_RELU = 0,      ///< 0 >= x ? 0 : x, so a NaN stays
    SRQ_THEN_PRELU = 1,     ///< x >= 0 ? x : a * x
    SRQ_THEN_AFFINE = 2,    ///< x * a + b, rounded twice
    SRQ_THEN_MULTIPLY = 3,  ///< x * factor
    SRQ_THEN_ADD = 4,       ///< x + what `rows` hold
    SRQ_THEN_TANH = 5,
} srq_operation_kind;

typedef struct {
    srq_operation_kind kind;
    float factor;
    /// By output, padded to whole blocks.
    const float *_Nullable a;
    const float *_Nullable b;
    /// Row by row, the numbers of the first pixel; pixels lie side by side, with as many numbers as there are outputs.
    const float *_Nonnull const *_Nullable rows;
} srq_operation;

typedef enum : int32_t {
    SRQ_TO_FLOATS = 0,
    SRQ_TO_WORDS = 1,  ///< int16_t
    SRQ_TO_BYTES = 2,  ///< the low eight bits of an integer
} srq_sink_kind;

/// A place where results go.
typedef struct {
    srq_sink_kind kind;
    /// Of words and bytes. Its factors go by channel after the shuffle.
    const srq_encoder *_Nullable encoder;
    /// Row by row after the shuffle, the first pixel's first channel.
    void *_Nonnull const *_Nonnull rows;
    /// Bytes from one pixel to the next.
    size_t pixel;
} srq_sink;

typedef struct {
    const srq_operation *_Nullable operations;
    size_t operation_count;
    const srq_sink *_Nullable sinks;
    size_t sink_count;
    /// The factor of the pixel shuffle before the sinks; 1: none. Output (i * factor + j) * channels + c of pixel x in row y is
    /// channel c of pixel x * factor + j in row y * factor + i.
    size_t factor;
    /// Results beyond are neither stored nor added to.
    size_t rows, columns;
} srq_results;

#endif
