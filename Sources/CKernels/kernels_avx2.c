#include "tables.h"

#if defined(__x86_64__)

// Before the pragma: it must not reach the C library.
#include <immintrin.h>
#include <math.h>
#include <string.h>

// Without "fma": there is no instruction that could round differently.
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define LANES 8
#define MULTIPLY_ADD "multiply_add_avx.h"
#include "kernels.h"
#pragma clang attribute pop

const srq_kernel_table srq_avx2_kernels = KERNEL_TABLE(SRQ_AVX2);

#endif
