import Networks
import Quantizers

/// What a recipe makes of one layer.
extension Recipe {
    /// What is known about `quantizer`; nil for a name that no quantizer has.
    package var kind: QuantizerKind? { try? quantizers.kind(named: quantizer) }

    /// The name of the quantizer of an input of so many bits: see `quantizer`.
    package func quantizerName(bits: Int) -> String { kind?.name(bits: bits) ?? quantizer }

    /// Whether activation bits depend on image and layer.
    public var mapsBits: Bool { kind?.mapsBits ?? false }

    /// What calibration has to collect.
    package var needs: StatisticsNeeds {
        get throws(QuantizerError) {
            var needs = try quantizers.kind(named: quantizer).needs
            if breakpoint == .leastSquaredError { needs.insert(.histogram) }
            return needs
        }
    }

    /// With the weights' range spelled out, if it was left to the quantizer.
    package var resolved: Recipe {
        var recipe = self
        guard weightRange == nil else { return recipe }
        recipe.weightRange = kind?.weightRange ?? .max
        if kind?.hasRangesPerChannel == true { recipe.perChannel = true }
        return recipe
    }

    package func activationQuantizer(
        fitting statistics: ActivationStatistics, bits: Int
    ) throws(QuantizerError) -> any ActivationQuantizer {
        try quantizers.fit(
            name: quantizerName(bits: bits), statistics: statistics, bits: bits, options: FittingOptions(breakpoint: breakpoint))
    }

    package func weightQuantizer(fitting convolution: Convolution, bits: Int) throws(QuantizerError) -> any WeightQuantizer {
        let recipe = resolved
        return try (recipe.weightRange ?? .max).quantizer(
            fitting: convolution.weight.values, groups: recipe.perChannel ? convolution.outputs : 1, bits: bits,
            percentile: Double(rangePercentile))
    }
}
