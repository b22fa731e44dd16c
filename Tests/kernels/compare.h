// Comparing one table's kernels with the scalar ones, bit for bit.
#ifndef COMPARE_H
#define COMPARE_H

#include "CKernels.h"

/// Compares every kernel of `tested` with those of `plain` and prints one line for each, or what differs first.
/// @return how many kernels differ.
int kernels_that_differ(const char *name, const srq_kernel_table *tested, const srq_kernel_table *plain);

#endif
