#include "tables.h"

#if defined(__aarch64__)

// Before the pragma: it must not reach the C library.
#include <arm_neon.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("dotprod,i8mm"))), apply_to = function)
#define LANES 4
#define DOT_PRODUCT
#define MIXED_DOT_PRODUCT
#define MULTIPLY_ADD "multiply_add_neon.h"
#include "kernels.h"
#pragma clang attribute pop

const srq_kernel_table srq_neon_i8mm_kernels = KERNEL_TABLE(SRQ_NEON_I8MM);

#endif
