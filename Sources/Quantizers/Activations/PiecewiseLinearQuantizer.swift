internal import CKernels
import Tensors

/// A quantizer that has half of its levels densely within ±breakpoint and spreads the other half over the outliers on both sides
/// (the paper's Eq. 3; docs/method.md, "Piecewise linear quantization").
///
/// Gradients (docs/method.md, "Gradients"; v is the value before and r the one after rounding, n₂ the steps of a tail): within
/// ±bp, 1 for x and (q(x) - x) / bp for bp; in the upper tail, 1 for x, (v - r) / n₂ for bp and (r - v) / n₂ for u; in the lower
/// tail, 1 for x and (v - r) / n₂ for both bp and l; beyond an end, 1 for that end alone.
///
/// Edge cases: in the literal reading an x of magnitude bp is rounded one level too far and limited to the outermost dense level;
/// there q follows bp (q / bp) but not x. Beyond a tail without extent (u ≤ bp or l ≥ -bp) the result is u or -bp.
public struct PiecewiseLinearQuantizer: ActivationQuantizer {
    public static let parameterNames = ["lower", "upper", "breakpoint"]
    /// The supported numbers of bits. At 2 bits a tail would have no step (n₂ = 0).
    public static let supportedBits = 3...8

    /// The reading of Eq. 3 by which levels are laid out.
    public let reading: PiecewiseLinearReading
    public let bits: Int
    /// The ends of the clipping range and the end of the dense region, in the units of the activations. All are legal.
    public let lower, upper, breakpoint: Float
    public let integerGrid: IntegerGrid?
    let grid: PiecewiseLinearGrid

    /// The least legal breakpoint, above 0 so that the dense step is a normal number.
    private static let smallestBreakpoint: Float = 1e-6

    /// Makes a quantizer; its parameters are made legal as by setting `parameters`.
    /// - Throws: `.unsupportedBits`, `.notFinite`.
    public init(
        reading: PiecewiseLinearReading, bits: Int, lower: Float, upper: Float, breakpoint: Float
    ) throws(QuantizerError) {
        try requireBits(bits, Self.supportedBits, "piecewise linear")
        try requireFinite(lower, "lower")
        try requireFinite(upper, "upper")
        try requireFinite(breakpoint, "breakpoint")
        self.init(reading: reading, bits: bits, range: ActivationRange(lower: lower, upper: upper), breakpoint: breakpoint)
    }

    private init(reading: PiecewiseLinearReading, bits: Int, range: ActivationRange, breakpoint: Float) {
        self.reading = reading
        self.bits = bits
        lower = range.lower
        upper = range.upper
        self.breakpoint = max(min(breakpoint, 0.99 * range.largestMagnitude), Self.smallestBreakpoint)
        grid = PiecewiseLinearGrid(
            reading: reading, bits: bits, lower: range.lower, upper: range.upper, breakpoint: self.breakpoint)
        integerGrid = IntegerGrid(dividing: grid.unit, levels: grid.levels)
    }

    public var name: String { reading.rawValue }
    public var levels: [Float] { grid.levels }

    /// The ends of the clipping range and the breakpoint, `[lower, upper, breakpoint]`. Legal ends are those of
    /// `UniformQuantizer`, and a legal breakpoint is from 1e-6 to 0.99 · max(upper, -lower), so that at least one tail keeps some
    /// extent (docs/method.md, "Legal parameters").
    public var parameters: [Float] {
        get { [lower, upper, breakpoint] }
        set {
            precondition(newValue.count == 3, "\(name) has 3 parameters")
            let range = ActivationRange(lower: finite(newValue[0], orElse: lower), upper: finite(newValue[1], orElse: upper))
            self = Self(reading: reading, bits: bits, range: range, breakpoint: finite(newValue[2], orElse: breakpoint))
        }
    }

    public func withBits(_ bits: Int) throws(QuantizerError) -> Self {
        try Self(reading: reading, bits: bits, lower: lower, upper: upper, breakpoint: breakpoint)
    }

    public func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        withUnsafePointer(to: grid.kernel) { srq_kernels().pointee.piecewise_forward($0, x, y, count) }
    }

    public func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) {
        let sums = withUnsafePointer(to: grid.kernel) {
            srq_kernels().pointee.piecewise_backward($0, x, outputGradient, inputGradient, count)
        }
        parameterGradients[0] += sums.lower
        parameterGradients[1] += sums.upper
        parameterGradients[2] += sums.breakpoint
    }

    public func passGradient(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>, count: Int
    ) {
        withUnsafePointer(to: grid.kernel) {
            srq_kernels().pointee.piecewise_pass($0, x, outputGradient, inputGradient, count)
        }
    }
}

extension PiecewiseLinearQuantizer {
    /// Returns what the registry knows about quantizers of this reading.
    static func kind(_ reading: PiecewiseLinearReading) -> QuantizerKind {
        QuantizerKind(
            name: reading.rawValue, supportedBits: supportedBits, parameterNames: parameterNames,
            // The storage size that the paper prints leaves room for breakpoints on the layers of few bits alone
            // (docs/protocols.md, "Storage").
            substituteAt8Bits: UniformQuantizer.kind.name,
            make: { (bits, parameters) throws(QuantizerError) in
                try PiecewiseLinearQuantizer(
                    reading: reading, bits: bits, lower: parameters[0], upper: parameters[1], breakpoint: parameters[2])
            },
            fit: { (statistics, bits, options) throws(QuantizerError) in
                var quantizer = try PiecewiseLinearQuantizer(
                    reading: reading, bits: bits, lower: statistics.lower, upper: statistics.upper,
                    breakpoint: statistics.percentileAbsolute)
                if options.breakpoint == .leastSquaredError {
                    guard let histogram = statistics.histogram else { throw .noHistogram }
                    quantizer.parameters[2] = BreakpointSearch.leastSquaredError(quantizer, histogram: histogram)
                }
                return quantizer
            })
    }
}
