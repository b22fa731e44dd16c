#include "tables.h"

#if defined(__x86_64__)

#include <string.h>  // before the pragma: it must not reach the C library

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#define LANES 16
#include "kernels.h"
#pragma clang attribute pop

const srq_kernel_table srq_avx512_kernels = KERNEL_TABLE(SRQ_AVX512);

#endif
