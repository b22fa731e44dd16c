import Files
import Networks
import Quantizers

extension QuantizedNetwork {
    /// Sets the bits of every calibrated layer whose name matches.
    ///
    /// Ranges and breakpoints stay. A layer that crosses 8 bits changes between the recipe's quantizer and "minmax" and is
    /// fitted again to what calibration saw, with the range it has now. A side that comes back from float is fitted as by
    /// calibration: what finetuning had made of it is gone.
    /// - Parameters: 2…8, `LayerQuantization.floatBits` for float; nil leaves that side as it is.
    /// - Throws: `.noMatch`; `.layer` for bits its quantizer cannot have. Nothing is changed then.
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

    private func requantizedWeight(
        _ layer: LayerQuantization, _ convolution: Convolution, bits: Int
    ) throws(QuantizerError) -> (any WeightQuantizer)? {
        guard bits != LayerQuantization.floatBits else { return nil }
        guard let weight = layer.weight else { return try recipe.weightQuantizer(fitting: convolution, bits: bits) }
        return try weight.withBits(bits)
    }

    private func requantizedActivation(
        _ layer: LayerQuantization, bits: Int
    ) throws(QuantizerError) -> (any ActivationQuantizer)? {
        guard bits != LayerQuantization.floatBits else { return nil }
        guard let activation = layer.activation else {
            guard let statistics = layer.statistics else { throw .noStatistics("ranges of the activations") }
            return try recipe.activationQuantizer(fitting: statistics, bits: bits)
        }
        guard recipe.quantizerName(bits: bits) != activation.name, activation.name != LevelQuantizer.name,
            var statistics = layer.statistics
        else { return try activation.withBits(bits) }
        (statistics.lower, statistics.upper) = (activation.parameters[0], activation.parameters[1])
        return try recipe.activationQuantizer(fitting: statistics, bits: bits)
    }
}
