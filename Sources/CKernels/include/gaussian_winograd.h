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
//   0-15    rows 0, 1, -1, inf by columns 0, 1, -1, inf
//   16-27   rows 0, 1, -1, inf by column i, three each
//   28-39   row i by columns 0, 1, -1, inf, three each
//   40-45   (i, i) and (i, -i), three each
//
// Inputs are codes: whole numbers `step` * code + `base`, of which bytes hold the codes. A transformed input is raised by its
// position's `raise`, so that it is an unsigned byte (a signed one where srq_kernel_table says so), modulo 256: only the
// span of the codes counts, at most 15. What the raise adds to a sum is taken back in what the sum starts with.
enum {
    SRQ_GAUSSIAN_POSITIONS = 46,
    SRQ_GAUSSIAN_CHANNELS = 16,  ///< Channels are a multiple of this.
};

/// What lies outside the image: by row (none of the window's rows, the first, the last, both), then the same by column.
enum { SRQ_GAUSSIAN_EDGES = 16 };

/// result = (float)(sum of weight * input) * scales[o] + shifts[o], each operation rounded by itself.
typedef struct {
    /// Of an input pixel; a byte each.
    size_t channels;
    size_t outputs;
    /// [blocks of outputs][46 positions][step of four channels][output of the block][channel of the step]
    const int8_t *_Nonnull weights;
    /// [blocks of outputs][46 positions][output of the block]: what the sums of a position start with. Those of position (1, 1)
    /// come out once in every result, 16 times too large.
    const int32_t *_Nonnull starts;
    const uint8_t *_Nonnull raises;
    /// By position: so many steps in a row can be summed in 16 bits, separately for the first and the second two channels. Read
    /// where narrow_is_unchained is false.
    const uint8_t *_Nonnull chains;
    /// By output. Without `offsets` a sixteenth of what a sum of 1 stands for.
    const float *_Nonnull scales;
    const float *_Nonnull shifts;
    /// With `offsets`: step / 16. Results times this, plus the offset, are the sums, which must be below 2^24.
    float step;
    /// [edges][outputs, padded to whole blocks], or NULL where step is 1 and the image's border is a code: what is added to a sum,
    /// by what of its window lies outside the image.
    const float *_Nullable offsets;
} srq_gaussian_layer;

/// Where the image ends within a row of tiles.
typedef struct {
    /// For each of the four rows of results: 0 where its window lies inside the image, 1 where the row above does not, 2 where the
    /// row below does not, 3 where neither does.
    uint8_t rows[4];
    /// Whether the first column is the image's.
    bool begins;
    /// The column in whose window the image ends, or SIZE_MAX.
    size_t last;
} srq_gaussian_edges;

#endif
