import Calibration
import FloatEngine
import Networks
import Tensors

/// Eq. (7) on a batch: the student against the teacher, with gradients for one parameter group.
///
/// L = L_sen + λ · L_rec, where either part can be off, plus what other methods add.
package final class Objective {
    private let student: TrainingExecutor
    private let teacher: Teacher
    private let featureLosses: [any FeatureLoss]
    private let nodes: [Int]
    private let options: FinetuningOptions
    private let network: Network

    package init(_ quantized: QuantizedNetwork, options: FinetuningOptions, pool: ThreadPool) throws(FinetuningError) {
        nodes = quantized.quantizedNodes
        network = quantized.network
        self.options = options
        let weights = Sensitivity.weights(
            deviations: quantized.quantizedNodes.map { quantized.layers[$0]?.deviation ?? 0 },
            temperature: Double(options.temperature))
        // At the paper's temperature one layer has nearly all the weight (facts 3.3). What stays below 1e-9 cannot move a float.
        var sensitivities: [Int: Double] = [:]
        for (node, weight) in zip(quantized.quantizedNodes, weights) where options.sensitivity && weight > 1e-9 {
            sensitivities[node] = weight / Double(weights.count)
        }
        var losses: [any FeatureLoss] = []
        if options.sensitivity { losses.append(SensitivityLoss(weights: sensitivities, pool: pool)) }
        if options.attention > 0 {
            let blocks = Set(network.residualBlocks)
            guard !blocks.isEmpty else { throw .option("attention: the network has no residual blocks") }
            losses.append(AttentionLoss(nodes: blocks, weight: Double(options.attention), pool: pool))
        }
        featureLosses = losses
        let features = losses.reduce(into: Set<Int>()) { $0.formUnion($1.nodes) }
        do {
            student = try TrainingExecutor(network: network, pool: pool, overrides: quantized.overrides, features: features)
            teacher = try Teacher(network: network, pool: pool, features: features)
        } catch { throw .engine(error) }
    }

    /// Takes over a layer's parameters after they changed.
    package func update(_ node: Int, _ layer: LayerQuantization, group: ParameterGroup) {
        switch group {
        case .weights:
            guard case .convolution(let convolution) = network.nodes[node].operation, let weight = layer.weight else { return }
            student.setWeights(weight.apply(convolution.weight.values), node: node)
        case .range, .breakpoint:
            guard let activation = layer.activation else { return }
            student.setQuantizer(activation, node: node)
        }
    }

    /// - Parameters:
    ///   - images: `[samples, height, width, 3]`.
    ///   - numbers: which images these are; the same number must always come with the same image.
    /// - Returns: the loss, and by node the gradients of the group's parameters.
    package func evaluate(
        _ images: Tensor, numbers: [Int], _ quantized: QuantizedNetwork, group: ParameterGroup
    ) throws(FinetuningError) -> (loss: Double, gradients: [Int: [Double]]) {
        var loss = 0.0
        let gradients: TrainingExecutor.Gradients
        do {
            let target = try teacher.target(images, numbers: numbers)
            let output = try student.forward(images)
            let reconstruction = ReconstructionLoss.evaluate(
                output: output, teacher: target.output, weight: options.reconstruction ? Double(options.lambda) : 0)
            loss = reconstruction.loss
            gradients = try student.backward(outputGradient: reconstruction.gradient, directions: directions(quantized, group)) {
                feature, gradient in
                guard let expected = target.features[feature.node] else { return }
                for term in featureLosses where term.nodes.contains(feature.node) {
                    loss += term.evaluate(student: feature, teacher: expected, addingTo: gradient)
                }
            }
        } catch { throw .engine(error) }

        var result: [Int: [Double]] = [:]
        for node in nodes {
            guard let layer = quantized.layers[node] else { continue }
            switch group {
            case .weights:
                guard let weight = layer.weight, let sums = gradients.directions[node] else { continue }
                result[node] = weight.gradient(sums: sums)
            case .range, .breakpoint:
                guard let all = gradients.quantizers[node] else { continue }
                result[node] = layer.indices(of: group).map { all[$0] }
            }
        }
        return (loss, result)
    }

    /// Where the weights go when a range does.
    private func directions(_ quantized: QuantizedNetwork, _ group: ParameterGroup) -> [Int: [[Float]]] {
        guard group == .weights else { return [:] }
        var directions: [Int: [[Float]]] = [:]
        for node in nodes {
            guard case .convolution(let convolution) = network.nodes[node].operation, let weight = quantized.layers[node]?.weight
            else { continue }
            directions[node] = weight.directions(convolution.weight.values)
        }
        return directions
    }
}
