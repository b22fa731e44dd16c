import Calibration
import FloatEngine
import Networks
import QuantizedNetworks
import Quantizers
import Tensors

/// A method's loss on a batch: the student against the teacher, with gradients for one parameter group.
///
/// L = L_sen + λ · L_rec, where either part can be off, plus what other methods add: AdaBM `BlockLoss` instead of L_sen,
/// and `BitLoss` while measures are trained.
package final class Objective {
    private let student: TrainingExecutor
    private let teacher: Teacher
    private let featureLosses: [any FeatureLoss]
    private let nodes: [Int]
    private let options: FinetuningOptions
    private let network: Network
    /// Layers whose activations are moved to integer grids before they are used.
    private let snapping: Set<Int>
    private let integers: IntegerArithmetic?
    /// By number of the image.
    private var knownMeasures: [Int: Double] = [:]

    package init(_ quantized: QuantizedNetwork, options: FinetuningOptions, pool: ThreadPool) throws(FinetuningError) {
        nodes = quantized.quantizedNodes
        network = quantized.network
        self.options = options
        featureLosses = try Self.featureLosses(quantized, options, pool)
        snapping = options.isSnapped ? try Self.snapping(quantized) : []
        let features = featureLosses.reduce(into: Set<Int>()) { $0.formUnion($1.nodes) }
        do {
            student = try TrainingExecutor(network: network, pool: pool, overrides: quantized.overrides, features: features)
            teacher = try Teacher(network: network, pool: pool, features: features)
        } catch { throw .engine(error) }
        integers = options.integers ? IntegerArithmetic(network: network, student: student, pool: pool) : nil
        for node in nodes {
            if let layer = quantized.layers[node], layer.isAdaptive || snapping.contains(node) { setQuantizer(node, layer) }
        }
    }

    /// The layers that freezing would snap so that they compute in integers.
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

    private static func featureLosses(
        _ quantized: QuantizedNetwork, _ options: FinetuningOptions, _ pool: ThreadPool
    ) throws(FinetuningError) -> [any FeatureLoss] {
        var losses: [any FeatureLoss] = []
        let blocks = Set(quantized.network.residualBlocks)
        if options.sensitivity, options.method == .adabm {
            losses.append(BlockLoss(nodes: blocks, pool: pool))
        } else if options.sensitivity {
            let nodes = quantized.quantizedNodes
            let weights = Sensitivity.weights(
                deviations: nodes.map { quantized.layers[$0]?.deviation ?? 0 }, temperature: Double(options.temperature))
            // At the paper's temperature one layer has nearly all the weight (facts 3.3). What stays below 1e-9 cannot move a float.
            var sensitivities: [Int: Double] = [:]
            for (node, weight) in zip(nodes, weights) where weight > 1e-9 { sensitivities[node] = weight / Double(weights.count) }
            losses.append(SensitivityLoss(weights: sensitivities, pool: pool))
        }
        if options.attention > 0 {
            guard !blocks.isEmpty else { throw .option("attention: the network has no residual blocks") }
            losses.append(AttentionLoss(nodes: blocks, weight: Double(options.attention), pool: pool))
        }
        return losses
    }

    private func setQuantizer(_ node: Int, _ layer: LayerQuantization) {
        guard let activation = layer.activation(imageStep: 0) else { return }
        guard snapping.contains(node) else {
            return student.setQuantizer(layer.trainable(activation), variants: layer.variants.map(layer.trainable), node: node)
        }
        // A range too narrow for a grid stays where it is, in float.
        var snapped = layer
        snapped.activation = activation.snapped() ?? activation
        if let activation = snapped.activation { student.setQuantizer(activation, node: node) }
        integers?.change(node, snapped)
    }

    /// Takes over a layer's parameters after they changed.
    package func update(_ node: Int, _ layer: LayerQuantization, group: ParameterGroup) {
        switch group {
        case .weights:
            guard case .convolution(let convolution) = network.nodes[node].operation, let weight = layer.weight else { return }
            if integers != nil, snapping.contains(node) { return setQuantizer(node, layer) }
            student.setWeights(weight.apply(convolution.weight.values), node: node)
        case .range, .breakpoint, .measures: setQuantizer(node, layer)
        }
    }

    /// - Parameters:
    ///   - images: `[samples, height, width, 3]`.
    ///   - numbers: which images these are; the same number must always come with the same image.
    /// - Returns: the loss, and by node the gradients of the group's parameters; those of the image thresholds for node 0.
    package func evaluate(
        _ images: Tensor, numbers: [Int], _ quantized: QuantizedNetwork, group: ParameterGroup
    ) throws(FinetuningError) -> (loss: Double, gradients: [Int: [Double]]) {
        var loss = 0.0
        let gradients: TrainingExecutor.Gradients
        let measures = measures(images, numbers, quantized)
        let steps = measures.compactMap { quantized.imageThresholds?.step(for: $0) }
        integers?.update()
        do {
            let target = try teacher.target(images, numbers: numbers)
            let output = try student.forward(images, variants: quantized.variants(imageSteps: steps))
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

        if group == .measures {
            let bits = options.method == .adabm ? BitLoss.evaluate(quantized, imageSteps: steps) : (loss: 0, gradient: 0)
            return (
                loss + bits.loss,
                MeasureGradients.evaluate(quantized, samples: gradients.samples, measures: measures, ofBits: bits.gradient)
            )
        }
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
            case .measures: break
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

    // MARK: - AdaBM

    /// Empty where the bits do not depend on the image.
    private func measures(_ images: Tensor, _ numbers: [Int], _ quantized: QuantizedNetwork) -> [Double] {
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

    /// AdaBM's bit-aware clipping: every range below 8 bits is fitted to what its layer reads of this batch, at the layer's bits
    /// whatever the image, from the first layer to the last with those before it clipped already.
    package func clip(_ quantized: inout QuantizedNetwork, _ images: Tensor, numbers: [Int]) throws(FinetuningError) {
        var clipped = quantized
        var failure: FinetuningError?
        let steps = measures(images, numbers, quantized).compactMap { quantized.imageThresholds?.step(for: $0) }
        do {
            _ = try student.forward(images, variants: quantized.variants(imageSteps: steps)) { [self] node, input in
                guard var layer = clipped.layers[node], layer.hasLowBits, let quantizer = layer.activation(imageStep: 0) else {
                    return
                }
                do throws(QuantizerError) {
                    layer.activation?.parameters = BitAwareClipping.parameters(of: quantizer, input: try Histogram(of: input))
                } catch {
                    failure = failure ?? .layer(name: network.nodes[node].name, error)
                }
                clipped.layers[node] = layer
                setQuantizer(node, layer)
            }
        } catch { throw .engine(error) }
        if let failure { throw failure }
        quantized = clipped
    }
}
