// The tables that kernel_table.c chooses from. One that was not compiled for this machine's architecture does not exist.
#ifndef SRQ_TABLES_H
#define SRQ_TABLES_H

#include "kernel_table.h"

extern const srq_kernel_table srq_scalar_kernels;
#if defined(__x86_64__)
extern const srq_kernel_table srq_avx2_kernels;
extern const srq_kernel_table srq_avx512_kernels;
extern const srq_kernel_table srq_avx_vnni_kernels;
extern const srq_kernel_table srq_avx512_vnni_kernels;
#elif defined(__aarch64__)
extern const srq_kernel_table srq_neon_kernels;
extern const srq_kernel_table srq_neon_dot_kernels;
extern const srq_kernel_table srq_neon_i8mm_kernels;
#endif

#endif
