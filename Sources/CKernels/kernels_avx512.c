#include "tables.h"

#if defined(__x86_64__)

// Before the pragma: it must not reach the C library.
#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#define LANES 16
// Not yet of its own width: AVX2's, which every such machine has.
#define INTEGER_CONVOLUTION "integer_convolution_avx2.h"
#define INTEGER_WINOGRAD "integer_winograd_avx2.h"
#include "kernels.h"
#pragma clang attribute pop

const srq_kernel_table srq_avx512_kernels = KERNEL_TABLE(SRQ_AVX512);

#endif
