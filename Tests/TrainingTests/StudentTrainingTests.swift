import Foundation
import QuantizedNetworks
import Quantizers
import Tensors
import TestSupport
import Testing
import Training

/// Runs in which the student's own weights and biases move.
@Suite struct StudentTrainingTests {
    private static func images(_ golden: Golden) -> [Tensor] {
        golden.images + golden.images.map { Tensor(dimensions: $0.dimensions, values: $0.values.reversed()) }
            + golden.images.prefix(1).map { Tensor(dimensions: $0.dimensions, values: $0.values.map { 255 - $0 }) }
    }

    private static func options(_ student: StudentWeights, epochs: Int = 4) -> FinetuningOptions {
        var options = FinetuningOptions(method: .srq)
        (options.student, options.epochs, options.patch, options.drop) = (student, epochs, 8, 0.3)
        return options
    }

    /// All numbers that a run may have changed.
    private static func numbers(_ quantized: QuantizedNetwork) -> [[Float]] {
        ParameterGroup.all.flatMap { group in quantized.parameters(of: group).map { quantized[$0] } }
    }

    private static func run(
        _ quantized: QuantizedNetwork, _ images: [Tensor], _ options: FinetuningOptions, threads: Int = 2, state: String? = nil,
        target: TrainingTarget = .teacher, progress: @escaping (ProgressReport) -> Bool = { _ in true }
    ) throws -> QuantizedNetwork {
        try Finetuner(options: options, pool: ThreadPool(threads: threads), statePath: state)
            .finetune(quantized, images: images, target: target, progress: progress)
    }

    @Test(arguments: StudentWeights.allCases) func anyNumberOfThreadsGivesTheSameBytes(student: StudentWeights) throws {
        let golden = try Golden("tiny_srresnet")
        let quantized = try golden.quantized("calibrated", quantizer: "plq")
        let images = Self.images(golden)
        let one = try Self.numbers(Self.run(quantized, images, Self.options(student, epochs: 2), threads: 1))
        #expect(one != Self.numbers(quantized))
        for threads in [2, 5] {
            #expect(try Self.numbers(Self.run(quantized, images, Self.options(student, epochs: 2), threads: threads)) == one)
        }
    }

    /// A resumed student's weights have moved, its teacher's have not: losses after the interruption say so too.
    @Test(arguments: StudentWeights.allCases) func aKilledRunResumesToTheSameBytes(student: StudentWeights) throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try golden.quantized("calibrated", quantizer: "plq-one-sided")
        let images = Self.images(golden)
        var losses: [Double] = []
        let straight = try Self.run(quantized, images, Self.options(student)) {
            losses.append($0.loss ?? .nan)
            return true
        }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("srq-student-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect { try Self.run(quantized, images, Self.options(student), state: path) { $0.done < 2 * 3 + 2 } } throws: {
            "\($0)".contains("cancelled")
        }
        var rest: [Double] = []
        let resumed = try Self.run(quantized, images, Self.options(student), threads: 1, state: path) {
            rest.append($0.loss ?? .nan)
            return true
        }
        #expect(rest.count == 2 * 3 && rest == Array(losses.suffix(2 * 3)))
        #expect(Self.numbers(resumed) == Self.numbers(straight))
        // Another student is another run.
        var other = Self.options(student)
        other.student = student == .free ? .frozen : .free
        #expect { try Self.run(quantized, images, other, state: path) } throws: { "\($0)".contains(path) }
    }

    @Test func weightsAndBiasesMoveAndTheCallersNetworkDoesNot() throws {
        let golden = try Golden("tiny_rdn")
        let quantized = try golden.quantized("calibrated", quantizer: "minmax")
        let tuned = try Self.run(quantized, Self.images(golden), Self.options(.free, epochs: 1))
        for group in [ParameterGroup.latent, .biases, .weights, .range] {
            for parameter in quantized.parameters(of: group) {
                #expect(tuned[parameter] != quantized[parameter], "\(parameter.group)")
            }
        }
        let recipe = try tuned.recipe.finetuning[0].serialized()
        #expect(recipe.contains("\"student\":\"free\"") && recipe.contains("\"latent\":") && recipe.contains("\"patch\":8"))
        let frozen = try Self.run(quantized, Self.images(golden), Self.options(.frozen, epochs: 1))
        for parameter in quantized.parameters(of: .latent) { #expect(frozen[parameter] == quantized[parameter]) }
        for parameter in quantized.parameters(of: .biases) { #expect(frozen[parameter] != quantized[parameter]) }
    }

    /// What AdaRound ends with are levels: one of the two next to every weight, in the range as it has become.
    @Test func learnedRoundingsEndAtOneOfTwoLevels() throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try golden.quantized("moved", quantizer: "minmax")
        var options = Self.options(.rounding, epochs: 6)
        options.learningRates[.rounding] = 0.5
        let tuned = try Self.run(quantized, Self.images(golden), options)
        var (up, turned) = (0, 0)
        for node in quantized.quantizedNodes {
            let before = try #require(quantized.layers[node]?.weight as? SymmetricWeightQuantizer)
            let after = try #require(tuned.layers[node]?.weight as? SymmetricWeightQuantizer)
            let weights = quantized[.latent, .layer(node)]
            let ends = tuned[.latent, .layer(node)]
            #expect(after.apply(ends) == ends)
            for (weight, code) in zip(weights, after.codes(ends)) {
                let limited = min(max(weight / before[0].step, -Float(before[0].largestCode)), Float(before[0].largestCode))
                #expect(abs(limited - Float(code)) <= 1, "\(limited) became \(code)")
                if Float(code) > limited { up += 1 }
                if Float(code) != limited.rounded() { turned += 1 }
            }
        }
        #expect(up > 0 && turned > 0, "some are not rounded to nearest")
    }

    @Test(arguments: [StudentWeights.rounding, .free]) func movingWeightsLowersTheLossMore(student: StudentWeights) throws {
        let golden = try Golden("tiny_edsr")
        var quantized = try golden.quantized("calibrated", quantizer: "minmax")
        try quantized.setBits(matching: "*", weights: 3, activations: LayerQuantization.floatBits)
        func lastLoss(_ student: StudentWeights) throws -> Double {
            var options = Self.options(student, epochs: 500)
            (options.patch, options.drop, options.relative) = (0, 0, true)
            for group in ParameterGroup.all { options.learningRates[group] = group == .rounding ? 0.3 : 0.01 }
            // While roundings are learned, weights begin at float and tell nothing about good ranges: those stay as they are.
            options.cycle = [.biases]
            var settings = options
            settings.student = .frozen
            let tuned = try Self.run(quantized, golden.images, options)
            let objective = try Objective(
                tuned, options: settings, target: .teacher(golden.network), pool: ThreadPool(threads: 1))
            return try objective.evaluate(golden.input, numbers: [0, 1], tuned, group: .biases).loss
        }
        let (moved, frozen) = try (lastLoss(student), lastLoss(.frozen))
        #expect(moved < 0.9 * frozen, "\(moved) against \(frozen)")
    }

    @Test func patchesNoSmallerThanTheImagesAreTheImages() throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try golden.quantized("calibrated", quantizer: "minmax")
        func tuned(_ patch: Int) throws -> [[Float]] {
            var options = Self.options(.free, epochs: 1)
            (options.patch, options.drop) = (patch, 0)
            return try Self.numbers(Self.run(quantized, golden.images, options))
        }
        let whole = try tuned(0)
        #expect(try tuned(golden.input.dimensions[1]) == whole && tuned(1000) == whole)
        #expect(try tuned(6) != whole)
    }

    /// Patches of ground truth belong to the patches of the images: with the teacher's own patches the loss would differ at the
    /// borders, so that pictures of one colour are compared.
    @Test func groundTruthIsCutWithItsImages() throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try golden.quantized("calibrated", quantizer: "minmax")
        let scale = golden.network.scale
        var options = Self.options(.frozen, epochs: 1)
        (options.sensitivity, options.lambda, options.drop) = (false, 255, 0)
        // Row y of the truth has the number 10 000 y: the mean difference tells which rows the patches came from.
        let pictures = golden.images.map { image in
            let (height, width) = (image.dimensions[1] * scale, image.dimensions[2] * scale)
            return Tensor(
                dimensions: [1, height, width, 3],
                values: (0..<height * width * 3).map { Float($0 / (width * 3)) * 10_000 })
        }
        var losses: [Double] = []
        _ = try Self.run(quantized, golden.images, options, target: .groundTruth(pictures)) {
            losses.append($0.loss ?? .nan)
            return true
        }
        let rows = Double(8 * scale)
        for loss in losses {
            // Two corners, each a whole pixel of the image: the mean of their first rows is a multiple of scale / 2.
            let first = loss / 10_000 - (rows - 1) / 2
            let corners = first / (Double(scale) / 2)
            #expect(abs(corners - corners.rounded()) < 0.1 && corners > -0.1, "\(loss)")
        }
    }

    @Test func trainingInWholeNumbersFollowsWeightsAndBiases() throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try golden.quantized("calibrated", quantizer: "minmax")
        var options = Self.options(.free, epochs: 2)
        (options.drop, options.patch) = (0, 0)
        func losses(integers: Bool) throws -> [Double] {
            var settings = options
            (settings.snapping, settings.integers) = (true, integers)
            var losses: [Double] = []
            _ = try Self.run(quantized, golden.images, settings) {
                losses.append($0.loss ?? .nan)
                return true
            }
            return losses
        }
        let (float, whole) = (try losses(integers: false), try losses(integers: true))
        #expect(float.count == 2 && Set(float).count == 2)
        for (a, b) in zip(float, whole) { #expect(abs(a - b) < 0.02 * a) }
    }

    @Test func cyclesAndOptionsThatExcludeEachOtherAreNamed() throws {
        func message(_ change: (inout FinetuningOptions) throws -> Void) -> String {
            do {
                var options = FinetuningOptions()
                try change(&options)
                _ = try Finetuner(options: options, pool: ThreadPool(threads: 1))
            } catch { return "\(error)" }
            return ""
        }
        let cycle = try FinetuningOptions.cycle("weights, range + latent,biases")
        #expect(cycle.map(\.rawValue) == ["weights", "range+latent", "biases"])
        #expect(cycle[1].parts == [.range, .latent] && cycle[1] == .joint([.range, .latent]))
        #expect(ParameterGroup.joint([.range, .range]) == .range)
        for text in ["", "weights,,range", "weights+", "wights", "range+levels"] {
            #expect(message { $0.cycle = try FinetuningOptions.cycle(text) }.contains("cycle: unknown group"), "\(text)")
        }
        #expect(message { $0.cycle = [.joint([.range, .latent])] }.contains("student = \"free\""))
        #expect(message { $0.cycle = [.rounding] }.contains("student = \"rounding\""))
        #expect(message { ($0.cycle, $0.student) = ([.latent], .rounding) }.contains("\"rounding\""))
        #expect(message { ($0.cycle, $0.student) = ([.latent, .range], .free) } == "")
        #expect(message { $0.drop = 1 }.contains("drop"))
        #expect(message { $0.drop = .nan }.contains("drop"))
        #expect(message { $0.patch = -1 }.contains("patch"))
        #expect(message { ($0.drop, $0.integers) = (0.5, true) }.contains("integers"))
    }
}
