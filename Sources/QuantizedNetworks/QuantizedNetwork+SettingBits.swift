import Files
import Networks
import Quantizers

extension QuantizedNetwork {
    /// Sets the bits of every calibrated layer whose name matches a pattern.
    ///
    /// Ranges and breakpoints stay. A layer that crosses 8 bits changes between the recipe's quantizer and its substitute
    /// ("minmax"), which is fitted to what calibration saw, with the range that the layer has now. A side that comes back from
    /// float is fitted as by calibration: what finetuning had made of it is gone.
    /// - Parameters:
    ///   - pattern: the name of a layer, in which `*` and `?` stand for any characters and any one.
    ///   - weights: the bits of the weights, 2…8, or `LayerQuantization.floatBits`; nil leaves them as they are.
    ///   - activations: the bits of the input, in the same way.
    /// - Throws: `.option` for numbers that are neither; `.noMatch`; `.layer` for bits that its quantizer cannot have. The network
    ///   is unchanged then.
    public mutating func setBits(matching pattern: String, weights: Int?, activations: Int?) throws(QuantizedNetworkError) {
        for (name, bits) in [("weights", weights), ("activations", activations)] {
            if let bits, bits != LayerQuantization.floatBits, !(2...8).contains(bits) {
                throw .option("\(name): \(bits) bits are neither in 2...8 nor 32 for float (pattern '\(pattern)')")
            }
        }
        let wildcard = WildcardPattern(pattern)
        let matching = calibratedNodes.filter { wildcard.matches(network.nodes[$0].name) }
        guard !matching.isEmpty else { throw .noMatch(pattern: pattern, layers: calibratedNodes.map { network.nodes[$0].name }) }
        var changed = layers
        for node in matching {
            guard var layer = changed[node], case .convolution(let convolution) = network.nodes[node].operation else { continue }
            do {
                if let weights { layer.weight = try requantizedWeight(layer, convolution, bits: weights) }
                if let activations { layer.activation = try requantizedActivation(layer, bits: activations) }
            } catch {
                throw .layer(name: network.nodes[node].name, error)
            }
            changed[node] = layer
        }
        layers = changed
        recipe.overrides.append(.init(pattern: pattern, weights: weights, activations: activations))
    }

    /// Returns the quantizer of a layer's weights at other bits; nil for float.
    private func requantizedWeight(
        _ layer: LayerQuantization, _ convolution: Convolution, bits: Int
    ) throws(QuantizerError) -> (any WeightQuantizer)? {
        guard bits != LayerQuantization.floatBits else { return nil }
        guard let weight = layer.weight else {
            return try recipe.weightQuantizer(
                fitting: layer.scaledWeights(of: convolution), outputs: convolution.outputs, bits: bits)
        }
        return try weight.withBits(bits)
    }

    /// Returns the quantizer of a layer's input at other bits; nil for float.
    private func requantizedActivation(
        _ layer: LayerQuantization, bits: Int
    ) throws(QuantizerError) -> (any ActivationQuantizer)? {
        guard bits != LayerQuantization.floatBits else { return nil }
        guard let activation = layer.activation else {
            guard let statistics = layer.statistics else { throw .noStatistics("ranges of the activations") }
            return try recipe.activationQuantizer(fitting: statistics, bits: bits)
        }
        // The levels of a codebook are found anew: those for other bits are no part of them.
        if activation is CodebookQuantizer, recipe.quantizerName(bits: bits) == activation.name, bits != activation.bits,
            let statistics = layer.statistics, statistics.histogram != nil
        {
            return try recipe.activationQuantizer(fitting: statistics, bits: bits)
        }
        guard recipe.quantizerName(bits: bits) != activation.name, activation.name != LevelQuantizer.name,
            var statistics = layer.statistics
        else { return try activation.withBits(bits) }
        (statistics.lower, statistics.upper) = (activation.parameters[0], activation.parameters[1])
        return try recipe.activationQuantizer(fitting: statistics, bits: bits)
    }
}
