#include "tables.h"

#include <math.h>

#define LANES 1
#include "kernels.h"

const srq_kernel_table srq_scalar_kernels = KERNEL_TABLE(SRQ_SCALAR);
