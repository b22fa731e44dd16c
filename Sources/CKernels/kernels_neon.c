#include "tables.h"

#if defined(__aarch64__)

#include <arm_neon.h>
#include <math.h>

#define LANES 4
#define MULTIPLY_ADD "multiply_add_neon.h"
#include "kernels.h"

const srq_kernel_table srq_neon_kernels = KERNEL_TABLE(SRQ_NEON);

#endif
