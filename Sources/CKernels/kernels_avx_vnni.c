#include "tables.h"

#if defined(__x86_64__)

// Before the pragma: it must not reach the C library.
#include <immintrin.h>
#include <math.h>
#include <string.h>

// Without "fma": there is no instruction that could round differently.
// Tuned for a processor that clang believes: for others it takes multiply-and-add apart again, to shorten a chain of additions that
// the other sums hide.
#pragma clang attribute push(__attribute__((target("avx2,avxvnni,tune=znver4"))), apply_to = function)
#define LANES 8
#define VNNI
#define MULTIPLY_ADD "multiply_add_avx.h"
#include "kernels.h"
#pragma clang attribute pop

const srq_kernel_table srq_avx_vnni_kernels = KERNEL_TABLE(SRQ_AVX_VNNI);

#endif
