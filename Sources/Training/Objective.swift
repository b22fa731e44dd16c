import FloatEngine
import Networks
import QuantizedNetworks
import Tensors

/// A method's loss on a batch: the student against the teacher, with gradients for some parameter groups.
///
/// Which losses these are is the method's business. Used by one thread at a time; the work inside is shared out.
package final class Objective {
    /// The quantized network as it is trained.
    let student: TrainingExecutor
    /// The student's graph; its numbers are those at the start.
    let network: Network
    /// The outputs and features that the student is compared with.
    private let targets: Targets
    /// The terms of the loss.
    private let losses: Losses
    /// The layers whose activations are moved to integer grids before they are used.
    private let snapping: Set<Int>
    /// The convolutions in whole numbers; nil where training is in float.
    private let integers: IntegerArithmetic?
    /// The share of activations that keep their number instead of its level while training (`DroppedQuantizer`).
    private let drop: Float
    private let pool: ThreadPool
    /// The measures of the images seen so far, by number of the image.
    private var knownMeasures: [Int: Double] = [:]

    /// Makes the loss of a run.
    /// - Throws: `.option` for snapping where no layer can be snapped, and for losses that network or target do not allow;
    ///   `.engine`.
    package init(
        _ quantized: QuantizedNetwork, options: FinetuningOptions, target: TrainingTarget = .teacher, pool: ThreadPool
    ) throws(FinetuningError) {
        network = quantized.network
        self.pool = pool
        losses = try options.actualMethod.losses(
            RunDescription(quantized: quantized, options: options, target: target, pool: pool))
        snapping = options.isSnapped ? try Self.snapping(quantized) : []
        let features = losses.features.reduce(into: Set<Int>()) { $0.formUnion($1.nodes) }
        do {
            student = try TrainingExecutor(
                network: network, pool: pool, overrides: quantized.overrides, features: features, rounds: true)
        } catch { throw .engine(error) }
        targets = try Targets(target, network: network, pool: pool, features: features)
        integers = options.integers ? IntegerArithmetic(student: student, pool: pool) : nil
        drop = options.drop
        for node in quantized.quantizedNodes {
            guard let layer = quantized.layers[node], layer.isAdaptive || snapping.contains(node) else { continue }
            setQuantizer(node, layer)
            changeIntegers(node, quantized)
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
        guard let (quantizer, variants) = quantizers(node, layer) else { return }
        student.setQuantizer(layer.scaling(quantizer), variants: variants.map(layer.scaling), node: node)
    }

    /// Returns what the student applies to a layer's input after its scales, and for images of each step where bits depend on the
    /// image; nil where the input stays in float.
    private func quantizers(
        _ node: Int, _ layer: LayerQuantization
    ) -> (quantizer: any ElementwiseFunction, variants: [any ElementwiseFunction])? {
        guard let activation = layer.activation(imageStep: 0) else { return nil }
        // A range too narrow for a grid stays where it is, in float.
        if snapping.contains(node) { return (activation.snapped() ?? activation, []) }
        return (layer.trainable(activation), layer.variants.map(layer.trainable))
    }

    /// Tells the convolutions in whole numbers about a layer's new parameters.
    private func changeIntegers(_ node: Int, _ quantized: QuantizedNetwork) {
        guard let integers, snapping.contains(node), var layer = quantized.layers[node], let activation = layer.activation,
            let convolution = quantized.convolution(node)
        else { return }
        layer.activation = activation.snapped() ?? activation
        integers.change(node, layer, convolution)
    }

    /// Takes over a layer's parameters of these groups after they changed: from the student's own network and its quantizers.
    package func update(_ node: Int, _ quantized: QuantizedNetwork, group: ParameterGroup) {
        update(node, quantized, parts: Set(group.parts.map(\.source.studentPart)))
    }

    /// Takes over these parts of a layer after they changed.
    func update(_ node: Int, _ quantized: QuantizedNetwork, parts: Set<StudentPart>) {
        guard let layer = quantized.layers[node], let convolution = quantized.convolution(node) else { return }
        if parts.contains(.quantizer) { setQuantizer(node, layer) }
        if parts.contains(.bias), let bias = convolution.bias { student.setBias(bias, node: node) }
        if integers != nil, snapping.contains(node) {
            changeIntegers(node, quantized)
        } else if parts.contains(.weights), layer.weight != nil, let weights = layer.effectiveWeights(of: convolution) {
            student.setWeights(weights, node: node)
        }
    }

    /// Runs a batch of whole images forwards and backwards.
    /// - Parameters:
    ///   - images: `[samples, height, width, 3]`.
    ///   - numbers: which images these are; the same number must always come with the same image.
    ///   - quantized: the student's parameters, as the last `update` told them.
    ///   - group: the group whose gradients are wanted, no joint one.
    /// - Returns: the loss, and by place the gradients of the group's parameters.
    package func evaluate(
        _ images: Tensor, numbers: [Int], _ quantized: QuantizedNetwork, group: ParameterGroup
    ) throws(FinetuningError) -> (loss: Double, gradients: [ParameterPlace: [Double]]) {
        let (loss, gradients) = try evaluate(TrainingBatch(images: images, numbers: numbers), quantized, groups: [group])
        return (loss, Dictionary(uniqueKeysWithValues: gradients.map { ($0.key.place, $0.value) }))
    }

    /// Runs a batch forwards and backwards.
    /// - Parameters:
    ///   - quantized: the student's parameters, as the last `update` told them.
    ///   - groups: the groups whose gradients are wanted.
    ///   - progress: the share of the run's steps that came before, 0 ..< 1.
    /// - Returns: the loss, and the gradients of the groups' parameters.
    package func evaluate(
        _ batch: TrainingBatch, _ quantized: QuantizedNetwork, groups: [ParameterGroup], progress: Double = 0
    ) throws(FinetuningError) -> (loss: Double, gradients: [TrainableParameter: [Double]]) {
        var loss = 0.0
        let gradients: TrainingExecutor.Gradients
        let images = batch.images
        let measures = measures(batch, quantized)
        let steps = measures.compactMap { quantized.imageThresholds?.step(for: $0) }
        integers?.update()
        if drop > 0 { dropActivations(quantized, seed: batch.seed) }
        do {
            let target = try targets.batch(batch)
            let output = try student.forward(images, variants: quantized.variants(imageSteps: steps))
            let outputGradient = outputGradient(output, target.output, addingTo: &loss)
            let request = GradientRequest(of: groups, quantized, pool: pool)
            gradients = try student.backward(
                outputGradient: outputGradient, directions: request.directions, weights: request.weights
            ) { feature, gradient in
                guard let expected = target.features[feature.node] else { return }
                for term in losses.features where term.nodes.contains(feature.node) {
                    loss += term.evaluate(student: feature, teacher: expected, addingTo: gradient)
                }
            }
        } catch { throw .engine(error) }
        var wanted: [TrainableParameter: [Double]] = [:]
        for group in groups {
            let bits = losses.ofBits[group]?(quantized, steps) ?? (loss: 0, gradient: 0)
            loss += bits.loss
            let pass = BackwardPass(
                gradients: gradients, measures: measures, priceOfBits: bits.gradient, progress: progress)
            for (place, gradient) in group.source.gradients(in: quantized, after: pass) {
                wanted[TrainableParameter(group, place)] = gradient
            }
        }
        return (loss, wanted)
    }

    /// Makes the student leave some activations as they are in the next step.
    private func dropActivations(_ quantized: QuantizedNetwork, seed: UInt64) {
        for node in quantized.quantizedNodes {
            guard let layer = quantized.layers[node], let (quantizer, variants) = quantizers(node, layer) else { continue }
            func dropping(_ function: any ElementwiseFunction) -> any ElementwiseFunction {
                layer.scaling(DroppedQuantizer(function, share: drop, seed: seed, node: node))
            }
            student.setQuantizer(dropping(quantizer), variants: variants.map(dropping), node: node)
        }
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
    func measures(_ batch: TrainingBatch, _ quantized: QuantizedNetwork) -> [Double] {
        let (images, numbers) = (batch.images, batch.numbers)
        guard quantized.imageThresholds != nil, !numbers.isEmpty else { return [] }
        let size = images.values.count / numbers.count
        var dimensions = images.dimensions
        dimensions[0] = 1
        return numbers.enumerated().map { sample, number in
            if batch.isWhole, let known = knownMeasures[number] { return known }
            let values = Array(images.values[sample * size..<(sample + 1) * size])
            let measure = ImageMeasure.measure(Tensor(dimensions: dimensions, values: values))
            if batch.isWhole { knownMeasures[number] = measure }
            return measure
        }
    }
}
