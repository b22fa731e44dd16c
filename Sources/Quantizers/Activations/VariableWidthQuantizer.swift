internal import CKernels
import Glibc
public import Tensors

/// A uniform quantizer whose number of bits is trained as well: the same function with one more gradient (docs/baselines.md,
/// "AdaBM").
///
/// The bits b come in through n = 2^b - 1 alone. With v = (clip(x) - l) / (u - l) · n, r = round(v) and x^ = r · (u - l) / n + l,
/// and the rounding passed straight through (dr/dn = v / n):
///
///     dx^/dn = (v - r) · (u - l) / n²        dn/db = ln 2 · 2^b
///     dx^/db = (clip(x) - x^) · ln 2 · 2^b / (2^b - 1)
///
/// since (v - r) · (u - l) / n = clip(x) - x^. The bits themselves are rounded where they are mapped (`LayerMeasure`,
/// `ImageThresholds`), not here.
public struct VariableWidthQuantizer: ElementwiseFunction {
    /// The index of the bits' gradient among the parameters' gradients, behind those of the range.
    public static let bitsIndex = UniformQuantizer.parameterNames.count

    /// The quantizer whose function this is.
    public let base: UniformQuantizer

    /// Makes the function of `base` with a gradient for its bits.
    public init(_ base: UniformQuantizer) { self.base = base }

    /// The number of gradients: those of lower, upper and bits, in this order.
    public var parameterCount: Int { Self.bitsIndex + 1 }

    public func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        base.apply(x, into: y, count: count)
    }

    public func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) {
        let sums = base.gradientSums(x, outputGradient: outputGradient, into: inputGradient, count: count)
        base.addRangeGradients(of: sums, to: parameterGradients)
        // `sums.step` is the sum of outputGradient · (r - v), and clip(x) - x^ is (v - r) · step: hence the minus sign.
        let codes = Double(1 << base.bits)
        parameterGradients[Self.bitsIndex] -= sums.step * Double(base.step) * log(2) * codes / (codes - 1)
    }
}
