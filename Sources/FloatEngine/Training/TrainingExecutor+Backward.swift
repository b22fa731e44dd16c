import Networks
import Tensors

extension TrainingExecutor {
    /// Runs the last `forward` backward and returns the gradients.
    /// - Parameters:
    ///   - outputGradient: the gradient of the loss for the output of the last `forward`, of its shape, channels last.
    ///   - directions: by node index, tensors like the layer's weights along which derivatives are wanted. Where there are any,
    ///     only they and what leads to them are computed.
    ///   - weights: layers with an override whose weights' and biases' gradients are wanted.
    ///   - contribute: for every one of the `features`, in backward order: adds the gradient of a loss on that feature to the given
    ///     memory (as many floats as the feature has).
    public func backward(
        outputGradient: Tensor, directions: [Int: [[Float]]], weights: Set<Int> = [],
        contribute: (Feature, UnsafeMutablePointer<Float>) -> Void
    ) throws(FloatEngineError) -> Gradients {
        let network = runner.network
        var result = Gradients()
        let work = try directionWork(directions)
        let gradients = GradientMaps(runner, needed: demand.needsGradient)
        let last = network.nodes.count - 1
        let seed = try gradients.acquire(pass.shapes[last], for: "output")
        outputGradient.values.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { seed.pointer.update(from: base, count: min(source.count, seed.shape.count)) }
        }
        gradients.set(seed, of: last)
        var masked: Set<Int> = []

        for step in plan.steps.reversed() where demand.needsGradient[step.node] {
            guard var gradient = gradients.take(step.output) else { continue }
            let node = network.nodes[step.node]
            guard case .convolution(let convolution) = node.operation else {
                if features.contains(step.node), let feature = feature(step.node) {
                    gradient = try gradients.own(gradient)
                    contribute(feature, gradient.pointer)
                }
                try backwardOperation(step, node.operation, gradient, gradients, isMasked: masked.contains(step.node))
                continue
            }
            if let other = step.adds { try gradients.share(gradient, with: other) }
            if step.relu, !masked.contains(step.output), let value = pass.values[step.output] {
                gradient = try gradients.own(gradient)
                maskInPlace(gradient, value)
            }
            let substitute = substitutes[step.node]?.inputGradient
            let wanted = work[step.node] ?? []
            // What computes in rows reads and writes through the shuffle; others take the map before it.
            var shuffled = step.shuffle
            if step.shuffle > 1,
                substitute == nil || features.contains(step.node) || weights.contains(step.node)
                    || !wanted.allSatisfy(\.isInRows)
            {
                gradient = try gather(gradient, node: step.node, factor: step.shuffle, gradients)
                shuffled = 1
            }
            if features.contains(step.node), let feature = feature(step.node) {
                gradient = try gradients.own(gradient)
                contribute(feature, gradient.pointer)
            }
            let input = step.inputs[0]
            let quantizers: [(any ElementwiseFunction)?] =
                if let map = pass.values[input] {
                    try runner.quantizers(overrides[step.node], variants: variants, input: map, node: step.node)
                } else { [] }
            let isQuantized = quantizers.contains { $0 != nil }
            if !wanted.isEmpty, let map = pass.values[input] {
                result.directions[step.node] = try derivatives(
                    step.node, convolution, along: wanted, quantizers: quantizers, input: map, outputGradient: gradient,
                    shuffled: shuffled)
            }
            if weights.contains(step.node), overrides[step.node] != nil, let map = pass.values[input] {
                let own = try runner.weightGradients(
                    node: step.node, convolution, quantizers: quantizers, shuffle: plan.shuffles[step.node], input: map,
                    outputGradient: gradient)
                result.weights[step.node] = own.weights
                if convolution.bias != nil { result.biases[step.node] = own.bias }
            }
            // Before the first quantized layer nothing is trained. That layer's own range is, unless only directions are asked for.
            if demand.needsGradient[input] || (isQuantized && directions.isEmpty) {
                let existing = try gradients.take(input).map { (map) throws(FloatEngineError) in try gradients.own(map) }
                let target = if let existing { existing } else { try gradients.acquire(pass.shapes[input], for: node.name) }
                let isRelu = existing == nil && comesFromRelu(input)
                if isRelu { masked.insert(input) }
                let sums = try runner.inputGradient(
                    node: step.node, weights: substitute == nil ? turnedLayerWeights(step.node, convolution) : nil,
                    substitute: substitute, convolution: convolution, quantizers: quantizers,
                    wantsParameters: directions.isEmpty, input: pass.values[input], isRelu: isRelu, outputGradient: gradient,
                    shuffled: shuffled, target: target, adds: existing != nil)
                gradients.set(target, of: input)
                if isQuantized, directions.isEmpty {
                    result.samples[step.node] = sums
                    result.quantizers[step.node] = Self.total(sums)
                }
            }
            gradients.release(gradient)
        }
        return result
    }

    /// Whether the gradient of a node's result can be masked as the one reader hands it on: the result is that of a ReLU, which
    /// nobody else reads or looks at, so that the next thing to happen to the gradient would be that.
    private func comesFromRelu(_ node: Int) -> Bool {
        guard plan.readers[node].count == 1, !features.contains(node), pass.values[node] != nil else { return false }
        if case .relu = runner.network.nodes[node].operation { return true }
        return false
    }

    /// Returns the sums over samples.
    private static func total(_ samples: [[Double]]) -> [Double] {
        samples.dropFirst().reduce(samples.first ?? []) { total, sample in zip(total, sample).map { $0 + $1 } }
    }
}
