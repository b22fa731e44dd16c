// The transforms of a 3x3 convolution in single precision with a quarter of the multiplications.
#ifndef SRQ_WINOGRAD_H
#define SRQ_WINOGRAD_H

#include <stdbool.h>
#include <stddef.h>

// Winograd's F(4x4, 3x3) (Lavin and Gray, 2015): 4 x 4 results of a channel from 6 x 6 inputs, which are one tile, with 36
// multiplications instead of 144. At each of a tile's 36 positions the transformed inputs are multiplied by a matrix of transformed
// weights, G g Gᵀ with the points 0, ±1, ±2 and infinity:
//
//   rows of G:   1/4 0 0 | -1/6 -1/6 -1/6 | -1/6 1/6 -1/6 | 1/24 1/12 1/6 | 1/24 -1/12 1/6 | 0 0 1
//
// Tiles lie every 4 pixels. integer_winograd.h is the same in whole numbers, without the rounding.

enum {
    /// The rows and columns of results that a tile makes.
    SRQ_WINOGRAD_SIDE = 4,
    /// The positions of a transformed tile: 6 x 6.
    SRQ_WINOGRAD_POSITIONS = 36,
    /// The number that channels must be a multiple of.
    SRQ_WINOGRAD_CHANNELS = 16,
    /// The most numbers that convolutions in whole numbers have in memory between products and results, for 6 tiles and 32 outputs,
    /// which are 12 registers of 16 numbers: twice a row of up to 18 positions (gaussian_winograd.h has the longest), and twice the
    /// 24 registers that a tile's rows are folded to.
    SRQ_WINOGRAD_PRODUCTS = 2 * (24 + 18) * 12 * 16,
};

/// The description of what becomes of the 4 x 4 results of each tile, in single precision, and of where they lie.
typedef struct {
    const float *_Nullable bias; ///< what is added to each output's results; NULL: nothing
    bool accumulate;             ///< whether results are added to what is there
    bool relu;                   ///< whether negative ones become 0, after that
    size_t outputs;
    size_t rows, columns;        ///< 1 to 4 rows of all tiles together, 1 to 4 * tiles columns: the rest is not stored
    size_t row_length;           ///< floats from one row of results to the next
    size_t position;             ///< floats from the products of one position to those of the next
} srq_winograd_results;

#endif
