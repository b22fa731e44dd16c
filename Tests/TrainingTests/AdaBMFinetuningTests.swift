import Calibration
import Foundation
import QuantizedNetworks
import Quantizers
import Tensors
import TestSupport
import Testing
import Training

@Suite struct AdaBMFinetuningTests {
    /// Calm and busy images, so that bits differ within a batch.
    private static func images(_ golden: Golden) -> [Tensor] {
        golden.images
            + golden.images.map { Tensor(dimensions: $0.dimensions, values: $0.values.map { 100 + $0 / 8 }) }
            + golden.images.map { Tensor(dimensions: $0.dimensions, values: $0.values.reversed()) }
    }

    private static func calibrated(_ golden: Golden) throws -> QuantizedNetwork {
        var recipe = Recipe()
        (recipe.quantizer, recipe.batch) = ("adabm", 3)
        return try Calibrator(network: golden.network, recipe: recipe, pool: ThreadPool(threads: 2))
            .calibrate(images: images(golden)) { _ in true }
    }

    private static func parameters(_ quantized: QuantizedNetwork) -> [[Float]] {
        quantized.parameterPlaces.flatMap { place in ParameterGroup.standard.map { quantized[$0, place] } }
    }

    private static func finetuned(
        _ quantized: QuantizedNetwork, _ images: [Tensor], threads: Int = 2, state: String? = nil,
        until: (Int) -> Bool = { _ in true }, changing change: (inout FinetuningOptions) -> Void = { _ in }
    ) throws -> QuantizedNetwork {
        var options = FinetuningOptions(method: .adabm)
        options.epochs = 4
        change(&options)
        return try Finetuner(options: options, pool: ThreadPool(threads: threads), statePath: state)
            .finetune(quantized, images: images) { until($0.done) }
    }

    @Test func theDefaultsAreAdaBMs() {
        let options = FinetuningOptions(method: .adabm)
        #expect(options.cycle == [.weights, .range, .measures])
        #expect(options.epochs == 10 && options.batch == 2 && options.decay == 0.9 && options.lambda == 255)
        #expect([.weights, .range, .measures].allSatisfy { options.learningRates[$0] == 0.01 })
        #expect(options.imageLearningRate == 0.1)
    }

    @Test func aDivergedStepLeavesNumbersThatCanBeSaved() throws {
        var quantized = try Self.calibrated(try Golden("tiny_edsr"))
        for place in quantized.parameterPlaces {
            let before = quantized[.measures, place]
            quantized[.measures, place] = before.map { _ in .infinity }
            #expect(quantized[.measures, place] == before)
            quantized[.measures, place] = before.map { _ in .nan }
            #expect(quantized[.measures, place] == before)
            quantized[.measures, place] = before.map { _ in 0.25 }
            #expect(quantized[.measures, place] == before.map { _ in 0.25 })
        }
    }

    /// The batch's maps one layer after another, each run with the ranges that have been clipped before.
    @Test(arguments: Golden.names)
    func clippingFitsEachLayerToWhatItReads(name: String) throws {
        let golden = try Golden(name)
        let quantized = try Self.calibrated(golden)
        let images = Self.images(golden)
        let batch = Tensor(dimensions: [2] + images[0].dimensions.dropFirst(), values: images[1].values + images[2].values)
        let variants = quantized.variants(imageSteps: [images[1], images[2]].map(quantized.imageStep))
        #expect(Set(variants).count == 2)

        var expected = quantized
        for node in quantized.quantizedNodes {
            guard let layer = expected.layers[node], layer.hasLowBits, let quantizer = layer.activation(imageStep: 0) else {
                continue
            }
            let inputs = try LayerInputs.of(golden.network, batch, overrides: expected.overrides, variants: variants)
            let parameters = try #require(inputs[node]).withUnsafeBufferPointer { values in
                Result { BitAwareClipping.parameters(of: quantizer, input: try Histogram(of: values)) }
            }
            expected.layers[node]?.activation?.parameters = try parameters.get()
        }
        var clipped = quantized
        try Objective(quantized, options: FinetuningOptions(method: .adabm), pool: ThreadPool(threads: 2))
            .clip(&clipped, batch, numbers: [1, 2])
        var moved = 0
        for node in quantized.quantizedNodes {
            let (old, new) = (quantized[.range, .layer(node)], clipped[.range, .layer(node)])
            // Sums in another order can make a neighbour the best candidate: half of a hundredth of the range.
            for (found, wanted) in zip(new, expected[.range, .layer(node)]) {
                #expect(abs(found - wanted) <= 0.006 * (old[1] - old[0]))
            }
            if new != old { moved += 1 }
            #expect(quantized.layers[node]?.hasLowBits == true || new == old)
        }
        #expect(moved > 0)
    }

    @Test func theCycleDecidesWhatMovesAfterClipping() throws {
        let golden = try Golden("tiny_edsr")
        let (quantized, images) = (try Self.calibrated(golden), Self.images(golden))
        for group in [ParameterGroup.weights, .range, .measures] {
            let tuned = try Self.finetuned(quantized, images, changing: { ($0.epochs, $0.cycle) = (1, [group]) })
            for other in [ParameterGroup.weights, .range, .measures] {
                let moved = quantized.parameterPlaces.filter { quantized[other, $0] != tuned[other, $0] }
                #expect(moved.isEmpty == (other != group && other != .range), "\(group) \(other)")
                if group == .measures, other == .measures {
                    #expect(moved.contains(.image))
                    #expect(moved.compactMap(\.node).allSatisfy { quantized.layers[$0]?.isAdaptive == true } && moved.count > 1)
                }
            }
            #expect(tuned.recipe.finetuning.count == 1)
        }
    }

    @Test(arguments: Golden.names)
    func anyNumberOfThreadsGivesTheSameBytes(name: String) throws {
        let golden = try Golden(name)
        let (quantized, images) = (try Self.calibrated(golden), Self.images(golden))
        let one = Self.parameters(try Self.finetuned(quantized, images, threads: 1))
        #expect(one != Self.parameters(quantized))
        #expect(Self.parameters(try Self.finetuned(quantized, images, threads: 3)) == one)
    }

    /// After the clipping, and after the measures have moved.
    @Test(arguments: [0, 1, 3])
    func aKilledRunResumesToTheSameBytes(killedAfter epochs: Int) throws {
        let golden = try Golden("tiny_edsr")
        let (quantized, images) = (try Self.calibrated(golden), Self.images(golden))
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("srq-state-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect {
            try Self.finetuned(quantized, images, state: path, until: { $0 < epochs * 3 + 2 })
        } throws: { "\($0)".contains("cancelled") }
        let resumed = try Self.finetuned(quantized, images, state: path)
        #expect(Self.parameters(resumed) == Self.parameters(try Self.finetuned(quantized, images)))
    }

    @Test func bitsBeyondTheBudgetArePushedBack() throws {
        let golden = try Golden("tiny_edsr")
        var quantized = try Self.calibrated(golden)
        for node in quantized.quantizedNodes where quantized.layers[node]?.isAdaptive == true {
            quantized.layers[node]?.measure = 0.55
        }
        let before = quantized.averageActivationBits(imageStep: 0)
        // Without the other losses bits are all that counts.
        let tuned = try Self.finetuned(
            quantized, Self.images(golden),
            changing: { ($0.epochs, $0.cycle, $0.lambda, $0.sensitivity) = (10, [.measures], 0, false) })
        #expect(before == 5)
        #expect(tuned.averageActivationBits(imageStep: 0) == 4)
    }

    @Test func finetuningLowersTheLoss() throws {
        let golden = try Golden("tiny_rdn")
        let (quantized, images) = (try Self.calibrated(golden), Self.images(golden))
        let tuned = try Self.finetuned(quantized, images, changing: { ($0.epochs, $0.relative) = (20, true) })
        func loss(_ network: QuantizedNetwork) throws -> Double {
            let objective = try Objective(network, options: FinetuningOptions(method: .adabm), pool: ThreadPool(threads: 1))
            return try (0..<3).reduce(0) { sum, pair in
                let batch = Tensor(
                    dimensions: [2] + images[0].dimensions.dropFirst(),
                    values: images[2 * pair].values + images[2 * pair + 1].values)
                return try sum + objective.evaluate(batch, numbers: [2 * pair, 2 * pair + 1], network, group: .measures).loss
            }
        }
        #expect(try loss(tuned) < loss(quantized))
    }

    /// A batch's loss and gradients are made of its images' own bits, whatever their order.
    @Test func theOrderWithinABatchDoesNotMatter() throws {
        let golden = try Golden("tiny_edsr")
        let (quantized, images) = (try Self.calibrated(golden), Self.images(golden))
        let dimensions = [2] + images[0].dimensions.dropFirst()
        let objective = try Objective(quantized, options: FinetuningOptions(method: .adabm), pool: ThreadPool(threads: 2))
        let one = try objective.evaluate(
            Tensor(dimensions: dimensions, values: images[1].values + images[2].values), numbers: [1, 2], quantized,
            group: .measures)
        let other = try objective.evaluate(
            Tensor(dimensions: dimensions, values: images[2].values + images[1].values), numbers: [2, 1], quantized,
            group: .measures)
        #expect(abs(one.loss - other.loss) < 1e-6 * one.loss)
        #expect(Set(one.gradients.keys) == Set(other.gradients.keys) && one.gradients.count > 2)
        for (place, gradient) in one.gradients {
            for (a, b) in zip(gradient, other.gradients[place] ?? []) { #expect(abs(a - b) <= 1e-5 * max(1, abs(a))) }
        }
    }
}
