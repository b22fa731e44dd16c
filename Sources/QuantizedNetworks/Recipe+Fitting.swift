import Quantizers

/// The fitting of one layer's quantizers by a recipe.
extension Recipe {
    /// The kind of the recipe's `quantizer`; nil for a name that no quantizer has.
    package var kind: QuantizerKind? { try? quantizers.kind(named: quantizer) }

    /// Returns the name of the quantizer that an input of `bits` bits has: `quantizer`, or what stands in for it at 8 bits.
    package func quantizerName(bits: Int) -> String { kind?.name(bits: bits) ?? quantizer }

    /// Whether activation bits depend on image and layer, as in AdaBM.
    public var mapsBits: Bool { kind?.mapsBits ?? false }

    /// The statistics that calibration has to collect for this recipe.
    package var needs: StatisticsNeeds {
        get throws(QuantizerError) {
            var needs = try quantizers.kind(named: quantizer).needs
            if breakpoint == .leastSquaredError { needs.insert(.histogram) }
            return needs
        }
    }

    /// The recipe with the weight range spelled out, where that was left to the quantizer.
    package var resolved: Recipe {
        var recipe = self
        guard weightRange == nil else { return recipe }
        recipe.weightRange = kind?.weightRange ?? .max
        if kind?.hasRangesPerChannel == true { recipe.perChannel = true }
        return recipe
    }

    /// Returns the quantizer of a layer's input, fitted to what calibration saw.
    package func activationQuantizer(
        fitting statistics: ActivationStatistics, bits: Int
    ) throws(QuantizerError) -> any ActivationQuantizer {
        try quantizers.fit(
            name: quantizerName(bits: bits), statistics: statistics, bits: bits, options: FittingOptions(breakpoint: breakpoint))
    }

    /// Returns the quantizer of a convolution's weights, fitted to them as they are behind the scales of its input.
    package func weightQuantizer(
        fitting weights: [Float], outputs: Int, bits: Int
    ) throws(QuantizerError) -> any WeightQuantizer {
        let recipe = resolved
        return try (recipe.weightRange ?? .max).quantizer(
            fitting: weights, groups: recipe.perChannel ? outputs : 1, bits: bits,
            percentile: Double(rangePercentile))
    }
}
