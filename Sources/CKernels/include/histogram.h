// Counting into equal bins.
#ifndef SRQ_HISTOGRAM_H
#define SRQ_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/// Adds 1 to counts[floor((x - lower) * bins_per_unit)] for every x; what falls outside goes to the nearest bin, a NaN to
/// the first. 0 < bins <= 2^24.
void srq_histogram_add(
    const float *_Nonnull x, size_t count, float lower, float bins_per_unit, uint64_t *_Nonnull counts, size_t bins);

#endif
