import Networks
import Tensors

/// The layers' weights as the backward pass works with them.
extension TrainingExecutor {
    /// Returns how the loss changes along tensors like a layer's weights, as `GraphRunner.directionalDerivatives` does, but by
    /// output channel in the network's order.
    func derivatives(
        _ node: Int, _ convolution: Convolution, along directions: [[Float]], quantizers: [(any ElementwiseFunction)?],
        input: FeatureMap, outputGradient: FeatureMap
    ) throws(FloatEngineError) -> [[Double]] {
        let shuffle = plan.shuffles[node]
        var kept = directionWeights[node] ?? [:]
        var work: [Direction] = []
        for (index, direction) in directions.enumerated() {
            let stored = runner.stored(direction, convolution, shuffle: shuffle)
            if let substitute = substitutes[node]?.along(stored) {
                work.append(.rows(substitute))
                continue
            }
            if let known = kept[index] {
                known.replace(stored)
                work.append(.library(known))
                continue
            }
            let made = try LayerWeights(stored, bias: nil, node: runner.network.nodes[node].name)
            kept[index] = made
            work.append(.library(made))
        }
        directionWeights[node] = kept
        let sums = try runner.directionalDerivatives(
            node: node, directions: work, convolution: convolution, quantizers: quantizers, input: input,
            outputGradient: outputGradient)
        guard let shuffle else { return sums }
        let order = WeightLayout.shuffleOrder(outputs: convolution.outputs, factor: shuffle)
        return sums.map { stored in order.map { stored[$0] } }
    }

    /// Returns the weights that carry gradients from the layer's result back to its input, made when they are first needed.
    func turnedLayerWeights(_ node: Int, _ convolution: Convolution) throws(FloatEngineError) -> LayerWeights {
        if let known = turned[node] { return known }
        let made = try LayerWeights(turnedWeights(node, convolution), bias: nil, node: runner.network.nodes[node].name)
        turned[node] = made
        return made
    }

    /// Returns a layer's present weights with inputs and outputs exchanged and the kernel turned.
    func turnedWeights(_ node: Int, _ convolution: Convolution) -> [Float] {
        let stored = runner.stored(overrides[node]?.weight ?? convolution.weight.values, convolution, shuffle: plan.shuffles[node])
        return WeightLayout.transposed(
            stored, outputs: convolution.outputs, inputs: convolution.inputs, kernel: convolution.kernel)
    }
}
