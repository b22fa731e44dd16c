internal import CKernels
public import Tensors

/// The quantizer of one group of weights: `2^bits - 1` levels evenly over `[-upper, upper]`, with an exact zero (docs/method.md,
/// "Weights").
///
/// q(w) = round(clip(w) / s) · s with s = u / (2^(bits-1) - 1). Gradient for u: (q - w) / u inside the range, the sign of w
/// outside.
public struct SymmetricQuantizer: ElementwiseFunction {
    public static let supportedBits = 2...8

    public let bits: Int
    /// The end of the clipping range ±upper, in the units of the weights.
    public let upper: Float

    /// Makes the quantizer of a group whose bits are legal and whose `legalUpper` is at least
    /// `SymmetricWeightQuantizer.smallestUpper`.
    init(bits: Int, legalUpper: Float) {
        self.bits = bits
        upper = legalUpper
    }

    /// The largest code, `2^(bits-1) - 1`.
    public var largestCode: Int { (1 << (bits - 1)) - 1 }
    /// The distance between two neighbouring levels.
    public var step: Float { upper / Float(largestCode) }
    public var parameterCount: Int { 1 }

    private var kernel: srq_affine { srq_affine(lower: -upper, upper: upper, base: 0, step: step) }

    public func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        withUnsafePointer(to: kernel) { srq_kernels().pointee.affine_forward($0, x, y, count) }
    }

    public func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) {
        let sums = withUnsafePointer(to: kernel) {
            srq_kernels().pointee.affine_backward($0, x, outputGradient, inputGradient, count)
        }
        parameterGradients[0] += sums.upper - sums.lower + sums.step / Double(largestCode)
    }

    /// Returns the integer behind `apply(w)`, in `-largestCode...largestCode`.
    ///
    /// Edge cases: the code of a NaN is 0.
    public func encode(_ w: Float) -> Int8 {
        let r = (min(max(w, -upper), upper) / step).rounded(.toNearestOrEven)
        return r.isNaN ? 0 : Int8(r)
    }

    /// Returns the weight that a code stands for.
    ///
    /// Postcondition: `decode(encode(w)) == apply(w)`, bit for bit, unless `w` is a NaN.
    public func decode(_ code: Int8) -> Float { Float(code) * step }
}
