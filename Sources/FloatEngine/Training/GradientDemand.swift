import Networks

/// What a backward pass comes to, and what the forward pass has to keep for it.
struct GradientDemand {
    /// By node index: whether a gradient of the node's result is needed, since something that is trained lies before it.
    let needsGradient: [Bool]
    /// Nodes whose results are read while going backward or by whoever looks at features.
    let keeps: Set<Int>

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
        // A first layer's relu has no quantized layer before it, but the layer itself may be one.
        for step in plan.steps where step.relu && needsGradient[step.node] { keeps.insert(step.output) }
        (self.keeps, self.needsGradient) = (keeps, needsGradient)
    }
}
