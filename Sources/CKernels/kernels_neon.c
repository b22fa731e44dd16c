#include "tables.h"

#if defined(__aarch64__)

#define LANES 4
#include "kernels.h"

const srq_kernel_table srq_neon_kernels = KERNEL_TABLE(SRQ_NEON);

#endif
