// The statistics of a buffer that calibration needs.
#ifndef SRQ_STATISTICS_H
#define SRQ_STATISTICS_H

/// The statistics of a buffer of floats. Sums are rounded to single precision within every 256 elements, so they are off by about
/// 1e-7 of the sum of magnitudes.
///
/// Edge cases: no elements have the minimum +infinity, the maximum -infinity and sums of 0. A minimum or maximum of zero is +0.
/// NaNs are left out of minimum and maximum but not of the sums, so a finite sum_of_squares proves that there were none.
/// Magnitudes from 2^60 (1e18) on may overflow it.
typedef struct {
    float minimum, maximum;
    double sum, sum_of_squares;
} srq_statistics;

#endif
