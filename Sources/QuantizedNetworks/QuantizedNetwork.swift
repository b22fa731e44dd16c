import Files
import Networks
import Quantizers

/// How one layer is quantized, and what calibration saw there. Either side can stay in float, or both.
public struct LayerQuantization: Sendable {
    /// What bits are called where a side is in float.
    public static let floatBits = 32

    /// Of the layer's input, before the convolution; nil: in float.
    public var activation: (any ActivationQuantizer)?
    /// Nil: in float.
    public var weight: (any WeightQuantizer)?
    /// Moving averages over the calibration batches; nil in a loaded model, whose ranges are settled.
    public var statistics: ActivationStatistics?
    /// Mean standard deviation of the layer's output, σ of Eq. (4), before the softmax.
    public var deviation: Double
    /// m of `LayerMeasure`; nil where the activation bits do not depend on image and layer.
    public var measure: Float?

    public init(
        activation: (any ActivationQuantizer)?, weight: (any WeightQuantizer)?, statistics: ActivationStatistics?,
        deviation: Double
    ) {
        (self.activation, self.weight, self.statistics, self.deviation) = (activation, weight, statistics, deviation)
    }

    public var isQuantized: Bool { activation != nil || weight != nil }
    public var activationBits: Int { activation?.bits ?? Self.floatBits }
    public var weightBits: Int { weight?.bits ?? Self.floatBits }
}

/// A network with quantizers on its layers. A value: changing a copy leaves the original alone.
public struct QuantizedNetwork: Sendable {
    public let network: Network
    /// By node index; convolutions that are not here were not calibrated and stay in float.
    public var layers: [Int: LayerQuantization]
    public var recipe: Recipe
    /// Nil where activation bits do not depend on the image.
    public var imageThresholds: ImageThresholds?

    public init(
        network: Network, layers: [Int: LayerQuantization], recipe: Recipe, imageThresholds: ImageThresholds? = nil
    ) {
        (self.network, self.layers, self.recipe, self.imageThresholds) = (network, layers, recipe, imageThresholds)
    }

    /// Node indices of `layers` in execution order.
    public var calibratedNodes: [Int] { network.layers.filter { layers[$0] != nil } }

    /// Those of them with at least one side quantized.
    public var quantizedNodes: [Int] { network.layers.filter { layers[$0]?.isQuantized == true } }

    /// What the float engine must do to compute as the quantized network does. A network on integers whose bits depend on the image is to
    /// be settled first.
    public var overrides: [Int: ConvolutionOverride] {
        Dictionary(uniqueKeysWithValues: layers.keys.compactMap { node in override(node).map { (node, $0) } })
    }

    /// The same of one node; nil where it is no quantized convolution.
    public func override(_ node: Int) -> ConvolutionOverride? {
        guard let layer = layers[node], layer.isQuantized, case .convolution(let convolution) = network.nodes[node].operation else {
            return nil
        }
        if isOnIntegers, case .integers(let integers)? = arithmetic(node) { return override(simulating: integers) }
        return ConvolutionOverride(
            input: layer.activation(imageStep: 0), variants: layer.variants,
            weight: layer.weight?.apply(convolution.weight.values))
    }

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

    /// Gives a layer levels that somebody has chosen instead of its activation quantizer.
    ///
    /// - Throws: `.noMatch` for a layer that is not there or whose input stays in float; `.layer` for levels that its bits cannot
    ///   have.
    public mutating func setLevels(_ levels: [Float], layer name: String) throws(QuantizedNetworkError) {
        let nodes = quantizedNodes.filter { layers[$0]?.activation != nil }
        guard let node = nodes.first(where: { network.nodes[$0].name == name }), let bits = layers[node]?.activation?.bits else {
            throw .noMatch(pattern: name, layers: nodes.map { network.nodes[$0].name })
        }
        do {
            layers[node]?.activation = try LevelQuantizer(bits: bits, levels: levels)
            // Chosen levels are the same for every image.
            layers[node]?.measure = nil
        } catch {
            throw .layer(name: name, error)
        }
        if !recipe.levels.contains(name) { recipe.levels.append(name) }
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
