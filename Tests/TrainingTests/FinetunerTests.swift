import Foundation
import QuantizedNetworks
import Tensors
import TestSupport
import Testing
import Training

@Suite struct FinetunerTests {
    private static func parameters(_ quantized: QuantizedNetwork) -> [[Float]] {
        quantized.quantizedNodes.flatMap { node in ParameterGroup.standard.map { quantized[$0, .layer(node)] } }
    }

    /// More images than one batch, so that order and remainders matter.
    private static func images(_ golden: Golden) -> [Tensor] {
        golden.images
            + golden.images.map { Tensor(dimensions: $0.dimensions, values: $0.values.reversed()) }
            + golden.images.prefix(1).map { Tensor(dimensions: $0.dimensions, values: $0.values.map { 255 - $0 }) }
    }

    @Test func anyNumberOfThreadsGivesTheSameBytes() throws {
        let golden = try Golden("tiny_srresnet")
        let quantized = try golden.quantized("calibrated", quantizer: "plq")
        var options = FinetuningOptions()
        options.epochs = 3
        options.relative = true
        func run(_ threads: Int) throws -> [[Float]] {
            Self.parameters(
                try Finetuner(options: options, pool: ThreadPool(threads: threads)).finetune(quantized, images: Self.images(golden))
                { _ in true })
        }
        let one = try run(1)
        #expect(one != Self.parameters(quantized))
        #expect(try run(2) == one)
        #expect(try run(5) == one)
    }

    /// As many epochs as a caller's number can say are counted in no time, and as one by one.
    @Test func epochsOfAGroupAreCounted() {
        let cycle: [ParameterGroup] = [.weights, .range, .weights, .breakpoint]
        for total in 0...13 {
            for group in [ParameterGroup.weights, .range, .breakpoint, .measures] {
                #expect(
                    Finetuner.epochs(of: group, in: cycle, total: total)
                        == (0..<total).count { cycle[$0 % cycle.count] == group })
            }
        }
        #expect(Finetuner.epochs(of: .weights, in: cycle, total: Int(UInt32.max)) == 2_147_483_648)
        #expect(Finetuner.epochs(of: .range, in: [], total: 5) == 0)
    }

    @Test func sidesInFloatAreLeftOut() throws {
        let golden = try Golden("tiny_edsr")
        var quantized = try golden.quantized("calibrated", quantizer: "plq")
        try quantized.setBits(matching: "body.0.*", weights: LayerQuantization.floatBits, activations: nil)
        try quantized.setBits(matching: "body.1.*", weights: nil, activations: LayerQuantization.floatBits)
        try quantized.setBits(
            matching: "head.0", weights: LayerQuantization.floatBits, activations: LayerQuantization.floatBits)
        var options = FinetuningOptions()
        options.epochs = 3
        let tuned = try Finetuner(options: options, pool: ThreadPool(threads: 1))
            .finetune(quantized, images: Self.images(golden)) { _ in true }
        for (node, before) in quantized.layers {
            let after = try #require(tuned.layers[node])
            #expect((after.weight == nil) == (before.weight == nil) && (after.activation == nil) == (before.activation == nil))
            if let range = before.weight?.parameters {
                #expect(after.weight?.parameters != range, "\(golden.network.nodes[node].name)")
            }
            if let range = before.activation?.parameters { #expect(after.activation?.parameters != range) }
        }
    }

    @Test(arguments: [1, 2, 4])
    func aKilledRunResumesToTheSameBytes(killedAfter epochs: Int) throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try golden.quantized("calibrated", quantizer: "plq-one-sided")
        let images = Self.images(golden)
        var options = FinetuningOptions()
        options.epochs = 5
        let straight = try Finetuner(options: options, pool: ThreadPool(threads: 2)).finetune(quantized, images: images) { _ in true
        }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("srq-state-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Cancelled in the middle of the next epoch, whose steps are lost.
        #expect {
            try Finetuner(options: options, pool: ThreadPool(threads: 2), statePath: path)
                .finetune(quantized, images: images) { $0.done < epochs * 3 + 2 }
        } throws: { "\($0)".contains("cancelled") }
        var seen: [Int] = []
        let resumed = try Finetuner(options: options, pool: ThreadPool(threads: 1), statePath: path).finetune(
            quantized, images: images
        ) {
            seen.append($0.epoch)
            return true
        }
        #expect(seen.first == epochs + 1)
        #expect(Self.parameters(resumed) == Self.parameters(straight))
    }

    @Test func aStateOfAnotherRunIsRefused() throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try golden.quantized("calibrated", quantizer: "plq")
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("srq-state-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var options = FinetuningOptions()
        options.epochs = 1
        _ = try Finetuner(options: options, pool: ThreadPool(threads: 1), statePath: path).finetune(
            quantized, images: golden.images
        ) { _ in true }
        options.lambda = 4
        let other = try Finetuner(options: options, pool: ThreadPool(threads: 1), statePath: path)
        #expect { try other.finetune(quantized, images: golden.images) { _ in true } } throws: { "\($0)".contains(path) }
        try Data("garbage".utf8).write(to: URL(fileURLWithPath: path))
        #expect { try other.finetune(quantized, images: golden.images) { _ in true } } throws: { "\($0)".contains(path) }
    }

    @Test func theCycleDecidesWhatMoves() throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try golden.quantized("calibrated", quantizer: "plq")
        for group in [ParameterGroup.weights, .range, .breakpoint] {
            var options = FinetuningOptions()
            options.epochs = 2
            options.cycle = [group]
            let tuned = try Finetuner(options: options, pool: ThreadPool(threads: 1)).finetune(quantized, images: golden.images) {
                _ in true
            }
            for other in [ParameterGroup.weights, .range, .breakpoint] {
                let moved = quantized.quantizedNodes.contains { quantized[other, .layer($0)] != tuned[other, .layer($0)] }
                #expect(moved == (other == group))
            }
        }
    }

    @Test func finetuningLowersTheLoss() throws {
        let golden = try Golden("tiny_rdn")
        let quantized = try golden.quantized("calibrated", quantizer: "plq")
        var options = FinetuningOptions()
        options.relative = true
        options.epochs = 30
        options.decay = 1
        for group in ParameterGroup.standard { options.learningRates[group] = 0.01 }
        let tuned = try Finetuner(options: options, pool: ThreadPool(threads: 2)).finetune(quantized, images: golden.images) { _ in
            true
        }
        func loss(_ network: QuantizedNetwork) throws -> Double {
            let objective = try Objective(network, options: options, pool: ThreadPool(threads: 1))
            return try objective.evaluate(golden.input, numbers: [0, 1], network, group: .range).loss
        }
        #expect(try loss(tuned) < 0.98 * loss(quantized))
        #expect(tuned.recipe.finetuning.count == 1)
    }

    @Test func aCycleWithoutParametersIsRefused() throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try golden.quantized("calibrated", quantizer: "minmax")
        var options = FinetuningOptions()
        options.cycle = [.breakpoint]
        let finetuner = try Finetuner(options: options, pool: ThreadPool(threads: 1))
        #expect { try finetuner.finetune(quantized, images: golden.images) { _ in true } } throws: {
            "\($0)".contains("breakpoint")
        }
    }

    @Test func optionsOutsideTheirRangeAreNamed() {
        func message(_ change: (inout FinetuningOptions) -> Void) -> String {
            var options = FinetuningOptions()
            change(&options)
            do { _ = try Finetuner(options: options, pool: ThreadPool(threads: 1)) } catch { return "\(error)" }
            return ""
        }
        #expect(message { $0.epochs = -1 }.contains("epochs"))
        #expect(message { $0.batch = 0 }.contains("batch"))
        #expect(message { $0.lambda = .nan }.contains("lambda"))
        #expect(message { $0.decay = 0 }.contains("decay"))
        #expect(message { $0.attention = -1 }.contains("attention"))
        #expect(message { $0.temperature = 0 }.contains("temperature"))
        #expect(message { $0.learningRates[.range] = -1 }.contains("range"))
        #expect(
            message {
                $0.reconstruction = false
                $0.sensitivity = false
            }.contains("loss"))
    }
}
