#include "tables.h"

#if defined(__x86_64__)

// Before the pragma: it must not reach the C library.
#include <immintrin.h>
#include <math.h>
#include <string.h>

// Tuned for a processor that clang believes: for others it takes multiply-and-add apart again, to shorten a chain of additions that
// the other sums hide.
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,tune=znver4"))), apply_to = function)
#define LANES 16
#define VNNI
// Products of 512 bits take two of four units, so that others can add at the same time. On a Zen 4 some 50 operations behind 192
// products are done beside them, and no more, so work has to be cut up and put between a few products at a time.
#define INTERLEAVED
#define MULTIPLY_ADD "multiply_add_avx.h"
#include "kernels.h"
#pragma clang attribute pop

const srq_kernel_table srq_avx512_vnni_kernels = KERNEL_TABLE(SRQ_AVX512_VNNI);

#endif
