import Files
import FloatEngine
import Networks
import Quantizers

/// How one layer is quantized, and what calibration saw there.
public struct LayerQuantization: Sendable {
    /// Of the layer's input, before the convolution.
    public var activation: any ActivationQuantizer
    public var weight: SymmetricWeightQuantizer
    /// Moving averages over the calibration batches; nil in a loaded model, whose ranges are settled.
    public var statistics: ActivationStatistics?
    /// Mean standard deviation of the layer's output, σ of Eq. (4), before the softmax.
    public var deviation: Double

    public init(
        activation: any ActivationQuantizer, weight: SymmetricWeightQuantizer, statistics: ActivationStatistics?, deviation: Double
    ) {
        (self.activation, self.weight, self.statistics, self.deviation) = (activation, weight, statistics, deviation)
    }
}

/// A network with quantizers on its layers. A value: changing a copy leaves the original alone.
public struct QuantizedNetwork: Sendable {
    public let network: Network
    /// By node index; convolutions that are not here stay in float.
    public var layers: [Int: LayerQuantization]
    public var recipe: Recipe

    public init(network: Network, layers: [Int: LayerQuantization], recipe: Recipe) {
        (self.network, self.layers, self.recipe) = (network, layers, recipe)
    }

    /// Node indices in execution order.
    public var quantizedNodes: [Int] { network.layers.filter { layers[$0] != nil } }

    /// What the float engine must do to compute as the quantized network does.
    public var overrides: [Int: ConvolutionOverride] {
        var result: [Int: ConvolutionOverride] = [:]
        for (node, layer) in layers {
            guard case .convolution(let convolution) = network.nodes[node].operation else { continue }
            result[node] = ConvolutionOverride(input: layer.activation, weight: layer.weight.apply(convolution.weight.values))
        }
        return result
    }

    /// Sets the bits of every quantized layer whose name matches.
    ///
    /// Ranges and breakpoints stay. A layer that crosses 8 bits changes between the recipe's quantizer and "minmax" and is
    /// fitted again to what calibration saw, with the range it has now.
    /// - Throws: `.noMatch`; `.layer` for bits its quantizer cannot have. Nothing is changed then.
    public mutating func setBits(matching pattern: String, weights: Int?, activations: Int?) throws(CalibrationError) {
        for (name, bits) in [("weights", weights), ("activations", activations)] {
            if let bits, !(2...8).contains(bits) { throw .option("\(name): \(bits) bits are outside 2...8 (pattern '\(pattern)')") }
        }
        let wildcard = WildcardPattern(pattern)
        let matching = quantizedNodes.filter { wildcard.matches(network.nodes[$0].name) }
        guard !matching.isEmpty else { throw .noMatch(pattern: pattern, layers: quantizedNodes.map { network.nodes[$0].name }) }
        var changed = layers
        for node in matching {
            guard var layer = changed[node] else { continue }
            do {
                if let weights { layer.weight = try layer.weight.withBits(weights) }
                if let activations { layer.activation = try requantized(layer, bits: activations) }
            } catch {
                throw .layer(name: network.nodes[node].name, error)
            }
            changed[node] = layer
        }
        layers = changed
        recipe.overrides.append(.init(pattern: pattern, weights: weights, activations: activations))
    }

    private func requantized(_ layer: LayerQuantization, bits: Int) throws(QuantizerError) -> any ActivationQuantizer {
        let name = Calibrator.quantizerName(recipe.quantizer, bits: bits)
        guard name != layer.activation.name, var statistics = layer.statistics else { return try layer.activation.withBits(bits) }
        (statistics.lower, statistics.upper) = (layer.activation.parameters[0], layer.activation.parameters[1])
        return try QuantizerRegistry.standard.fit(
            name: name, statistics: statistics, bits: bits, options: FittingOptions(breakpoint: recipe.breakpoint))
    }
}
