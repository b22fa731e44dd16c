import CKernels
import Tensors

/// `2^bits` levels evenly over `[lower, upper]`, both ends included (facts.md 4.1).
///
/// Where the range comes from tells apart "minmax", "percentile", "mse" and "ptq4sr".
///
/// q(x) = round((clip(x) - l) / s) · s + l with s = (u - l) / (2^bits - 1). Gradients, with v = (clip(x) - l) / s and r = round(v):
/// inside, 1 for x, (v - r) / n for l and (r - v) / n for u, n = 2^bits - 1; beyond an end, 1 for that end alone.
public struct UniformQuantizer: ActivationQuantizer {
    public static let parameterNames = ["lower", "upper"]
    public static let supportedBits = 2...8

    public let name: String
    public let bits: Int
    public let levels: [Float]
    public let integerGrid: IntegerGrid?
    let kernel: srq_affine

    /// - Throws: `.unsupportedBits`, `.notFinite`. The range is made legal as by setting `parameters`.
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

    public var lower: Float { kernel.lower }
    public var upper: Float { kernel.upper }
    /// Between two levels.
    var step: Float { kernel.step }

    /// `[lower, upper]`; legal are finite ends within ±1e18 with upper - lower ≥ max(1e-5, |lower| / 65536): upper gives way.
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

    func gradientSums(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>, count: Int
    ) -> srq_affine_gradient {
        withUnsafePointer(to: kernel) { srq_kernels().pointee.affine_backward($0, x, outputGradient, inputGradient, count) }
    }

    func addRangeGradients(of sums: srq_affine_gradient, to parameterGradients: UnsafeMutablePointer<Double>) {
        let throughStep = sums.step / Double((1 << bits) - 1)
        parameterGradients[0] += sums.lower - throughStep
        parameterGradients[1] += sums.upper + throughStep
    }
}

extension UniformQuantizer {
    /// From the smallest to the largest value.
    static let kind = kind("minmax") { (statistics, _) in (statistics.lower, statistics.upper) }

    /// - Parameter range: of what calibration saw and the bits.
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
