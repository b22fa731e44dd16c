// A 3x3 convolution of narrow whole numbers in bytes, with a third of the multiplications, and still exact.
#ifndef SRQ_GAUSSIAN_WINOGRAD_H
#define SRQ_GAUSSIAN_WINOGRAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// F(4x4, 3x3) like integer_winograd.h, but with the points 0, 1, -1, i, -i and infinity: all entries of the input's transform are 0
// or ±1, so transformed inputs are at most 16 and transformed weights at most 16 times as large, and both stay bytes.
// Along one direction, for inputs d and weights g:
//
//   input     t0 = d0 - d4 | t1 = d1 + d2 + d3 + d4 | t-1 = d2 + d4 - d1 - d3 | ti = (d4 - d2) + i (d3 - d1) | tinf = d5 - d1
//   weights        4 g0    |      g0 + g1 + g2      |     g0 - g1 + g2       |      (g0 - g2) + i g1        |    4 g2
//   result    4 y0 = p0 + p1 + p-1 + 2 Re pi | 4 y1 = p1 - p-1 - 2 Im pi
//             4 y2 = p1 + p-1 - 2 Re pi      | 4 y3 = p1 - p-1 + 2 Im pi + pinf
//
// The products at -i are the conjugates of those at i and come for free. In two directions there are 16 real positions, eight that
// are complex in one direction and two in both, at (i, i) and (i, -i). A complex product (a + i b) (c + i d) takes three real ones,
//
//   k1 = (a + b) c, k2 = a (d - c), k3 = b (c + d);  its real part is k1 - k3, its imaginary part k1 + k2,
//
// so that 46 products make 16 results, each 16 times too large. Positions in their order:
//
//   0-6     row 0 by columns 0, 1, -1, inf, and three by column i
//   7-13    row 1 likewise
//   14-20   row -1
//   21-27   row inf
//   28-39   row i by columns 0, 1, -1, inf, three each
//   40-45   (i, i) and (i, -i), three each
//
// Inputs are codes: whole numbers `step` * code + `base`, of which bytes hold the codes. A transformed input is raised by its
// position's `raise`, so that it is an unsigned byte (a signed one where srq_kernel_table says so), modulo 256: only the
// span of the codes counts, at most 15. What the raise adds to a sum is taken back in what the sum starts with.
enum {
    SRQ_GAUSSIAN_POSITIONS = 46, ///< the number of positions of a transformed tile
    SRQ_GAUSSIAN_CHANNELS = 16,  ///< the number that channels must be a multiple of
};

/// The number of ways in which a 3x3 window can reach beyond the image. A way is 4 * rows + columns, where rows is 0 if none of the
/// window's rows lies outside the image, 1 if the first does, 2 if the last does and 3 if both do, and columns says the same of its
/// columns.
enum { SRQ_GAUSSIAN_EDGES = 16 };

/// A 3x3 layer: result[o] = (float)(sum of weight * input) * scales[o] + shifts[o], each operation in single precision rounded by
/// itself.
///
/// The layer does not own what it points to; kernels only read it.
typedef struct {
    /// How many numbers an input pixel has, a byte each: a multiple of SRQ_GAUSSIAN_CHANNELS.
    size_t channels;
    /// The number of output channels.
    size_t outputs;
    /// The transformed weights: [blocks of outputs][46 positions][step of four channels][output of the block][channel of the step]
    const int8_t *_Nonnull weights;
    /// The numbers that sums start with: [blocks of outputs][46 positions][output of the block]. Sums of position (1, 1)
    /// come out once in every result, 16 times too large.
    const int32_t *_Nonnull starts;
    /// The number that is added to transformed inputs, modulo 256, by position.
    const uint8_t *_Nonnull raises;
    /// The number of steps in a row that 16 bits can sum, separately for the first and the second two channels, by position. It is
    /// read where narrow_is_unchained is false.
    const uint8_t *_Nonnull chains;
    /// The value that a sum of 1 stands for, by output; a sixteenth of it where `offsets` is NULL.
    const float *_Nonnull scales;
    /// The number that is added to each output's results.
    const float *_Nonnull shifts;
    /// The distance of two codes' integers divided by 16, read where there are `offsets`: what the transforms give, times this,
    /// plus the offset is the sum, whose magnitude must be below 2^24 so that single precision holds it exactly.
    float step;
    /// The numbers that are added to sums, [SRQ_GAUSSIAN_EDGES][outputs, padded to whole blocks], by what of a sum's window lies
    /// outside the image; NULL where neighbouring codes are neighbouring integers and the border's code stands for 0.
    const float *_Nullable offsets;
} srq_gaussian_layer;

/// The places where the image ends within a row of tiles.
typedef struct {
    /// The state of each of the four rows of results: 0 where the rows above and below it lie inside the image, 1 where the one
    /// above does not, 2 where the one below does not, 3 where neither does.
    uint8_t rows[4];
    /// Whether the first column of the results is the image's first column.
    bool begins;
    /// The image's last column, counted from the first column of the results; it may lie beyond them.
    size_t last;
} srq_gaussian_edges;

#endif
