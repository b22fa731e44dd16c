// Rounding to an evenly spaced grid: uniform activations and symmetric weights.
#ifndef SRQ_AFFINE_H
#define SRQ_AFFINE_H

/// q(x) = rint((clip(x, lower, upper) - base) / step) * step + base, rounded after every operation, half to even.
/// A NaN stays a NaN. `step` is positive and finite, `lower` is not above `upper`.
typedef struct {
    float lower, upper;
    float base, step;
} srq_affine;

/// What a backward pass sums over all elements, g being the gradient of the output (straight through rint).
typedef struct {
    double lower;  ///< sum of g * d clip/d lower
    double upper;  ///< sum of g * d clip/d upper
    double step;   ///< sum of g * d q/d step = g * (rint(v) - v), v = (clip - base) / step
} srq_affine_gradient;

#endif
