import Networks

/// The part of a graph that a backward pass comes to, and the results that the forward pass has to keep for it.
struct GradientDemand {
    /// Whether a gradient of the node's result is needed, since something that is trained lies before it; by node index.
    let needsGradient: [Bool]
    /// The nodes whose results are read while going backward or by whoever looks at features.
    let keeps: Set<Int>

    /// Makes the demand of a training run.
    /// - Parameters:
    ///   - quantized: convolutions that something is trained in.
    ///   - features: nodes whose results are looked at.
    init(_ network: Network, _ plan: GraphPlan, quantized: Set<Int>, features: Set<Int>) {
        var keeps = features
        var needsGradient = [Bool](repeating: false, count: network.nodes.count)
        for step in plan.steps {
            let isQuantized = quantized.contains(step.node)
            let upstream = step.inputs.contains { needsGradient[$0] }
            needsGradient[step.node] = isQuantized || upstream
            needsGradient[step.output] = needsGradient[step.node]
            if isQuantized { keeps.insert(step.inputs[0]) }
            guard upstream else { continue }
            switch network.nodes[step.node].operation {
            case .relu, .tanh: keeps.insert(step.output)
            case .leakyRelu, .prelu: keeps.insert(step.inputs[0])
            default: break
            }
        }
        // A ReLU fused to a layer masks that layer's gradient, so its result is kept even where nothing before the layer is
        // trained.
        for step in plan.steps where step.relu && needsGradient[step.node] { keeps.insert(step.output) }
        (self.keeps, self.needsGradient) = (keeps, needsGradient)
    }
}
