import Networks
import Quantizers

/// The snapping of a quantized network: its activations and weights move to integer grids, and float arithmetic on whole numbers
/// then gives what an engine in integers gives (docs/method.md, "Integer grids").
extension QuantizedNetwork {
    /// Whether activations were snapped, so that layers compute in integers where they can.
    public var isSnapped: Bool { recipe.snapping }

    /// Returns the network with every activation quantizer moved to the nearest one that lies on an integer grid, and asymmetric
    /// weights to the nearest ones that are whole numbers, in all layers that can then compute in integers.
    ///
    /// Edge cases: layers that cannot compute in integers stay as they are. So do layers whose bits depend on the image:
    /// `withFixedBits(imageStep:)` moves them when the bits are known.
    public func snapped() -> QuantizedNetwork {
        var result = self
        result.snap(quantizedNodes.filter { layers[$0]?.isAdaptive == false })
        result.recipe.snapping = true
        return result
    }

    /// Snaps those of the layers that can then compute in integers.
    private mutating func snap(_ nodes: [Int]) {
        for node in nodes {
            guard var layer = layers[node], let snapped = layer.activation?.snapped() else { continue }
            layer.activation = snapped
            if case .convolution(let convolution) = network.nodes[node].operation, let grid = snapped.integerGrid {
                let values = layer.scaledWeights(of: convolution)
                layer.weight = layer.weight.map { Self.snapped($0, values, outputs: convolution.outputs, grid) ?? $0 }
            }
            if case .integers = arithmetic(of: layer, node: node) { layers[node] = layer }
        }
    }

    /// Returns the network as it runs images of one step: with fixed bits, and snapped if this network is.
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

    /// The quantized layers of a snapped network that compute in float nevertheless, for images of one step at least, in execution
    /// order; none in a network that is not snapped.
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

    /// Returns the arithmetic of a quantized layer, or nil for a node that is no quantized convolution.
    ///
    /// Edge cases: the reason is `.adaptiveBits` where the bits depend on the image; `withFixedBits(imageStep:)` makes networks in
    /// which they do not.
    public func arithmetic(_ node: Int) -> LayerArithmetic? {
        guard let layer = layers[node], layer.isQuantized else { return nil }
        return arithmetic(of: layer, node: node)
    }

    private func arithmetic(of layer: LayerQuantization, node: Int) -> LayerArithmetic? {
        guard case .convolution(let convolution) = network.nodes[node].operation else { return nil }
        guard let activation = layer.activation else { return .float(.inputInFloat) }
        guard !layer.isAdaptive else { return .float(.adaptiveBits) }
        guard let weight = layer.weight else { return .float(.weightsInFloat) }
        // The snapped quantizers are asked, so that the reason is the same before and after snapping.
        guard let snapped = activation.snapped(), let grid = snapped.integerGrid else {
            return .float(.noGrid(quantizer: activation.name))
        }
        let values = layer.scaledWeights(of: convolution)
        guard let snappedWeight = Self.snapped(weight, values, outputs: convolution.outputs, grid),
            let whole = snappedWeight.integers(values)
        else { return .float(.asymmetricWeights) }
        let sum = whole.largestSum(outputs: convolution.outputs) * Double(grid.largestInteger)
        guard sum < ExactSums.limit else { return .float(.largeSums(sum)) }
        guard activation.integerGrid == grid, weight.parameters == snappedWeight.parameters else { return .float(.notSnapped) }
        let scales = (0..<convolution.outputs).map { grid.unit * whole.units[whole.units.count == 1 ? 0 : $0] }
        return .integers(
            IntegerForm(activation: activation, codes: whole.codes, scales: scales, inputScales: layer.inputScales))
    }

    /// Returns the nearest quantizer of weights whose codes are whole numbers and whose sums stay exact in single precision (below
    /// 2^24); nil where there is none.
    private static func snapped(
        _ weight: any WeightQuantizer, _ values: [Float], outputs: Int, _ grid: IntegerGrid
    ) -> (any WeightQuantizer)? {
        weight.snapped(
            values, outputs: outputs,
            largestSum: ExactSums.limit / Double(max(grid.largestInteger, 1)))
    }

    /// Returns what the float engine does in order to compute exactly what a layer in integers does.
    func override(simulating layer: IntegerForm) -> ConvolutionOverride {
        let integers = IntegerInput(quantizer: layer.activation)
        return ConvolutionOverride(
            input: layer.inputScales.map { ScaledInput(integers, $0) } ?? integers, weight: layer.codes.map(Float.init),
            scales: layer.scales,
            largestInput: Float(layer.activation.integerGrid?.largestInteger ?? 0))
    }
}
