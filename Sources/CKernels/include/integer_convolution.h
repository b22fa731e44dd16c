// Convolutions in whole numbers: exact, so every instruction set gives the same sums.
#ifndef SRQ_INTEGER_CONVOLUTION_H
#define SRQ_INTEGER_CONVOLUTION_H

#include <stddef.h>
#include <stdint.h>

/// Outputs are computed in blocks of so many; weights, offsets, scales and shifts are padded with zeros to whole blocks.
enum { SRQ_OUTPUT_BLOCK = 16 };
/// So many channels are multiplied in one step: of unsigned bytes, and of 16-bit numbers.
enum { SRQ_NARROW_STEP = 4, SRQ_WIDE_STEP = 2 };
/// A layer has few outputs up to so many; its channels are a multiple of SRQ_FEW_CHANNELS, and SRQ_FEW_PIXELS are computed at a
/// time.
enum { SRQ_FEW_OUTPUTS = 4, SRQ_FEW_CHANNELS = 64, SRQ_FEW_PIXELS = 64 };

/// One layer. result[o] = (float)(offsets[o] + sum over window and channels of weight * input) * scales[o] + shifts[o], each
/// operation rounded by itself.
///
/// The sums must fit 32 bits whatever the inputs are.
typedef struct {
    /// Rows and columns of the window.
    size_t kernel;
    /// Of an input pixel: a multiple of the step.
    size_t channels;
    size_t outputs;
    /// [blocks of outputs][window row][step][output of the block][channel of the step], where the steps go along the
    /// kernel * channels numbers of a window row: int8_t for the narrow convolution, int16_t for the wide one.
    const void *_Nonnull weights;
    /// Not read by winograd_convolution.
    const int32_t *_Nonnull offsets;
    const float *_Nonnull scales;
    const float *_Nonnull shifts;
    /// Narrow only: the products of so many steps in a row, counted from the block's first and across window rows, are summed in 16
    /// bits, separately for the first and the second two channels of a step. No such sum may overflow. Not read where
    /// srq_kernel_table says narrow_is_unchained.
    size_t chain;
} srq_integer_layer;

#endif
