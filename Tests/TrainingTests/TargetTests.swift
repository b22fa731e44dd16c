import FloatEngine
import TestSupport
import QuantizedNetworks
import Tensors
import Testing
import Training

/// What the student is compared with: the teacher, ground truth, or both.
@Suite struct TargetTests {
    private static func teachersPictures(_ golden: Golden) throws -> [Tensor] {
        let executor = try Executor(network: golden.network, pool: ThreadPool(threads: 1))
        return try golden.images.map { try executor.run($0) }
    }

    private static func evaluate(
        _ golden: Golden, _ quantized: QuantizedNetwork, sensitivity: Bool, _ target: TrainingTarget
    ) throws -> (loss: Double, gradients: [ParameterPlace: [Double]]) {
        var options = FinetuningOptions()
        options.sensitivity = sensitivity
        return try Objective(quantized, options: options, target: target, pool: ThreadPool(threads: 2))
            .evaluate(golden.input, numbers: [0, 1], quantized, group: .range)
    }

    /// Ground truth that is what the teacher gives has the teacher's loss, but for the last bits: the teacher rounds as a
    /// training run does, the pictures as an executor for inference does.
    @Test(arguments: [false, true])
    func theTeachersPicturesAreAsGoodAsTheTeacher(features: Bool) throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try golden.quantized("moved", quantizer: "plq")
        let pictures = try Self.teachersPictures(golden)
        let wanted = try Self.evaluate(golden, quantized, sensitivity: features, .teacher)
        let found = try Self.evaluate(
            golden, quantized, sensitivity: features, features ? .groundTruthAndTeacher(pictures) : .groundTruth(pictures))
        #expect(abs(found.loss - wanted.loss) < 1e-5 * wanted.loss)
        #expect(Set(found.gradients.keys) == Set(wanted.gradients.keys))
    }

    @Test func otherPicturesAreAnotherLoss() throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try golden.quantized("moved", quantizer: "plq")
        let pictures = try Self.teachersPictures(golden)
        let teacher = try Self.evaluate(golden, quantized, sensitivity: false, .teacher)
        let brighter = pictures.map { Tensor(dimensions: $0.dimensions, values: $0.values.map { $0 + 1000 }) }
        // All differences have one sign: the loss is the mean of them, λ · (1000 + a little) / 255.
        let found = try Self.evaluate(golden, quantized, sensitivity: false, .groundTruth(brighter))
        #expect(abs(found.loss - 5 * 1000.0 / 255) <= 2 * teacher.loss)
    }

    /// A student whose own weights have moved keeps its teacher.
    @Test func theTeacherCanBeAnotherNetworkOfTheSameGraph() throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try golden.quantized("moved", quantizer: "plq")
        let own = try Self.evaluate(golden, quantized, sensitivity: true, .teacher)
        let same = try Self.evaluate(golden, quantized, sensitivity: true, .teacher(golden.network))
        #expect(same.loss == own.loss && same.gradients == own.gradients)

        var moved = golden.network
        for layer in moved.layers {
            guard case .convolution(var convolution) = moved.nodes[layer].operation else { continue }
            convolution.weight.values = convolution.weight.values.map { 0.97 * $0 }
            moved.nodes[layer].operation = .convolution(convolution)
        }
        let student = QuantizedNetwork(network: moved, layers: quantized.layers, recipe: quantized.recipe)
        let kept = try Self.evaluate(golden, student, sensitivity: true, .teacher(golden.network))
        let followed = try Self.evaluate(golden, student, sensitivity: true, .teacher)
        #expect(kept.loss != followed.loss && kept.loss != own.loss)

        var options = FinetuningOptions()
        options.epochs = 1
        let other = try Golden("tiny_rdn").network
        #expect {
            try Finetuner(options: options, pool: ThreadPool(threads: 1))
                .finetune(quantized, images: golden.images, target: .teacher(other)) { _ in true }
        } throws: { "\($0)".contains("target") }
    }

    @Test func pictureOfAnotherNumberOrSizeAndFeaturesWithoutATeacherAreRefused() throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try golden.quantized("calibrated", quantizer: "plq")
        let pictures = try Self.teachersPictures(golden)
        func message(_ target: TrainingTarget, sensitivity: Bool = false) -> String {
            var options = FinetuningOptions()
            (options.epochs, options.sensitivity) = (1, sensitivity)
            do {
                _ = try Finetuner(options: options, pool: ThreadPool(threads: 1))
                    .finetune(quantized, images: golden.images, target: target) { _ in true }
            } catch { return "\(error)" }
            return ""
        }
        #expect(message(.groundTruth(Array(pictures.dropLast()))).contains("target"))
        #expect(message(.groundTruth(golden.images)).contains("target"))
        #expect(message(.groundTruth(pictures), sensitivity: true).contains("target"))
        #expect(message(.groundTruth(pictures)) == "")
        #expect(message(.groundTruthAndTeacher(pictures), sensitivity: true) == "")
    }
}
