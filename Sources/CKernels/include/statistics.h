// What calibration asks about a buffer.
#ifndef SRQ_STATISTICS_H
#define SRQ_STATISTICS_H

/// Of no elements: minimum +infinity, maximum -infinity, sums 0. A zero is always +0.
/// NaNs are left out of minimum and maximum but not of the sums, so a finite sum_of_squares proves that there were none.
/// Magnitudes from 2^60 (1e18) on may overflow it.
/// Sums are rounded to single precision within every 256 elements: to about 1e-7 of the sum of magnitudes.
typedef struct {
    float minimum, maximum;
    double sum, sum_of_squares;
} srq_statistics;

#endif
