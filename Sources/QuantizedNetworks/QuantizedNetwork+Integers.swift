import Networks
import Quantizers

/// A snapped network: its activations and weights lie on grids, and float arithmetic on whole numbers gives what an engine in
/// integers gives.
extension QuantizedNetwork {
    /// Whether activations were snapped, so that layers compute in whole numbers where they can.
    public var isSnapped: Bool { recipe.snapping }

    /// The same network with every activation quantizer moved to the nearest one that lies on an integer grid, and asymmetric
    /// weights to the nearest ones that are whole numbers, where the layer can then compute in integers. Layers that cannot stay as
    /// they are; so do layers whose bits depend on the image: `withFixedBits` moves them when the bits are known.
    public func snapped() -> QuantizedNetwork {
        var result = self
        result.snap(quantizedNodes.filter { layers[$0]?.isAdaptive == false })
        result.recipe.snapping = true
        return result
    }

    private mutating func snap(_ nodes: [Int]) {
        for node in nodes {
            guard var layer = layers[node], let snapped = layer.activation?.snapped() else { continue }
            layer.activation = snapped
            if case .convolution(let convolution) = network.nodes[node].operation, let grid = snapped.integerGrid {
                layer.weight = layer.weight.map { Self.snapped($0, convolution, grid) ?? $0 }
            }
            if case .integers = arithmetic(of: layer, node: node) { layers[node] = layer }
        }
    }

    /// The network as it runs images of one step: with bits that depend on nothing any more, and snapped if this network is.
    public func withFixedBits(imageStep: Int) -> QuantizedNetwork {
        let adaptive = quantizedNodes.filter { layers[$0]?.isAdaptive == true }
        var result = self
        result.imageThresholds = nil
        for node in adaptive {
            result.layers[node]?.activation = layers[node]?.activation(imageStep: imageStep)
            result.layers[node]?.measure = nil
        }
        if isSnapped { result.snap(adaptive) }
        return result
    }

    /// Quantized layers of a snapped network that compute in float all the same, with the bits of some images at least, in
    /// execution order. Empty for other networks.
    public var layersInFloat: [(name: String, reason: FloatReason)] {
        guard isSnapped else { return [] }
        let networks = imageSteps.map { withFixedBits(imageStep: $0) }
        return quantizedNodes.compactMap { node in
            for network in networks {
                if case .float(let reason)? = network.arithmetic(node) { return (self.network.nodes[node].name, reason) }
            }
            return nil
        }
    }

    /// Nil for nodes that are no quantized convolution. `.adaptiveBits` where the bits depend on the image: see `withFixedBits`.
    public func arithmetic(_ node: Int) -> LayerArithmetic? {
        guard let layer = layers[node], layer.isQuantized else { return nil }
        return arithmetic(of: layer, node: node)
    }

    private func arithmetic(of layer: LayerQuantization, node: Int) -> LayerArithmetic? {
        guard case .convolution(let convolution) = network.nodes[node].operation else { return nil }
        guard let activation = layer.activation else { return .float(.inputInFloat) }
        guard !layer.isAdaptive else { return .float(.adaptiveBits) }
        guard let weight = layer.weight else { return .float(.weightsInFloat) }
        // Asked of the snapped quantizers, so that the reason is the same before and after snapping.
        guard let snapped = activation.snapped(), let grid = snapped.integerGrid else {
            return .float(.noGrid(quantizer: activation.name))
        }
        let values = convolution.weight.values
        guard let snappedWeight = Self.snapped(weight, convolution, grid), let whole = snappedWeight.integers(values) else {
            return .float(.asymmetricWeights)
        }
        let sum = whole.largestSum(outputs: convolution.outputs) * Double(grid.largestInteger)
        guard sum < ExactSums.limit else { return .float(.largeSums(sum)) }
        guard activation.integerGrid == grid, weight.parameters == snappedWeight.parameters else { return .float(.notSnapped) }
        let scales = (0..<convolution.outputs).map { grid.unit * whole.units[whole.units.count == 1 ? 0 : $0] }
        return .integers(IntegerForm(activation: activation, codes: whole.codes, scales: scales))
    }

    private static func snapped(
        _ weight: any WeightQuantizer, _ convolution: Convolution, _ grid: IntegerGrid
    ) -> (any WeightQuantizer)? {
        weight.snapped(
            convolution.weight.values, outputs: convolution.outputs,
            largestSum: ExactSums.limit / Double(max(grid.largestInteger, 1)))
    }

    /// What the float engine does instead of a layer in integers: the same.
    func override(simulating layer: IntegerForm) -> ConvolutionOverride {
        ConvolutionOverride(
            input: IntegerInput(quantizer: layer.activation), weight: layer.codes.map(Float.init), scales: layer.scales,
            largestInput: Float(layer.activation.integerGrid?.largestInteger ?? 0))
    }
}
