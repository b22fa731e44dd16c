// All kernels, once more for the instruction set that the including file has switched on (LANES floats wide).

#include "lanes.h"

#include "affine_kernels.h"
#include "piecewise_kernels.h"
#include "encoder_kernels.h"
#include "results_kernels.h"
#ifdef MULTIPLY_ADD
#include "integer_convolution_vector.h"
#include "tile_results_vector.h"
#include "tile_products_vector.h"
#include "integer_winograd_vector.h"
#include "gaussian_winograd_vector.h"
#if LANES == 16 && defined(VNNI)
#include "few_outputs_vector.h"
#define FEW_CONVOLUTION few_convolution
#else
#define FEW_CONVOLUTION NULL
#endif
#define WINOGRAD_CONVOLUTION winograd_convolution
#define GAUSSIAN_CONVOLUTION gaussian_convolution
#else
#include "integer_convolution_plain.h"
#include "gaussian_winograd_plain.h"
#define WINOGRAD_CONVOLUTION NULL
#define FEW_CONVOLUTION NULL
#define GAUSSIAN_CONVOLUTION gaussian_convolution
#endif
#include "keep_above_kernels.h"
#include "pointwise_kernels.h"
#include "rounding_kernels.h"
#include "scale_shift_kernels.h"
#include "statistics_kernels.h"
#include "winograd_kernels.h"
#include "winograd_transforms.h"

#ifdef CHAINED
#define NARROW_IS_UNCHAINED false
#else
#define NARROW_IS_UNCHAINED true
#endif

#if defined(DOT_PRODUCT) && !defined(MIXED_DOT_PRODUCT)
#define GAUSSIAN_LOWEST (-128)
#else
#define GAUSSIAN_LOWEST 0
#endif

#define KERNEL_TABLE(the_set)                                                                                      \
    {                                                                                                              \
        .set = the_set, .affine_forward = affine_forward, .affine_backward = affine_backward,                      \
        .affine_encode = affine_encode, .piecewise_forward = piecewise_forward,                                    \
        .piecewise_backward = piecewise_backward, .piecewise_encode = piecewise_encode,                             \
        .affine_pass = affine_pass, .piecewise_pass = piecewise_pass,                                              \
        .largest_magnitude = largest_magnitude, .scale_and_round = scale_and_round,                                \
        .relu_gradient = relu_gradient, .add = add, .channel_products = channel_products,                          \
        .statistics = statistics, .scale_shift = scale_shift,                                                      \
        .keep_above = keep_above, .narrow_convolution = narrow_convolution, .wide_convolution = wide_convolution,   \
        .results = results, .gaussian_convolution = GAUSSIAN_CONVOLUTION, .few_convolution = FEW_CONVOLUTION,       \
        .winograd_convolution = WINOGRAD_CONVOLUTION, .winograd_transform = winograd_transform,                    \
        .winograd_results = winograd_results,                                                                       \
        .narrow_is_unchained = NARROW_IS_UNCHAINED, .gaussian_lowest = GAUSSIAN_LOWEST                              \
    }
