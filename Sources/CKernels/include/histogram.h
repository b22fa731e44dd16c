// Histograms with bins of equal width.
#ifndef SRQ_HISTOGRAM_H
#define SRQ_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/// Adds 1 to counts[floor((x - lower) * bins_per_unit)] for each of `count` numbers.
///
/// Edge cases: a number outside the bins counts in the nearest one, and a NaN in the first. `bins` is at least 1 and at most 2^24,
/// up to which single precision holds every index exactly.
void srq_histogram_add(
    const float *_Nonnull x, size_t count, float lower, float bins_per_unit, uint64_t *_Nonnull counts, size_t bins);

#endif
