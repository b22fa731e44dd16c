import Networks
import Tensors

/// The layers' weights as the backward pass works with them.
extension TrainingExecutor {
    /// Returns the directions along which derivatives are wanted in the forms that compute them, by node index. Packing one costs
    /// about as much as a layer of a small patch, so they are shared out.
    func directionWork(_ directions: [Int: [[Float]]]) throws(FloatEngineError) -> [Int: [Direction]] {
        var places: [(node: Int, index: Int, convolution: Convolution, direction: [Float])] = []
        for (node, wanted) in directions.sorted(by: { $0.key < $1.key }) {
            guard case .convolution(let convolution) = runner.network.nodes[node].operation else { continue }
            for (index, direction) in wanted.enumerated() { places.append((node, index, convolution, direction)) }
        }
        let made = Guarded<[Int: (stored: [Float], rows: (any RowsConvolution)?)]>([:])
        let (substitutes, shuffles) = (substitutes, plan.shuffles)
        runner.pool.run(pieces: places.count) { piece, _ in
            let place = places[piece]
            let stored = WeightLayout.stored(place.direction, outputs: place.convolution.outputs, shuffle: shuffles[place.node])
            let rows = substitutes[place.node]?.along(stored)
            made.withLock { $0[piece] = (stored, rows) }
        }
        var result: [Int: [Direction]] = [:]
        for (piece, place) in places.enumerated() {
            guard let (stored, rows) = made.withLock({ $0[piece] }) else { continue }
            let direction: Direction =
                if let rows { .rows(rows) } else { .library(try directionWeights(place.node, place.index, stored)) }
            result[place.node, default: []].append(direction)
        }
        let packed = result.values.joined().compactMap { if case .library(let weights) = $0 { weights } else { nil } }
        runner.pool.run(pieces: packed.count) { piece, _ in packed[piece].repack() }
        return result
    }

    /// Returns the weights of a direction for oneDNN, in the memory that its last ones had.
    private func directionWeights(_ node: Int, _ index: Int, _ stored: [Float]) throws(FloatEngineError) -> LayerWeights {
        if let known = directionWeights[node]?[index] {
            known.replace(stored)
            return known
        }
        let made = try LayerWeights(stored, bias: nil, node: runner.network.nodes[node].name)
        directionWeights[node, default: [:]][index] = made
        return made
    }

    /// Returns how the loss changes along tensors like a layer's weights, as `GraphRunner.directionalDerivatives` does, but by
    /// output channel in the network's order.
    func derivatives(
        _ node: Int, _ convolution: Convolution, along directions: [Direction], quantizers: [(any ElementwiseFunction)?],
        input: FeatureMap, outputGradient: FeatureMap, shuffled: Int
    ) throws(FloatEngineError) -> [[Double]] {
        let shuffle = plan.shuffles[node]
        let sums = try runner.directionalDerivatives(
            node: node, directions: directions, convolution: convolution, quantizers: quantizers, input: input,
            outputGradient: outputGradient, shuffled: shuffled)
        guard let shuffle else { return sums }
        let order = WeightLayout.shuffleOrder(outputs: convolution.outputs, factor: shuffle)
        return sums.map { stored in order.map { stored[$0] } }
    }

    /// Returns the weights that carry gradients from the layer's result back to its input, made when they are first needed.
    func turnedLayerWeights(_ node: Int, _ convolution: Convolution) throws(FloatEngineError) -> LayerWeights {
        if let known = turned[node] {
            // Without a `forward` in between, nothing has been packed yet.
            if replaced[node] != nil { known.replace(turnedWeights(node, convolution)) }
            return known
        }
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
