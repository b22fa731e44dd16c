import CKernels
import Glibc
public import Tensors

/// A uniform quantizer whose width is trained as well: the same function with one more gradient (AdaBM, facts 4.5).
///
/// The bits b come in through n = 2^b - 1 alone. With v = (clip(x) - l) / (u - l) · n, r = round(v) and
/// x^ = r · (u - l) / n + l, and straight through the rounding (dr/dn = v / n):
///
///     dx^/dn = (v - r) · (u - l) / n²        dn/db = ln 2 · 2^b
///     dx^/db = (clip(x) - x^) · ln 2 · 2^b / (2^b - 1)
///
/// since (v - r) · (u - l) / n = clip(x) - x^. The rounding of the bits themselves is the business of whoever maps them.
public struct VariableWidthQuantizer: ElementwiseFunction {
    /// Where the bits' gradient stands, behind those of the range.
    public static let bitsIndex = UniformQuantizer.parameterNames.count

    public let base: UniformQuantizer

    public init(_ base: UniformQuantizer) { self.base = base }

    /// Lower, upper, bits.
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
        // sums.step is that of g · (r - v), and clip(x) - x^ is (v - r) · step.
        let codes = Double(1 << base.bits)
        parameterGradients[Self.bitsIndex] -= sums.step * Double(base.step) * log(2) * codes / (codes - 1)
    }
}
