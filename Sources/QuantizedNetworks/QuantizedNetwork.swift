import Networks

/// A network with quantizers on its layers, which computes in float. It is a value: changing a copy leaves the original alone.
public struct QuantizedNetwork: Sendable {
    /// The network under the quantizers, in float. What calibration or training make of its weights and biases belongs to this
    /// value alone.
    public var network: Network
    /// The quantization of each calibrated convolution, by node index. Convolutions that are missing were not calibrated and stay
    /// in float.
    public var layers: [Int: LayerQuantization]
    /// The recipe by which the network was quantized.
    public var recipe: Recipe
    /// The thresholds of image-wise bit mapping; nil where activation bits do not depend on the image.
    public var imageThresholds: ImageThresholds?

    /// Makes a quantized network from its parts.
    public init(
        network: Network, layers: [Int: LayerQuantization], recipe: Recipe, imageThresholds: ImageThresholds? = nil
    ) {
        (self.network, self.layers, self.recipe, self.imageThresholds) = (network, layers, recipe, imageThresholds)
    }

    /// The node indices of `layers`, in execution order.
    public var calibratedNodes: [Int] { network.layers.filter { layers[$0] != nil } }

    /// The node indices of the layers whose input or weights are quantized, in execution order.
    public var quantizedNodes: [Int] { network.layers.filter { layers[$0]?.isQuantized == true } }

    /// The overrides by which the float engine computes what the quantized network does, by node index.
    ///
    /// Edge cases: a snapped network whose bits depend on the image must be given fixed bits first (`withFixedBits(imageStep:)`);
    /// without that its adaptive layers are simulated unsnapped.
    public var overrides: [Int: ConvolutionOverride] {
        Dictionary(uniqueKeysWithValues: layers.keys.compactMap { node in override(node).map { (node, $0) } })
    }

    /// Returns the override of one node; nil where the node is no quantized convolution.
    public func override(_ node: Int) -> ConvolutionOverride? {
        guard let layer = layers[node], layer.isQuantized, case .convolution(let convolution) = network.nodes[node].operation else {
            return nil
        }
        if isSnapped, case .integers(let integers)? = arithmetic(node) { return override(simulating: integers) }
        return ConvolutionOverride(
            input: layer.activation(imageStep: 0).map(layer.scaling), variants: layer.variants.map(layer.scaling),
            weight: layer.effectiveWeights(of: convolution))
    }
}
