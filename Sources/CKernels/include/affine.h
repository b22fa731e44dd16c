// Fake quantization to evenly spaced levels: uniform quantizers of activations and symmetric quantizers of weights.
#ifndef SRQ_AFFINE_H
#define SRQ_AFFINE_H

/// A quantizer with evenly spaced levels: q(x) = rint((clip(x, lower, upper) - base) / step) * step + base, in single precision,
/// rounded after every operation, half to even (docs/method.md, "Uniform quantization").
///
/// Edge cases: a NaN stays a NaN. `step` must be positive and finite, `lower` not above `upper`.
typedef struct {
    float lower, upper;
    float base, step;
} srq_affine;

/// The gradients of a quantizer's parameters, summed over all elements. g is the gradient of the output; rint counts as the
/// identity (straight-through estimator).
typedef struct {
    double lower;  ///< the sum of g * d clip/d lower
    double upper;  ///< the sum of g * d clip/d upper
    double step;   ///< the sum of g * d q/d step = g * (rint(v) - v), where v = (clip - base) / step
} srq_affine_gradient;

#endif
