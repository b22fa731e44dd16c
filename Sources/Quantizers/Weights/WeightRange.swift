/// Where the range of a layer's weights comes from: of all of them or of each output channel.
public enum WeightRange: String, Sendable, CaseIterable {
    /// The largest |w| (facts 3.2).
    case max
    /// A percentile of |w| (facts 4.2).
    case percentile
    /// AdaBM's code: of w itself, so that the largest weights of one sign alone decide. Of |w| where that is not positive.
    case signedPercentile = "percentile-signed"
    /// Least squared error among (1 - 0.01 i) · max|w|, i = 0…49 (facts 4.3, "OMSE").
    case squaredError = "mse"
    /// AdaBM's code: from the largest w, not |w|. From max|w| where that is not positive.
    case signedSquaredError = "mse-signed"
    /// Asymmetric, from the smallest to the largest w (facts 4.4).
    case minmax
    /// Asymmetric, from the 0.01st to the 99.99th percentile of w: PTQ4SR's option, there for whole layers alone.
    case clippedMinmax = "minmax-clipped"

    /// - Parameters:
    ///   - groups: 1, or the number of output channels.
    ///   - percentile: of the two percentile readings.
    public func quantizer(
        fitting weights: [Float], groups: Int, bits: Int, percentile: Double
    ) throws(QuantizerError) -> any WeightQuantizer {
        // Also sees to it that all weights are finite and divide into groups.
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

    private static func percentile(_ percentile: Double, _ weights: ArraySlice<Float>, absolute: Bool) -> Float {
        var selector = TailSelector(percentile: percentile, count: weights.count)
        weights.withUnsafeBufferPointer { selector.add($0, absolute: absolute) }
        return selector.value ?? 0
    }

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
