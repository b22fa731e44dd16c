/// The ways in which a quantizer of weights is fitted to the weights, all of a layer's together or those of each output channel
/// (docs/method.md, "Weights").
public enum WeightRange: String, Sendable, CaseIterable {
    /// The range ends at the largest |w|, as in the paper.
    case max
    /// The range ends at a percentile of |w| (docs/baselines.md, "Percentile").
    case percentile
    /// The range ends at a percentile of w itself, as in AdaBM's code, so that the largest weights of one sign alone decide; at
    /// that of |w| where the former is not positive.
    case signedPercentile = "percentile-signed"
    /// The range has the least squared error among those that end at (1 - 0.01 i) · max|w|, i = 0…49 (docs/baselines.md, "MSE";
    /// AdaBM calls it OMSE).
    case squaredError = "mse"
    /// The range is searched as by `squaredError`, but from the largest w instead of |w|, as in AdaBM's code; from max|w| where
    /// that is not positive.
    case signedSquaredError = "mse-signed"
    /// The range is asymmetric and goes from the smallest to the largest w (docs/baselines.md, "Density-based double clipping").
    case minmax
    /// The range is asymmetric and goes from the 0.01st to the 99.99th percentile of w: an option of PTQ4SR, which has it for
    /// whole layers alone.
    case clippedMinmax = "minmax-clipped"

    /// Returns a quantizer fitted to the weights of one layer.
    ///
    /// - Parameters:
    ///   - weights: finite numbers, `[outputs, …]` with all numbers of an output side by side.
    ///   - groups: 1, or the number of output channels.
    ///   - bits: the number of bits of a code.
    ///   - percentile: 0…100, the percentile that `percentile` and `signedPercentile` take.
    /// - Throws: `.unsupportedBits`, `.unevenGroups`, `.notFinite`.
    public func quantizer(
        fitting weights: [Float], groups: Int, bits: Int, percentile: Double
    ) throws(QuantizerError) -> any WeightQuantizer {
        // This also makes sure that all weights are finite and that they divide into groups.
        let widest = try SymmetricWeightQuantizer(fitting: weights, groups: groups, bits: bits)
        let size = weights.count / groups
        let parts = (0..<groups).map { weights[$0 * size..<($0 + 1) * size] }
        func positive(_ upper: Float, orElse other: Float) -> Float { upper > 0 ? upper : other }

        switch self {
        case .max: return widest
        case .percentile:
            return try SymmetricWeightQuantizer(bits: bits, uppers: parts.map { Self.percentile(percentile, $0, absolute: true) })
        case .signedPercentile:
            return try SymmetricWeightQuantizer(
                bits: bits,
                uppers: parts.map {
                    positive(
                        Self.percentile(percentile, $0, absolute: false),
                        orElse: Self.percentile(percentile, $0, absolute: true))
                })
        case .squaredError: return try Self.searched(widest.uppers, parts, bits)
        case .signedSquaredError:
            return try Self.searched(zip(parts, widest.uppers).map { positive($0.max() ?? 0, orElse: $1) }, parts, bits)
        case .minmax:
            return try AsymmetricWeightQuantizer(
                bits: bits, lowers: parts.map { $0.min() ?? 0 }, uppers: parts.map { $0.max() ?? 0 })
        case .clippedMinmax:
            return try AsymmetricWeightQuantizer(
                bits: bits, lowers: parts.map { Self.percentile(0.01, $0, absolute: false) },
                uppers: parts.map { Self.percentile(99.99, $0, absolute: false) })
        }
    }

    /// Returns the percentile of the weights, or of their magnitudes; 0 for no weights.
    private static func percentile(_ percentile: Double, _ weights: ArraySlice<Float>, absolute: Bool) -> Float {
        var selector = TailSelector(percentile: percentile, count: weights.count)
        weights.withUnsafeBufferPointer { selector.add($0, absolute: absolute) }
        return selector.value ?? 0
    }

    /// Returns the quantizer that has, in each group, the range of least squared error among the 50 that shrink the group's number
    /// of `uppers`; of equally good ones the widest.
    private static func searched(
        _ uppers: [Float], _ parts: [ArraySlice<Float>], _ bits: Int
    ) throws(QuantizerError) -> SymmetricWeightQuantizer {
        var best = try SymmetricWeightQuantizer(bits: bits, uppers: uppers)
        var found = best.uppers
        for (group, part) in parts.enumerated() {
            let weights = Array(part)
            var leastError = Double.infinity
            for candidate in 0..<50 {
                let upper = (1 - 0.01 * Float(candidate)) * best.uppers[group]
                let quantized = try SymmetricWeightQuantizer(bits: bits, uppers: [upper]).apply(weights)
                var error = 0.0
                for (weight, value) in zip(weights, quantized) {
                    let difference = Double(weight) - Double(value)
                    error += difference * difference
                }
                if error < leastError { (leastError, found[group]) = (error, upper) }
            }
        }
        best.uppers = found
        return best
    }
}
