#include "tables.h"

#if defined(__x86_64__)

// Before the pragma: it must not reach the C library.
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#define LANES 16
#define MULTIPLY_ADD "multiply_add_avx.h"
#include "kernels.h"
#pragma clang attribute pop

const srq_kernel_table srq_avx512_kernels = KERNEL_TABLE(SRQ_AVX512);

#endif
