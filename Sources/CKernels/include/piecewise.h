// Fake quantization to three sets of evenly spaced levels that meet at two places: piecewise linear quantization, Eq. 3 of the
// paper (docs/method.md, "Piecewise linear quantization").
#ifndef SRQ_PIECEWISE_H
#define SRQ_PIECEWISE_H

#include "integer_line.h"

/// One of the three segments: q(x) = r * width / steps + base with r = rint((clip(x, lower, upper) - base) / width * steps).
typedef struct {
    float lower, upper;
    float base, width, steps;
    float top;  ///< the r that gives `upper` itself instead of the formula, whose rounding could miss it; infinity: none
    /// The factors of the breakpoint's gradient in this segment, where v is r before rint:
    /// d q/d breakpoint = at_lower * d clip/d lower + at_upper * d clip/d upper + per_error * (r - v).
    float at_lower, at_upper, per_error;
} srq_segment;

/// A piecewise linear quantizer: x < below_start is in the segment `below`, x > above_start in `above`, and the rest in `dense`,
/// which lies around the densest values.
///
/// Edge cases: a NaN stays a NaN.
typedef struct {
    srq_segment below, dense, above;
    float below_start, above_start;
    /// The limit that |r| is clipped to in every segment; where it is, the gradient of x is 0. Infinity: nowhere.
    float limit;
    float lower_per_error;  ///< in `below`: d q/d lower = d clip/d lower + lower_per_error * (r - v)
    float upper_per_error;  ///< in `above`: d q/d upper = d clip/d upper + upper_per_error * (r - v)
} srq_piecewise;

/// The integers of the three segments' codes, and the integer of a NaN. Where codes of two segments have the same value, they have
/// the same integer.
typedef struct {
    srq_integer_line below, dense, above;
    float of_nan;
} srq_piecewise_integers;

/// The gradients of the parameters: sums over all elements of the output's gradient times d q/d parameter.
typedef struct {
    double lower, upper, breakpoint;
} srq_piecewise_gradient;

#endif
