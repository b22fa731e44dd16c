// Convolutions in whole numbers. Their sums are exact, so every instruction set gives the same.
#ifndef SRQ_INTEGER_CONVOLUTION_H
#define SRQ_INTEGER_CONVOLUTION_H

#include <stddef.h>
#include <stdint.h>

/// The number of outputs in a block, which are computed together; weights, offsets, scales and shifts are padded with zeros to
/// whole blocks.
enum { SRQ_OUTPUT_BLOCK = 16 };
/// The number of channels that are multiplied in one step, where inputs are unsigned bytes (narrow) and where they have 16 bits
/// (wide).
enum { SRQ_NARROW_STEP = 4, SRQ_WIDE_STEP = 2 };
/// The limits of few_convolution: a layer has at most SRQ_FEW_OUTPUTS outputs, its channels are a multiple of SRQ_FEW_CHANNELS,
/// and at most SRQ_FEW_PIXELS pixels of a row are computed at a time.
enum { SRQ_FEW_OUTPUTS = 4, SRQ_FEW_CHANNELS = 64, SRQ_FEW_PIXELS = 64 };

/// A layer in whole numbers: result[o] = (float)(offsets[o] + sum over window and channels of weight * input) * scales[o] +
/// shifts[o], each operation in single precision rounded by itself.
///
/// The sums must fit 32 bits whatever the inputs are. The layer does not own what it points to; kernels only read it.
typedef struct {
    /// The number of rows and of columns of the window.
    size_t kernel;
    /// How many numbers an input pixel has: a multiple of the step.
    size_t channels;
    /// The number of output channels.
    size_t outputs;
    /// The weights: [blocks of outputs][window row][step][output of the block][channel of the step], where the steps go along the
    /// kernel * channels numbers of a window row: int8_t for the narrow convolution, int16_t for the wide one.
    const void *_Nonnull weights;
    /// The number that each output's sum starts with; winograd_convolution does not read it.
    const int32_t *_Nonnull offsets;
    /// The value that a sum of 1 stands for, by output.
    const float *_Nonnull scales;
    /// The number that is added to each output's results.
    const float *_Nonnull shifts;
    /// The length of a chain, for the narrow convolution: the products of so many steps in a row, counted from the block's first
    /// and across window rows, are summed in 16 bits, separately for the first and the second two channels of a step. No such sum
    /// may overflow. Not read where narrow_is_unchained of srq_kernel_table is true.
    size_t chain;
} srq_integer_layer;

#endif
