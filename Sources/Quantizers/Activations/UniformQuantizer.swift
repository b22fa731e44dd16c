internal import CKernels
import Tensors

/// A quantizer with `2^bits` levels spread evenly over `[lower, upper]`, both ends included (docs/method.md, "Uniform
/// quantization").
///
/// "minmax", "percentile", "mse", "ptq4sr" and "adabm" are all this function; they differ in where their range comes from.
///
/// q(x) = round((clip(x) - l) / s) · s + l with s = (u - l) / n and n = 2^bits - 1. Gradients, with v = (clip(x) - l) / s and r =
/// round(v): inside the range, 1 for x, (v - r) / n for l and (r - v) / n for u; beyond an end, 1 for that end alone.
public struct UniformQuantizer: ActivationQuantizer {
    public static let parameterNames = ["lower", "upper"]
    public static let supportedBits = 2...8

    public let name: String
    public let bits: Int
    public let levels: [Float]
    public let integerGrid: IntegerGrid?
    let kernel: srq_affine

    /// Makes a quantizer; its range is made legal as by setting `parameters`.
    /// - Parameter name: the name of its kind.
    /// - Throws: `.unsupportedBits`, `.notFinite`.
    public init(name: String = "minmax", bits: Int, lower: Float, upper: Float) throws(QuantizerError) {
        try requireBits(bits, Self.supportedBits, "uniform")
        try requireFinite(lower, "lower")
        try requireFinite(upper, "upper")
        self.init(name: name, bits: bits, range: ActivationRange(lower: lower, upper: upper))
    }

    private init(name: String, bits: Int, range: ActivationRange) {
        let steps = Float((1 << bits) - 1)
        let step = (range.upper - range.lower) / steps
        (self.name, self.bits) = (name, bits)
        kernel = srq_affine(lower: range.lower, upper: range.upper, base: range.lower, step: step)
        levels = sortedLevels((0..<(1 << bits)).map { Float($0) * step + range.lower })
        integerGrid = IntegerGrid(dividing: Double(step), levels: levels)
    }

    /// The lower end of the clipping range, in the units of the activations.
    public var lower: Float { kernel.lower }
    /// The upper end of the clipping range, in the units of the activations.
    public var upper: Float { kernel.upper }
    /// The distance between two neighbouring levels.
    var step: Float { kernel.step }

    /// The ends of the clipping range, `[lower, upper]`. Legal ends are finite, within ±1e18, and apart by at least max(1e-5,
    /// |lower| / 65536); where they are not, upper gives way (docs/method.md, "Legal parameters").
    public var parameters: [Float] {
        get { [lower, upper] }
        set {
            precondition(newValue.count == 2, "\(name) has 2 parameters")
            let range = ActivationRange(lower: finite(newValue[0], orElse: lower), upper: finite(newValue[1], orElse: upper))
            self = Self(name: name, bits: bits, range: range)
        }
    }

    public func withBits(_ bits: Int) throws(QuantizerError) -> Self {
        try Self(name: name, bits: bits, lower: lower, upper: upper)
    }

    public func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        withUnsafePointer(to: kernel) { srq_kernels().pointee.affine_forward($0, x, y, count) }
    }

    public func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) {
        let sums = gradientSums(x, outputGradient: outputGradient, into: inputGradient, count: count)
        addRangeGradients(of: sums, to: parameterGradients)
    }

    public func passGradient(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>, count: Int
    ) {
        withUnsafePointer(to: kernel) { srq_kernels().pointee.affine_pass($0, x, outputGradient, inputGradient, count) }
    }

    /// Writes the gradients of `x` and returns the sums from which those of the parameters follow.
    func gradientSums(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>, count: Int
    ) -> srq_affine_gradient {
        withUnsafePointer(to: kernel) { srq_kernels().pointee.affine_backward($0, x, outputGradient, inputGradient, count) }
    }

    /// Adds the gradients of `lower` and `upper`: what clipped values pass to an end, and what goes through the step, which
    /// depends on both ends with 1 / n.
    func addRangeGradients(of sums: srq_affine_gradient, to parameterGradients: UnsafeMutablePointer<Double>) {
        let throughStep = sums.step / Double((1 << bits) - 1)
        parameterGradients[0] += sums.lower - throughStep
        parameterGradients[1] += sums.upper + throughStep
    }
}

extension UniformQuantizer {
    /// The kind "minmax": its clipping range goes from the smallest to the largest value (docs/baselines.md, "MinMax").
    static let kind = kind("minmax") { (statistics, _) in (statistics.lower, statistics.upper) }

    /// Returns the kind of uniform quantizers whose clipping range `range` takes from statistics.
    /// - Parameter range: the function from statistics and bits to the two ends.
    static func kind(
        _ name: String, needs: StatisticsNeeds = [], weightRange: WeightRange = .max, hasRangesPerChannel: Bool = false,
        mapsBits: Bool = false,
        range: @escaping @Sendable (ActivationStatistics, Int) throws(QuantizerError) -> (lower: Float, upper: Float)
    ) -> QuantizerKind {
        QuantizerKind(
            name: name, supportedBits: supportedBits, parameterNames: parameterNames, needs: needs,
            weightRange: weightRange, hasRangesPerChannel: hasRangesPerChannel, mapsBits: mapsBits,
            make: { (bits, parameters) throws(QuantizerError) in
                try UniformQuantizer(name: name, bits: bits, lower: parameters[0], upper: parameters[1])
            },
            fit: { (statistics, bits, _) throws(QuantizerError) in
                let range = try range(statistics, bits)
                return try UniformQuantizer(name: name, bits: bits, lower: range.lower, upper: range.upper)
            })
    }
}
