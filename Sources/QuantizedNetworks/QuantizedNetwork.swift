import Networks

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

    /// What the float engine must do to compute as the quantized network does. A snapped network whose bits depend on the image
    /// is to have fixed bits first: see `withFixedBits`.
    public var overrides: [Int: ConvolutionOverride] {
        Dictionary(uniqueKeysWithValues: layers.keys.compactMap { node in override(node).map { (node, $0) } })
    }

    /// The same of one node; nil where it is no quantized convolution.
    public func override(_ node: Int) -> ConvolutionOverride? {
        guard let layer = layers[node], layer.isQuantized, case .convolution(let convolution) = network.nodes[node].operation else {
            return nil
        }
        if isSnapped, case .integers(let integers)? = arithmetic(node) { return override(simulating: integers) }
        return ConvolutionOverride(
            input: layer.activation(imageStep: 0), variants: layer.variants,
            weight: layer.weight?.apply(convolution.weight.values))
    }
}
