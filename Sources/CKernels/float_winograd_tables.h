// The kernels that srq_float_winograd_kernel chooses from.
#ifndef SRQ_FLOAT_WINOGRAD_TABLES_H
#define SRQ_FLOAT_WINOGRAD_TABLES_H

#include "float_winograd.h"

#if defined(__x86_64__)
extern srq_float_winograd srq_float_winograd_avx512, srq_float_winograd_avx512_bf16;
#endif

#endif
