// The C kernels of this package. See README.md for the rule they all keep: every instruction set gives the same bytes.
#ifndef SRQ_KERNELS_H
#define SRQ_KERNELS_H

#include "affine.h"
#include "encoder.h"
#include "float_winograd.h"
#include "gaussian_winograd.h"
#include "histogram.h"
#include "instruction_set.h"
#include "integer_convolution.h"
#include "integer_line.h"
#include "integer_winograd.h"
#include "kernel_table.h"
#include "piecewise.h"
#include "results.h"
#include "statistics.h"
#include "winograd.h"

#endif
