import QuantizedNetworks
import Quantizers
import Tensors
import TestSupport
import Testing
import Training

/// The gradients of what makes a student's weights move.
@Suite struct StudentWeightTests {
    /// A network whose weights are quantized and whose inputs are not, so that losses are smooth in the weights.
    private static func weightsAlone(_ golden: Golden, bits: Int) throws -> QuantizedNetwork {
        var quantized = try golden.quantized("moved", quantizer: "minmax")
        try quantized.setBits(matching: "*", weights: bits, activations: LayerQuantization.floatBits)
        return quantized
    }

    private static func options(_ student: StudentWeights, features: Bool = true) -> FinetuningOptions {
        var options = FinetuningOptions(method: .srq)
        options.student = student
        options.sensitivity = features
        return options
    }

    private static func evaluate(
        _ golden: Golden, _ quantized: QuantizedNetwork, _ options: FinetuningOptions, _ groups: [ParameterGroup],
        progress: Double = 0
    ) throws -> (loss: Double, gradients: [TrainableParameter: [Double]]) {
        try Objective(quantized, options: options, target: .teacher(golden.network), pool: ThreadPool(threads: 2))
            .evaluate(TrainingBatch(images: golden.input, numbers: [0, 1]), quantized, groups: groups, progress: progress)
    }

    /// Compares some gradients of a group with finite differences of the loss.
    /// - Parameter step: returns the step for a parameter's number.
    private static func compare(
        _ golden: Golden, _ quantized: QuantizedNetwork, _ options: FinetuningOptions, _ group: ParameterGroup, every: Int,
        tolerance: Double, step: (TrainableParameter, Int) -> Float
    ) throws {
        let (_, gradients) = try evaluate(golden, quantized, options, [group])
        let scale = gradients.values.flatMap { $0 }.map(abs).max() ?? 0
        var compared = 0
        for parameter in quantized.parameters(of: group) {
            let gradient = try #require(gradients[parameter])
            let values = quantized[parameter]
            #expect(gradient.count == values.count)
            for index in stride(from: 0, to: values.count, by: every) {
                let step = step(parameter, index)
                guard step > 0 else { continue }
                func loss(_ change: Float) throws -> Double {
                    var moved = quantized
                    var changed = values
                    changed[index] += change
                    moved[parameter] = changed
                    return try evaluate(golden, moved, options, [.range]).loss
                }
                let numeric = try (loss(step) - loss(-step)) / Double(2 * step)
                #expect(
                    abs(numeric - gradient[index]) < tolerance * max(scale, abs(numeric)),
                    "\(golden.network.nodes[parameter.place.node ?? 0].name) \(index): \(numeric) \(gradient[index])")
                compared += 1
            }
        }
        #expect(compared > 5)
    }

    /// A latent weight that moves by a whole step moves its level by as much, which is what passing straight through takes it for.
    @Test(arguments: Golden.names) func latentWeightsHaveTheGradientOfTheirLevels(name: String) throws {
        let golden = try Golden(name)
        let quantized = try Self.weightsAlone(golden, bits: 8)
        try Self.compare(golden, quantized, Self.options(.free), .latent, every: 97, tolerance: 0.03) { parameter, index in
            guard let node = parameter.place.node, let weight = quantized.layers[node]?.weight as? SymmetricWeightQuantizer else {
                return 0
            }
            let value = quantized[parameter][index]
            let step = weight[0].step
            return abs(value) + step < weight.uppers[0] ? step : 0
        }
    }

    @Test func clippedLatentWeightsHaveNone() throws {
        let golden = try Golden("tiny_edsr")
        var quantized = try Self.weightsAlone(golden, bits: 4)
        for node in quantized.quantizedNodes { quantized.layers[node]?.weight?.parameters[0] *= 0.5 }
        let (_, gradients) = try Self.evaluate(golden, quantized, Self.options(.free), [.latent])
        var clipped = 0
        for parameter in quantized.parameters(of: .latent) {
            let upper = try #require(parameter.place.node.flatMap { quantized.layers[$0]?.weight?.bound })
            for (value, gradient) in zip(quantized[parameter], gradients[parameter] ?? []) where abs(value) > upper {
                #expect(gradient == 0)
                clipped += 1
            }
        }
        #expect(clipped > 10)
    }

    @Test(arguments: ["tiny_edsr", "tiny_rdn"]) func biasesHaveTheGradientsOfFiniteDifferences(name: String) throws {
        let golden = try Golden(name)
        try Self.compare(
            golden, Self.weightsAlone(golden, bits: 6), Self.options(.frozen), .biases, every: 3, tolerance: 0.02
        ) { _, _ in 0.004 }
    }

    @Test(arguments: Golden.names) func roundingsHaveTheGradientsOfFiniteDifferences(name: String) throws {
        let golden = try Golden(name)
        var quantized = try Self.weightsAlone(golden, bits: 4)
        quantized.beginRounding()
        try Self.compare(golden, quantized, Self.options(.rounding), .rounding, every: 83, tolerance: 0.03) { parameter, index in
            // Where h is clipped its slope jumps.
            abs(quantized[parameter][index]) < 2 ? 0.05 : 0
        }
    }

    @Test func theRangeOfLearnedRoundingsHasTheGradientOfFiniteDifferences() throws {
        let golden = try Golden("tiny_edsr")
        var quantized = try Self.weightsAlone(golden, bits: 4)
        quantized.beginRounding()
        try Self.compare(golden, quantized, Self.options(.rounding), .weights, every: 1, tolerance: 0.02) { parameter, index in
            0.002 * quantized[parameter][index]
        }
    }

    /// The regularizer takes part after 20 % of the run, and pushes harder as β falls.
    @Test func theRegularizerOfRoundingsBeginsAfterTheWarmUp() throws {
        #expect(RoundingParameters.exponent(progress: 0.19) == nil)
        #expect(RoundingParameters.exponent(progress: 0.2) == 20)
        #expect(abs((RoundingParameters.exponent(progress: 0.6) ?? 0) - 11) < 1e-9)
        #expect((RoundingParameters.exponent(progress: 0.9999) ?? 0) < 2.01)
        let golden = try Golden("tiny_edsr")
        var quantized = try Self.weightsAlone(golden, bits: 4)
        quantized.beginRounding()
        let options = Self.options(.rounding)
        let without = try Self.evaluate(golden, quantized, options, [.rounding], progress: 0.1).gradients
        let with = try Self.evaluate(golden, quantized, options, [.rounding], progress: 0.8).gradients
        let exponent = try #require(RoundingParameters.exponent(progress: 0.8))
        let parameters = quantized.parameters(of: .rounding)
        for parameter in parameters {
            for index in stride(from: 0, to: quantized[parameter].count, by: 41) where abs(quantized[parameter][index]) < 2 {
                let offset = quantized[parameter][index]
                let numeric =
                    (RoundingParameters.penalty(of: offset + 1e-2, exponent: exponent)
                        - RoundingParameters.penalty(of: offset - 1e-2, exponent: exponent)) / 2e-2
                let found = try #require(with[parameter]?[index]) - #require(without[parameter]?[index])
                #expect(abs(found - RoundingParameters.factor * numeric) < 0.02 * RoundingParameters.factor)
            }
        }
    }

    /// What is trained together has the gradients that each group has alone, although weight ranges then follow from the gradients
    /// of all weights.
    @Test(arguments: Golden.names) func jointGroupsHaveTheGradientsOfTheirParts(name: String) throws {
        let golden = try Golden(name)
        let quantized = try golden.quantized("moved", quantizer: "plq")
        let groups: [ParameterGroup] = [.weights, .range, .breakpoint, .latent, .biases]
        let options = Self.options(.free)
        let together = try Self.evaluate(golden, quantized, options, groups)
        for group in groups {
            let alone = try Self.evaluate(golden, quantized, options, [group])
            #expect(alone.loss == together.loss)
            let scale = alone.gradients.values.flatMap { $0 }.map(abs).max() ?? 0
            for parameter in quantized.parameters(of: group) {
                let (found, wanted) = (together.gradients[parameter] ?? [], alone.gradients[parameter] ?? [])
                #expect(found.count == quantized[parameter].count && wanted.count == found.count)
                for (a, b) in zip(found, wanted) { #expect(abs(a - b) <= 1e-4 * scale) }
            }
        }
    }

    /// The distance of feature maps in units of the teacher's, and its gradient.
    @Test func theLossOfBlocksIsARelativeDistance() throws {
        let teacher: [Float] = [3, 0, 4, 0, 1, 2, 2, 0]
        let student: [Float] = [3, 1, 4, 0, 1, 2, -1, 4]
        let loss = RelativeDistanceLoss(nodes: [5, 9], pool: ThreadPool(threads: 2))
        func evaluate(_ values: [Float]) -> (loss: Double, gradient: [Float]) {
            var gradient = [Float](repeating: 0, count: 8)
            let result = values.withUnsafeBufferPointer { values in
                loss.evaluate(
                    student: .init(
                        node: 5, shape: Shape(samples: 2, height: 1, width: 2, channels: 2), values: values.baseAddress!),
                    teacher: teacher, addingTo: &gradient)
            }
            return (result, gradient)
        }
        // One of two maps, two samples: (1/5 + 5/3) / 4.
        let (value, gradient) = evaluate(student)
        #expect(abs(value - (1.0 / 5 + 5.0 / 3) / 4) < 1e-6)
        for index in student.indices where index > 3 || index == 1 {
            var (above, below) = (student, student)
            above[index] += 0.01
            below[index] -= 0.01
            #expect(abs((evaluate(above).loss - evaluate(below).loss) / 0.02 - Double(gradient[index])) < 1e-4)
        }
        #expect(evaluate(teacher).gradient.allSatisfy { $0 == 0 } && evaluate(teacher).loss < 1e-6)
    }
}
