import FloatEngine
import Networks
import QuantizedNetworks
import Tensors

/// A method's loss on a batch: the student against the teacher, with gradients for one parameter group.
///
/// Which losses these are is the method's business. Used by one thread at a time; the work inside is shared out.
package final class Objective {
    /// The quantized network as it is trained.
    let student: TrainingExecutor
    /// The float network that the student was quantized from.
    let network: Network
    /// The outputs and features that the student is compared with.
    private let targets: Targets
    /// The terms of the loss.
    private let losses: Losses
    /// The layers whose activations are moved to integer grids before they are used.
    private let snapping: Set<Int>
    /// The convolutions in whole numbers; nil where training is in float.
    private let integers: IntegerArithmetic?
    /// The measures of the images seen so far, by number of the image.
    private var knownMeasures: [Int: Double] = [:]

    /// Makes the loss of a run.
    /// - Throws: `.option` for snapping where no layer can be snapped, and for losses that network or target do not allow;
    ///   `.engine`.
    package init(
        _ quantized: QuantizedNetwork, options: FinetuningOptions, target: TrainingTarget = .teacher, pool: ThreadPool
    ) throws(FinetuningError) {
        network = quantized.network
        losses = try options.actualMethod.losses(
            RunDescription(quantized: quantized, options: options, target: target, pool: pool))
        snapping = options.isSnapped ? try Self.snapping(quantized) : []
        let features = losses.features.reduce(into: Set<Int>()) { $0.formUnion($1.nodes) }
        do {
            student = try TrainingExecutor(network: network, pool: pool, overrides: quantized.overrides, features: features)
        } catch { throw .engine(error) }
        targets = try Targets(target, network: network, pool: pool, features: features)
        integers = options.integers ? IntegerArithmetic(network: network, student: student, pool: pool) : nil
        for node in quantized.quantizedNodes {
            if let layer = quantized.layers[node], layer.isAdaptive || snapping.contains(node) { setQuantizer(node, layer) }
        }
    }

    /// Returns the layers that freezing would snap so that they compute in integers.
    /// - Throws: `.option` where there is none, or where bits depend on the image.
    private static func snapping(_ quantized: QuantizedNetwork) throws(FinetuningError) -> Set<Int> {
        let snapped = quantized.snapped()
        let nodes = quantized.quantizedNodes.filter { node in
            if case .integers? = snapped.arithmetic(node) { true } else { false }
        }
        guard !quantized.mapsBits, !nodes.isEmpty else {
            throw .option("snapping: no layer's activations can lie on an integer grid")
        }
        return Set(nodes)
    }

    /// Gives the student a layer's quantizer of activations, on an integer grid where the run asks for that.
    func setQuantizer(_ node: Int, _ layer: LayerQuantization) {
        guard let activation = layer.activation(imageStep: 0) else { return }
        guard snapping.contains(node) else {
            return student.setQuantizer(
                layer.scaling(layer.trainable(activation)), variants: layer.variants.map { layer.scaling(layer.trainable($0)) },
                node: node)
        }
        // A range too narrow for a grid stays where it is, in float.
        var snapped = layer
        snapped.activation = activation.snapped() ?? activation
        if let activation = snapped.activation { student.setQuantizer(layer.scaling(activation), node: node) }
        integers?.change(node, snapped)
    }

    /// Takes over a layer's parameters after they changed: from the student's own network and its quantizers.
    package func update(_ node: Int, _ quantized: QuantizedNetwork, group: ParameterGroup) {
        guard let layer = quantized.layers[node] else { return }
        switch group.source.studentPart {
        case .weights:
            guard case .convolution(let convolution) = quantized.network.nodes[node].operation, layer.weight != nil,
                let weights = layer.effectiveWeights(of: convolution)
            else { return }
            if integers != nil, snapping.contains(node) { return setQuantizer(node, layer) }
            student.setWeights(weights, node: node)
        case .quantizer: setQuantizer(node, layer)
        }
    }

    /// Runs a batch forwards and backwards.
    /// - Parameters:
    ///   - images: `[samples, height, width, 3]`.
    ///   - numbers: which images these are; the same number must always come with the same image.
    ///   - quantized: the student's parameters, as the last `update` told them.
    ///   - group: the group whose gradients are wanted.
    /// - Returns: the loss, and by place the gradients of the group's parameters.
    package func evaluate(
        _ images: Tensor, numbers: [Int], _ quantized: QuantizedNetwork, group: ParameterGroup
    ) throws(FinetuningError) -> (loss: Double, gradients: [ParameterPlace: [Double]]) {
        var loss = 0.0
        let gradients: TrainingExecutor.Gradients
        let measures = measures(images, numbers, quantized)
        let steps = measures.compactMap { quantized.imageThresholds?.step(for: $0) }
        integers?.update()
        do {
            let target = try targets.batch(images, numbers: numbers)
            let output = try student.forward(images, variants: quantized.variants(imageSteps: steps))
            let outputGradient = outputGradient(output, target.output, addingTo: &loss)
            let request = group.source.request(for: quantized)
            gradients = try student.backward(
                outputGradient: outputGradient, directions: request.directions, weights: request.weights
            ) { feature, gradient in
                guard let expected = target.features[feature.node] else { return }
                for term in losses.features where term.nodes.contains(feature.node) {
                    loss += term.evaluate(student: feature, teacher: expected, addingTo: gradient)
                }
            }
        } catch { throw .engine(error) }
        let bits = losses.ofBits[group]?(quantized, steps) ?? (loss: 0, gradient: 0)
        let pass = BackwardPass(gradients: gradients, measures: measures, priceOfBits: bits.gradient)
        return (loss + bits.loss, group.source.gradients(in: quantized, after: pass))
    }

    /// Returns the gradient of the losses on the output for the student's output, and adds these losses to `loss`.
    private func outputGradient(_ output: TrainingExecutor.Feature, _ target: [Float], addingTo loss: inout Double) -> Tensor {
        var gradient = Tensor(zeros: output.shape.dimensions)
        gradient.values.withUnsafeMutableBufferPointer { gradient in
            target.withUnsafeBufferPointer { target in
                guard let gradient = gradient.baseAddress, let target = target.baseAddress else { return }
                for term in losses.output { loss += term.evaluate(student: output, target: target, addingTo: gradient) }
            }
        }
        return gradient
    }

    /// Returns the measure of every image; none where the bits do not depend on the image.
    func measures(_ images: Tensor, _ numbers: [Int], _ quantized: QuantizedNetwork) -> [Double] {
        guard quantized.imageThresholds != nil, !numbers.isEmpty else { return [] }
        let size = images.values.count / numbers.count
        var dimensions = images.dimensions
        dimensions[0] = 1
        return numbers.enumerated().map { sample, number in
            if let known = knownMeasures[number] { return known }
            let values = Array(images.values[sample * size..<(sample + 1) * size])
            let measure = ImageMeasure.measure(Tensor(dimensions: dimensions, values: values))
            knownMeasures[number] = measure
            return measure
        }
    }
}
