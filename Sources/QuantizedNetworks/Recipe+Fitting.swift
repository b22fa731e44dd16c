import Networks
import Quantizers

/// What a recipe makes of one layer.
extension Recipe {
    /// The quantizer of an input of so many bits: see `quantizer`.
    package func quantizerName(bits: Int) -> String {
        bits >= 8 && PiecewiseLinearReading(rawValue: quantizer) != nil ? "minmax" : quantizer
    }

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
        switch quantizer {
        case "percentile": recipe.weightRange = .percentile
        case "mse": recipe.weightRange = .squaredError
        case QuantizerRegistry.bitMappingName: recipe.weightRange = .signedSquaredError
        case "ptq4sr": (recipe.weightRange, recipe.perChannel) = (.minmax, true)
        default: recipe.weightRange = .max
        }
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
