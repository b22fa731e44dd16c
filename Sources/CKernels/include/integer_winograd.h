// A 3x3 convolution in whole numbers with a quarter of the multiplications, and still exact.
#ifndef SRQ_INTEGER_WINOGRAD_H
#define SRQ_INTEGER_WINOGRAD_H

#include "winograd.h"

// Winograd's F(4x4, 3x3) (Lavin and Gray, 2015) computes 4 x 4 results of a channel from 6 x 6 inputs with 36 multiplications
// instead of 144. In floating point its transforms cost precision. In whole numbers they do not: the weights' transform, multiplied
// by 24 in each direction, is whole, and the results come out 576 times too large, which divides without remainder.
//
//   rows of the weights' transform, each way:     1 0 0 | 1 1 1 | 1 -1 1 | 1 2 4 | 1 -2 4 | 0 0 1
//   their factors in the result's transform:        6      -4      -4       1       1        24
//
// So a transformed weight is at most 49 times a weight, a transformed input at most 100 times an input; both have 16 bits. Sums of
// products may go round 2^32, since everything after them is linear modulo 2^32, as long as the results themselves are below 2^25.
enum {
    /// The largest magnitude of an input: 100 times as much is 32700, which 16 bits hold.
    SRQ_WINOGRAD_LARGEST_INPUT = 327,
    /// The limit of sums: the magnitude of every result is below it.
    SRQ_WINOGRAD_LARGEST_SUM = 1 << 25,
};

#endif
