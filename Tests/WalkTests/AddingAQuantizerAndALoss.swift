import Calibration
import FloatEngine
import Networks
import QuantizedNetworks
import Quantizers
import Tensors
import Testing
import TestSupport
import Training

// This walk adds an activation quantizer with two learned parameters and a loss, and finetunes with both. No file of the
// library changes: what is added is passed in lists that are values. To make it part of the library, move the types into files
// of their own (`Quantizers/Activations`, `Training/Losses`, `Training/Methods`) and name them in `QuantizerRegistry.standard`
// and `FinetuningMethods.standard`.

// MARK: - Step 1: the quantizer

/// Levels that lie evenly on both sides of a centre. What is learned is where the centre is and how far the levels reach.
struct CentredQuantizer: ActivationQuantizer {
    static let parameterNames = ["centre", "reach"]
    static let supportedBits = UniformQuantizer.supportedBits

    let name = "centred"
    /// The uniform quantizer whose levels lie between the same two ends. It has the kernels, and it knows which ranges are legal.
    private var uniform: UniformQuantizer

    init(bits: Int, centre: Float, reach: Float) throws(QuantizerError) {
        uniform = try UniformQuantizer(bits: bits, lower: centre - reach, upper: centre + reach)
    }

    var bits: Int { uniform.bits }
    var levels: [Float] { uniform.levels }

    var parameters: [Float] {
        get { [(uniform.lower + uniform.upper) / 2, (uniform.upper - uniform.lower) / 2] }
        // A step that training got wrong must not break the quantizer: the uniform one puts what is not legal right.
        set { uniform.parameters = [newValue[0] - newValue[1], newValue[0] + newValue[1]] }
    }

    func withBits(_ bits: Int) throws(QuantizerError) -> Self {
        try Self(bits: bits, centre: parameters[0], reach: parameters[1])
    }

    func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        uniform.apply(x, into: y, count: count)
    }

    /// Both ends move with the centre; with the reach they move apart.
    func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) {
        var ends = [0.0, 0.0]
        uniform.differentiate(
            x, outputGradient: outputGradient, into: inputGradient, parameterGradients: &ends, count: count)
        parameterGradients[0] += ends[0] + ends[1]
        parameterGradients[1] += ends[1] - ends[0]
    }
}

extension CentredQuantizer {
    /// What the registry has to know: how the quantizer is made from saved parameters and from what calibration has seen.
    static let kind = QuantizerKind(
        name: "centred", supportedBits: supportedBits, parameterNames: parameterNames,
        make: { (bits, parameters) throws(QuantizerError) in
            try CentredQuantizer(bits: bits, centre: parameters[0], reach: parameters[1])
        },
        fit: { (seen, bits, _) throws(QuantizerError) in
            try CentredQuantizer(bits: bits, centre: (seen.lower + seen.upper) / 2, reach: (seen.upper - seen.lower) / 2)
        })
}

// MARK: - Step 2: the group, so that a cycle can train the two parameters

extension ParameterGroup {
    static let placement = ParameterGroup("placement", ActivationParameters(names: ["centre", "reach"]))
}

// MARK: - Step 3: the loss

/// The mean squared difference to the target, on a 0…1 scale.
struct SquaredErrorLoss: OutputLoss {
    func evaluate(
        student: TrainingExecutor.Feature, target: UnsafePointer<Float>, addingTo gradient: UnsafeMutablePointer<Float>
    ) -> Double {
        let count = student.shape.count
        let scale = 1 / (255 * 255 * Double(count))
        var sum = 0.0
        for i in 0..<count {
            let difference = Double(student.values[i] - target[i])
            sum += difference * difference
            gradient[i] += Float(2 * scale * difference)
        }
        return scale * sum
    }
}

// MARK: - Step 4: the method, which says what is trained with which losses

extension FinetuningMethod {
    static let placed = FinetuningMethod(
        name: "placed", groups: [.weights, .placement],
        defaults: { options in
            options.cycle = [.placement, .weights]
            options.learningRates = [.placement: 0.02, .weights: 0.001]
            options.relative = true
        },
        losses: { _ in Losses(output: [SquaredErrorLoss()]) })
}

// MARK: - Step 5: using it

@Suite struct AddingAQuantizerAndALoss {
    private let pool = ThreadPool(threads: 2)

    private func network() throws -> Network {
        try Network.recognise(tensors: SeededNetworks.edsr(channels: 8, blocks: 2, scale: 2, seed: 3), file: "walk")
    }

    private func images() -> [Tensor] {
        var generator = SplitMix64(state: 5)
        return (0..<4).map { _ in
            Tensor(dimensions: [1, 12, 12, 3], values: (0..<432).map { _ in Float(generator.next() % 256) })
        }
    }

    private func calibrated() throws -> QuantizedNetwork {
        var recipe = Recipe()
        recipe.quantizers = QuantizerRegistry(kinds: QuantizerRegistry.standard.kinds + [CentredQuantizer.kind])
        recipe.quantizer = "centred"
        recipe.weights = 6
        return try Calibrator(network: network(), recipe: recipe, pool: pool).calibrate(images: images()) { _ in true }
    }

    @Test func everyLayerGetsTheNewQuantizer() throws {
        let quantized = try calibrated()
        #expect(quantized.quantizedNodes.count == quantized.network.layers.count)
        for node in quantized.quantizedNodes { #expect(quantized.layers[node]?.activation is CentredQuantizer) }
        // Bits can be changed as ever, and a side that comes back from float is fitted by the same registry.
        var changed = quantized
        try changed.setBits(matching: "body.*", weights: nil, activations: LayerQuantization.floatBits)
        try changed.setBits(matching: "body.*", weights: nil, activations: 3)
        let body = changed.quantizedNodes.filter { changed.layers[$0]?.activationBits == 3 }
        #expect(!body.isEmpty && body.allSatisfy { changed.layers[$0]?.activation is CentredQuantizer })
    }

    @Test func finetuningLowersTheNewLossAndMovesTheNewParameters() throws {
        let quantized = try calibrated()
        var options = FinetuningOptions(method: .placed)
        options.epochs = 12
        var losses: [Int: Double] = [:]
        var groups: Set<String> = []
        let tuned = try Finetuner(options: options, pool: pool).finetune(quantized, images: images()) { report in
            losses[report.epoch, default: 0] += report.loss ?? 0
            groups.insert(report.detail)
            return true
        }
        let (first, last) = (try #require(losses[1]), try #require(losses[12]))
        #expect(last < 0.9 * first)
        #expect(groups == ["placement", "weights"])
        for parameter in quantized.parameters(of: .placement) { #expect(tuned[parameter] != quantized[parameter]) }
        #expect(quantized.parameters(of: .range).isEmpty, "the ends of a range are another quantizer's parameters")
        let recipe = try tuned.recipe.finetuning[0].serialized()
        #expect(recipe.contains("\"method\":\"placed\"") && recipe.contains("\"placement\":0.02"))
    }

    /// The first thing to check about a new quantizer or a new loss: gradients against finite differences.
    @Test func theLossesGradientIsThatOfFiniteDifferences() throws {
        let teacher: [Float] = [10, 20, 30, 40]
        func evaluate(_ student: [Float]) -> (loss: Double, gradient: [Float]) {
            var gradient = [Float](repeating: 0, count: 4)
            let loss = student.withUnsafeBufferPointer { values in
                SquaredErrorLoss().evaluate(
                    student: .init(
                        node: 0, shape: Shape(samples: 1, height: 1, width: 2, channels: 2), values: values.baseAddress!),
                    target: teacher, addingTo: &gradient)
            }
            return (loss, gradient)
        }
        let student: [Float] = [12, 19, 33, 36]
        let gradient = evaluate(student).gradient
        for index in student.indices {
            var (above, below) = (student, student)
            above[index] += 0.5
            below[index] -= 0.5
            #expect(abs(evaluate(above).loss - evaluate(below).loss - Double(gradient[index])) < 1e-6)
        }
    }

    /// Values beyond an end follow the end, so that the centre moves them by as much and the reach one way or the other.
    @Test func theQuantizersGradientsAreThoseOfItsEnds() throws {
        let quantizer = try CentredQuantizer(bits: 2, centre: 1, reach: 3)
        #expect(quantizer.levels == [-2, 0, 2, 4] && quantizer.parameters == [1, 3])
        var (inputs, gradients) = ([Float](repeating: 0, count: 2), [0.0, 0.0])
        quantizer.differentiate(
            [-9, 9], outputGradient: [1, 10], into: &inputs, parameterGradients: &gradients, count: 2)
        #expect(gradients == [11, 9] && inputs == [0, 0])
    }
}
