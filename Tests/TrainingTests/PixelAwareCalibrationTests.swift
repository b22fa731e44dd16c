import Calibration
import Foundation
import QuantizedNetworks
import Tensors
import TestSupport
import Testing
import Training

/// PTQ4SR's finetuning: its schedule, its loss and asymmetric weights under training.
@Suite struct PixelAwareCalibrationTests {
    private static func calibrated(_ golden: Golden) throws -> QuantizedNetwork {
        var recipe = Recipe()
        recipe.quantizer = "ptq4sr"
        return try Calibrator(network: golden.network, recipe: recipe, pool: ThreadPool(threads: 1))
            .calibrate(images: golden.images) { _ in true }
    }

    private static func parameters(_ quantized: QuantizedNetwork) -> [[Float]] {
        quantized.quantizedNodes.flatMap { node in ParameterGroup.standard.map { quantized[$0, .layer(node)] } }
    }

    @Test func theCosineFallsFromTheFirstRateToItsShareOverAllSteps() {
        let rate = LearningRate(schedule: .cosine, first: 5e-3, decay: 0.4, stepsPerEpoch: 50, epochs: 5)
        #expect(rate.rate(visit: 0, step: 0) == 5e-3)
        #expect(abs(rate.rate(visit: 2, step: 25) - 3.5e-3) < 1e-15, "half way between 5e-3 and 2e-3")
        #expect(abs(rate.rate(visit: 5, step: 0) - 2e-3) < 1e-15)
        let rates = (0..<250).map { rate.rate(visit: $0 / 50, step: $0 % 50) }
        #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 })
        let falling = LearningRate(schedule: .decay, first: 1, decay: 0.9, stepsPerEpoch: 50, epochs: 5)
        #expect(falling.rate(visit: 2, step: 49) == 0.9 * 0.9)
    }

    @Test func theAttentionDistanceOfSmallMapsIsWhatOneComputesByHand() {
        // One sample, two pixels, two channels: g = (mean(9, 1), mean(0, 0)) = (5, 0) and (0, 8); both normalise to a unit vector.
        let teacher: [Float] = [3, 1, 0, 0]
        let student: [Float] = [0, 0, 4, 0]
        var gradient = [Float](repeating: 0, count: 4)
        let loss = AttentionLoss(nodes: [1], weight: 5, pool: ThreadPool(threads: 1)).evaluate(
            student: student, shape: Shape(samples: 1, height: 1, width: 2, channels: 2), teacher: teacher, addingTo: &gradient)
        #expect(abs(loss - 5) < 1e-6, "5 · mean(1², 1²)")
    }

    @Test func theGradientOfTheAttentionDistanceIsThatOfFiniteDifferences() {
        let shape = Shape(samples: 2, height: 3, width: 2, channels: 4)
        var generator = SplitMix64(state: 7)
        func values() -> [Float] { (0..<48).map { _ in Float(generator.next() % 2000) / 1000 - 1 } }
        let teacher = values()
        let student = values()
        let loss = AttentionLoss(nodes: [1, 2], weight: 5, pool: ThreadPool(threads: 2))
        func evaluate(_ student: [Float]) -> (Double, [Float]) {
            var gradient = [Float](repeating: 0, count: 48)
            let value = loss.evaluate(student: student, shape: shape, teacher: teacher, addingTo: &gradient)
            return (value, gradient)
        }
        let gradient = evaluate(student).1
        for index in student.indices {
            var (above, below) = (student, student)
            above[index] += 1e-2
            below[index] -= 1e-2
            let slope = (evaluate(above).0 - evaluate(below).0) / Double(above[index] - below[index])
            #expect(abs(Double(gradient[index]) - slope) < 2e-5 + 1e-2 * abs(slope), "value \(index)")
        }
        #expect(gradient.contains { abs($0) > 1e-3 })
    }

    @Test func rangesAreTrainedInTheFirstHalfAndWeightsInTheSecond() throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try Self.calibrated(golden)
        var groups: [String] = []
        let tuned = try Finetuner(options: FinetuningOptions(method: .ptq4sr), pool: ThreadPool(threads: 1))
            .finetune(quantized, images: golden.images) {
                groups.append($0.detail)
                return true
            }
        #expect(groups == Array(repeating: "range", count: 5) + Array(repeating: "weights", count: 5))
        for node in quantized.quantizedNodes {
            let (before, after) = (try #require(quantized.layers[node]), try #require(tuned.layers[node]))
            #expect(after.activation?.parameters != before.activation?.parameters)
            #expect(after.weight?.parameters != before.weight?.parameters)
            // Adam's steps are at most about the learning rate long.
            for (new, old) in zip(after.weight?.parameters ?? [], before.weight?.parameters ?? []) {
                #expect(abs(new - old) < 1e-4)
            }
        }
        #expect(try tuned.recipe.finetuning[0].serialized().contains("ptq4sr"))
    }

    @Test func trainingAsymmetricWeightsLowersTheLoss() throws {
        let golden = try Golden("tiny_rdn")
        var quantized = try Self.calibrated(golden)
        // Only weights matter, and half of their range is clipped.
        try quantized.setBits(matching: "*", weights: 8, activations: LayerQuantization.floatBits)
        for node in quantized.quantizedNodes {
            let narrowed = quantized.layers[node]?.weight?.parameters.map { $0 * 0.5 }
            quantized.layers[node]?.weight?.parameters = narrowed ?? []
        }
        var options = FinetuningOptions(method: .ptq4sr)
        options.cycle = [.weights]
        options.learningRates[.weights] = 3e-3
        options.epochs = 40
        func loss(_ network: QuantizedNetwork) throws -> Double {
            let objective = try Objective(network, options: options, pool: ThreadPool(threads: 1))
            return try objective.evaluate(golden.input, numbers: [0, 1], network, group: .weights).loss
        }
        let tuned = try Finetuner(options: options, pool: ThreadPool(threads: 2)).finetune(quantized, images: golden.images) { _ in
            true
        }
        #expect(try loss(tuned) < 0.95 * loss(quantized))
    }

    @Test func theAttentionTermTakesPartInLossAndGradients() throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try Self.calibrated(golden)
        var options = FinetuningOptions(method: .ptq4sr)
        func evaluate() throws -> (loss: Double, gradients: [ParameterPlace: [Double]]) {
            try Objective(quantized, options: options, pool: ThreadPool(threads: 2))
                .evaluate(golden.input, numbers: [0, 1], quantized, group: .range)
        }
        let released = try evaluate()
        options.attention = 5
        let paper = try evaluate()
        #expect(paper.loss > released.loss)
        #expect(paper.gradients != released.gradients)
        options.reconstruction = false
        let alone = try evaluate()
        #expect(abs(alone.loss + released.loss - paper.loss) < 1e-6 * paper.loss)
        // After the last block nothing depends on it.
        let last = try #require(quantized.quantizedNodes.last)
        #expect(alone.gradients[.layer(last)]?.allSatisfy { $0 == 0 } == true)
    }

    @Test func aKilledRunWithACosineResumesToTheSameBytes() throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try Self.calibrated(golden)
        var options = FinetuningOptions(method: .ptq4sr)
        options.batch = 1
        options.attention = 5
        let straight = try Finetuner(options: options, pool: ThreadPool(threads: 2))
            .finetune(quantized, images: golden.images) { _ in true }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("srq-state-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect {
            try Finetuner(options: options, pool: ThreadPool(threads: 1), statePath: path)
                .finetune(quantized, images: golden.images) { $0.done < 14 }
        } throws: { "\($0)".contains("cancelled") }
        let resumed = try Finetuner(options: options, pool: ThreadPool(threads: 3), statePath: path)
            .finetune(quantized, images: golden.images) { _ in true }
        #expect(Self.parameters(resumed) == Self.parameters(straight))
        // Another length is another schedule.
        options.epochs = 12
        let longer = try Finetuner(options: options, pool: ThreadPool(threads: 1), statePath: path)
        #expect { try longer.finetune(quantized, images: golden.images) { _ in true } } throws: { "\($0)".contains(path) }
    }
}
