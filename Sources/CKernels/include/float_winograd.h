// A 3x3 convolution in single precision whose products are computed between Winograd's transforms while both are in the cache.
#ifndef SRQ_FLOAT_WINOGRAD_H
#define SRQ_FLOAT_WINOGRAD_H

#include <stdbool.h>
#include <stddef.h>

#include "results.h"
#include "winograd.h"

/// A layer as the kernel reads it. It does not own its memory.
typedef struct {
    /// The numbers of input and output channels, multiples of SRQ_WINOGRAD_CHANNELS.
    size_t channels, outputs;
    /// The transformed weights: [blocks of outputs][SRQ_WINOGRAD_POSITIONS][channel][output of the block], floats; in bf16
    /// [blocks of outputs][SRQ_WINOGRAD_POSITIONS][pair of channels][output of the block][channel of the pair]. A block has
    /// SRQ_FLOAT_BLOCK outputs, the last one those that are left.
    const void *_Nonnull weights;
    /// What is added to each output's results; NULL: nothing.
    const float *_Nullable bias;
} srq_float_layer;

enum {
    /// The most outputs of a block: four registers of 16, which together with six tiles fill 24 of the 32 registers with sums.
    SRQ_FLOAT_BLOCK = 64,
    /// The most tiles of one call: with 64 channels the transformed tiles and their products take 295 KB, which leave room for a
    /// layer's weights in a second-level cache of 1 MB.
    SRQ_FLOAT_TILES = 16,
    /// The floats that lie between the numbers of one tile and those of the next, a line of the cache: numbers of several tiles
    /// are read in turns, and would fall into the same few places of the first-level cache if they lay a multiple of 4 KB apart.
    SRQ_FLOAT_GAP = 16,
};

/// The rows and columns of the input that the tiles of one call read.
typedef struct {
    /// The rows -1 to 4 of the input, counted from the first row of results: where the column of the first result lies. NULL
    /// for a row of zeros.
    const float *_Nullable const *_Nonnull rows;
    /// The number of columns to the left of the first result; all that lies further left is zero.
    size_t left;
    /// The number of columns from the first result on; all that lies further right is zero.
    size_t right;
} srq_float_window;

/// Computes up to four rows of a layer's results, from the products of Winograd's F(4x4, 3x3).
///
/// Each sum is rounded after each product and addition together, channel after channel, so a result depends neither on how
/// many tiles are computed together nor on what lies beside them; where its tile begins decides about its last bits. In bf16,
/// transformed inputs and weights are rounded to nearest, ties to even, and a step adds the products of two channels.
///
/// `tiles` is at most SRQ_FLOAT_TILES. `transformed` has room for tiles * (SRQ_WINOGRAD_POSITIONS * channels + SRQ_FLOAT_GAP)
/// floats and `products` for tiles * (SRQ_WINOGRAD_POSITIONS * SRQ_FLOAT_BLOCK + SRQ_FLOAT_GAP).
typedef void srq_float_winograd(
    const srq_float_layer *_Nonnull layer, const srq_float_window *_Nonnull window, size_t tiles, float *_Nonnull transformed,
    float *_Nonnull products, const srq_results *_Nonnull to);

/// Returns the kernel that multiplies floats or bf16 numbers, or NULL where the processor has no instructions for it (AVX-512, and
/// AVX512_BF16). It stands beside the tables of kernels because it fuses multiplications with additions, which theirs never do.
srq_float_winograd *_Nullable srq_float_winograd_kernel(bool bf16);

#endif
