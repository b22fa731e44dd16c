// Rounding to three evenly spaced grids that meet at two places: piecewise linear quantization (the paper's Eq. 3).
#ifndef SRQ_PIECEWISE_H
#define SRQ_PIECEWISE_H

#include "integer_line.h"

/// One of the three grids: q(x) = r * width / steps + base with r = rint((clip(x, lower, upper) - base) / width * steps).
typedef struct {
    float lower, upper;
    float base, width, steps;
    float top;  ///< r that gives `upper` itself instead of the formula (rounding could miss it); infinity: none
    /// How the breakpoint moves with this segment: d q/d breakpoint = at_lower * d clip/d lower + at_upper * d clip/d upper
    /// + per_error * (r - v).
    float at_lower, at_upper, per_error;
} srq_segment;

/// x < below_start is in `below`, x > above_start in `above`, the rest (and a NaN, which stays one) in `dense`.
typedef struct {
    srq_segment below, dense, above;
    float below_start, above_start;
    /// |r| is clipped to this in every segment; where it is, q no longer follows x. Infinity: nowhere.
    float limit;
    float lower_per_error;  ///< in `below`: d q/d lower = d clip/d lower + lower_per_error * (r - v)
    float upper_per_error;  ///< in `above`: d q/d upper = d clip/d upper + upper_per_error * (r - v)
} srq_piecewise;

/// The integers behind the three grids. Where codes of two grids have the same value, they have the same integer.
typedef struct {
    srq_integer_line below, dense, above;
    float of_nan;
} srq_piecewise_integers;

/// Sums over all elements of the output gradient times d q/d parameter.
typedef struct {
    double lower, upper, breakpoint;
} srq_piecewise_gradient;

#endif
