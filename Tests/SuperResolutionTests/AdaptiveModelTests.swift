import Files
import FloatEngine
import Images
import QuantizedNetworks
import Quantizers
import SuperResolution
import Tensors
import TestSupport
import Testing
import Training

@Suite("Models whose bits depend on the image")
struct AdaptiveModelTests {
    private static let flat = picture { _ in 90 }
    private static let noisy = Pictures.noise(16, 12, .rgb)
    /// A picture of edges all over, with more gradient than noise has.
    private static let busy = picture { $0 / 2 % 2 == 0 ? 0 : 255 }

    private static func picture(_ value: (Int) -> UInt8) -> Image {
        let samples = (0..<12).flatMap { _ in (0..<16).flatMap { x in [value(x), value(x), value(x)] } }
        do { return try Image(width: 16, height: 12, format: .rgb, samples: .uint8(samples)) } catch { fatalError("\(error)") }
    }

    private static func quantization(_ name: String = "EDSR") throws -> Quantization {
        var recipe = Recipe()
        recipe.quantizer = "adabm"
        return try TinyModels.quantization(name, recipe)
    }

    /// Returns the network with the bits that images of this step have, which no longer depend on the image.
    private static func fixed(_ network: QuantizedNetwork, step: Int) -> QuantizedNetwork {
        var network = network
        for (node, layer) in network.layers {
            network.layers[node]?.activation = layer.activation(imageStep: step)
            network.layers[node]?.measure = nil
        }
        network.imageThresholds = nil
        return network
    }

    @Test("upscale flat and busy images with the bits these are to have", arguments: TinyModels.names)
    func bitsPerImage(name: String) throws {
        let quantization = try Self.quantization(name)
        let model = quantization.freeze()
        let network = try #require(model.quantized)
        let session = try Session(model, threads: 2)
        var outputs: [[UInt8]] = []
        for (picture, step) in [(Self.flat, -1), (Self.busy, 1), (Self.flat, -1)] {
            #expect(network.imageStep(of: picture.tensorRGB()) == step)
            let fixed = Self.fixed(network, step: step)
            let executor = try Executor(network: model.network, pool: ThreadPool(threads: 1), overrides: fixed.overrides)
            let expected = try Image(rgb: executor.run(picture.tensorRGB()), alpha: nil, format: .rgb, type: .uint8)
            #expect(try session.upscale(picture) == expected)
            outputs.append(try Array(executor.run(picture.tensorRGB()).values.map { UInt8(min(max($0, 0), 255)) }))
            #expect(fixed.averageActivationBits(imageStep: 0) == network.averageActivationBits(imageStep: step))
        }
        #expect(outputs[0] == outputs[2])
        #expect(network.averageActivationBits(imageStep: -1) < network.averageActivationBits(imageStep: 1))
    }

    @Test("give on integers what their simulation gives, each image with its own bits", arguments: TinyModels.names)
    func integers(name: String) throws {
        let model = try Self.quantization(name).freeze(snapping: true)
        #expect(model.runsInIntegers && model.layersInFloat.isEmpty)
        let simulation = try Session(model, threads: 1, simulated: true)
        let pictures = [Self.flat, Self.busy, Self.noisy, Self.flat, Pictures.noise(1, 1, .gray), Pictures.noise(9, 30, .rgba)]
        for threads in [1, 3] {
            let integers = try Session(model, threads: threads)
            for picture in pictures {
                let expected = try simulation.upscale(picture, type: .float32)
                #expect(try integers.upscale(picture, type: .float32) == expected, "\(picture.width) x \(picture.height)")
            }
        }
        // The bits do depend on the image: a flat one gets fewer bits than it would get between the thresholds.
        let network = try #require(model.quantized)
        let executor = try Executor(
            network: model.network, pool: ThreadPool(threads: 1), overrides: network.withFixedBits(imageStep: 0).overrides)
        let between = try Image(rgb: executor.run(Self.busy.tensorRGB()), alpha: nil, format: .rgb, type: .float32)
        #expect(try simulation.upscale(Self.busy, type: .float32) != between)
    }

    @Test("upscale to the same bytes after saving and loading, finetuned too", arguments: TinyModels.names)
    func roundTrip(name: String) throws {
        var quantization = try Self.quantization(name)
        var options = FinetuningOptions(method: .adabm)
        options.epochs = 3
        for (finetuned, snapping) in [(false, false), (true, false), (false, true)] {
            if finetuned { try quantization.finetune(images: try TinyModels.patches(count: 4), options: options, threads: 1) }
            let model = quantization.freeze(snapping: snapping)
            let loaded = try Model.load(bytes: try model.serialized(), name: "saved")
            #expect(loaded.layers == model.layers && loaded.recipe == model.recipe)
            #expect(snapping || loaded.layers == quantization.layers && loaded.recipe == quantization.recipe)
            #expect(loaded.quantized?.imageThresholds == quantization.quantized.imageThresholds)
            #expect(loaded.quantized?.imageThresholds != nil)
            #expect(loaded.layers.contains { $0.quantization?.measure != nil })
            for picture in [Self.flat, Self.noisy, Self.busy] {
                #expect(try Session(loaded).upscale(picture) == Session(model).upscale(picture))
            }
            #expect(try loaded.serialized() == model.serialized())
        }
    }

    @Test("give an image the same values alone and in a batch")
    func batches() throws {
        let quantized = try #require(try Self.quantization().freeze().quantized)
        let executor = try Executor(network: quantized.network, pool: ThreadPool(threads: 2), overrides: quantized.overrides)
        let tensors = [Self.flat, Self.busy, Self.noisy].map { $0.tensorRGB() }
        let steps = tensors.map(quantized.imageStep)
        let batch = Tensor(dimensions: [3, 12, 16, 3], values: tensors.flatMap(\.values))
        let together = try executor.run(batch, variants: quantized.variants(imageSteps: steps))
        let alone = try zip(tensors, steps).flatMap { try executor.run($0, variants: quantized.variants(imageSteps: [$1])).values }
        #expect(together.values == alone)
    }

    @Test("report the bits of every image and their mean")
    func featureAverageBits() throws {
        let folder = try TemporaryFolder()
        for (name, picture) in [("busy", Self.busy), ("flat", Self.flat)] {
            try picture.resizedBicubic(width: 32, height: 24).write(png: Files.joined(folder.makeFolder("HR"), name + ".png"))
            try picture.write(png: Files.joined(folder.makeFolder("LR_x2"), name + "x2.png"))
        }
        let quantization = try Self.quantization()
        let network = quantization.quantized
        let bits = [1, -1].map { network.averageActivationBits(imageStep: $0) }
        let evaluation = try quantization.freeze().evaluate(folder: folder.path, threads: 1)
        #expect(evaluation.images.map(\.name) == ["busy", "flat"])
        #expect(evaluation.images.map(\.bits) == bits)
        #expect(evaluation.meanBits == (bits[0] + bits[1]) / 2)
        let fixed = try TinyModels.quantization().freeze().evaluate(folder: folder.path, threads: 1)
        #expect(fixed.images.map(\.bits) == [4, 4] && fixed.meanBits == 4)
        #expect(try TinyModels.float().evaluate(folder: folder.path, threads: 1).meanBits == 32)
    }

    @Test("are refused where their thresholds or measures are no numbers")
    func damagedMapping() throws {
        let bytes = try Self.quantization().freeze().serialized()
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("image_thresholds") && text.contains(#"\"measure\""#))
        for (part, broken) in [(#"\"lower\":"#, #"\"lover\":"#), (#"\"measure\":"#, #"\"meagure\":"#)] {
            var damaged = bytes
            let (from, to) = (Array(part.utf8), Array(broken.utf8))
            let place = damaged.firstRange(of: from) ?? 0..<0
            try #require(!place.isEmpty)
            damaged.replaceSubrange(place, with: to)
            let error = #expect(throws: SuperResolutionError.self) { try Model.load(bytes: damaged, name: "damaged.srq") }
            #expect(error?.kind == .format && error?.description.contains("damaged.srq") == true)
        }
    }
}
