import Networks
import Quantizers

/// What a recipe makes of one layer.
extension Recipe {
    /// The quantizer of an input of so many bits: see `quantizer`.
    func quantizerName(bits: Int) -> String { bits >= 8 ? "minmax" : quantizer }

    func activationQuantizer(
        fitting statistics: ActivationStatistics, bits: Int
    ) throws(QuantizerError) -> any ActivationQuantizer {
        try QuantizerRegistry.standard.fit(
            name: quantizerName(bits: bits), statistics: statistics, bits: bits, options: FittingOptions(breakpoint: breakpoint))
    }

    func weightQuantizer(fitting convolution: Convolution, bits: Int) throws(QuantizerError) -> SymmetricWeightQuantizer {
        try SymmetricWeightQuantizer(
            fitting: convolution.weight.values, groups: perChannel ? convolution.outputs : 1, bits: bits)
    }
}
