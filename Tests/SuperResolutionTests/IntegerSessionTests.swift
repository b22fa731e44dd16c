import Images
import IntegerEngine
import Networks
import QuantizedNetworks
import SuperResolution
import TestSupport
import Testing

/// Sessions in integers and sessions that simulate them in float give images of which every sample is equal.
@Suite("Sessions in integers")
struct IntegerSessionTests {
    private func samples(_ model: Model, _ image: Image, simulated: Bool, threads: Int = 1) throws -> Samples {
        let session = try Session(model, threads: threads, simulated: simulated)
        #expect(session.runsInIntegers == !simulated)
        return try session.upscale(image, type: .float32).samples
    }

    private func model(
        _ name: String, _ quantizer: String, bits: Int, perChannel: Bool = false, _ scope: QuantizationProtocol = .full
    ) throws -> Model {
        var recipe = Recipe()
        (recipe.quantizer, recipe.weights, recipe.activations, recipe.perChannel) = (quantizer, bits, bits, perChannel)
        recipe.scope = scope
        return try TinyModels.quantization(name, recipe).freeze(snapping: true)
    }

    @Test("give what the simulation gives, from 1x1 on", arguments: TinyModels.names, 2...8)
    func everyWidth(name: String, bits: Int) throws {
        for (quantizer, scope) in [("minmax", .full), ("ptq4sr", .full), ("adabm", .body), ("plq", .full), ("plq", .body)]
            as [(String, QuantizationProtocol)] where bits > 2 || quantizer != "plq"
        {
            let model = try model(name, quantizer, bits: bits, perChannel: bits % 2 == 1 && quantizer != "ptq4sr", scope)
            for (width, height) in [(1, 1), (1, 8), (9, 2), (21, 17)] {
                let image = Pictures.noise(width, height, .rgb, seed: UInt64(bits))
                let expected = try samples(model, image, simulated: true)
                #expect(try samples(model, image, simulated: false) == expected, "\(quantizer), \(width) x \(height)")
                #expect(try samples(model, image, simulated: false, threads: 3) == expected)
            }
        }
    }

    @Test("take every kind of image", arguments: [PixelFormat.gray, .grayAlpha, .rgba, .bgr, .bgra], [SampleType.uint8, .uint16])
    func everyFormat(format: PixelFormat, type: SampleType) throws {
        let model = try model("EDSR", "plq", bits: 4)
        let image = Pictures.noise(11, 6, format, type)
        for alpha in AlphaEnlargement.allCases {
            let integers = try Session(model, threads: 2, alpha: alpha)
            let simulation = try Session(model, threads: 2, simulated: true, alpha: alpha)
            #expect(try integers.upscale(image) == simulation.upscale(image))
        }
    }

    @Test("give the same in any arithmetic that is exact, and refuse another one by the layer's name")
    func chosenArithmetic() throws {
        let model = try model("EDSR", "plq", bits: 4)
        let image = Pictures.noise(11, 6, .rgb)
        let expected = try Session(model, threads: 1).upscale(image)
        #expect(try Session(model, threads: 1, arithmetic: .wide).upscale(image) == expected)
        // Three channels fill no block.
        for arithmetic in [LayerFormat.gaussian, .winograd] {
            let error = #expect(throws: SuperResolutionError.self) {
                _ = try Session(model, threads: 1, arithmetic: arithmetic)
            }
            let message = error?.description ?? ""
            #expect(message.hasPrefix("layer head.0: not \(arithmetic): "), "\(message)")
            #expect(error?.kind == .unsupported)
        }
        for other in [try TinyModels.float("EDSR"), try TinyModels.quantization("EDSR", Recipe()).freeze(snapping: false)] {
            let error = #expect(throws: SuperResolutionError.self) { _ = try Session(other, threads: 1, arithmetic: .wide) }
            #expect(error?.description.contains("arithmetic: wide is for layers in whole numbers") == true)
            #expect(error?.kind == .argument)
        }
    }

    @Test("and evaluations do not differ from each other in patches")
    func patches() throws {
        let model = try model("EDSR", "plq", bits: 4)
        let image = Pictures.noise(30, 20, .rgb)
        let test = try PatchTest(side: 12, step: 8)
        let simulated = try Session(model, threads: 1, simulated: true).upscale(image, by: test)
        #expect(try Session(model, threads: 1).upscale(image, by: test) == simulated)
    }

    @Test(
        "run every quantizer, protocol and width, whatever layers are left in float",
        arguments: TinyModels.names + [TinyModels.wide])
    func layersInFloat(name: String) throws {
        let recipes: [(String, (inout Recipe) -> Void)] = [
            ("body", { $0.scope = .body }),
            ("body per channel", { ($0.scope, $0.perChannel, $0.weights, $0.activations) = (.body, true, 3, 5) }),
            ("full, two bits", { ($0.quantizer, $0.weights, $0.activations) = ("minmax", 2, 2) }),
            ("PTQ4SR", { ($0.quantizer, $0.weights) = ("ptq4sr", 3) }),
        ]
        for (what, change) in recipes {
            var recipe = Recipe()
            change(&recipe)
            try expectSimulation(of: try TinyModels.quantization(name, recipe).freeze(snapping: true), "\(name), \(what)")
        }
        for (weights, activations) in [(4, 32), (32, 4)] {
            var quantization = try TinyModels.quantization(name)
            try quantization.setBits(matching: "*", weights: weights, activations: activations)
            try expectSimulation(of: quantization.freeze(snapping: true), "\(name), W\(weights)A\(activations)")
        }
    }

    @Test("run networks with any layer in float, or with levels of the caller's", arguments: TinyModels.names + [TinyModels.wide])
    func oneLayerInFloat(name: String) throws {
        let quantization = try TinyModels.quantization(name)
        let layers = quantization.layers
        for index in layers.indices {
            var changed = quantization
            try changed.setBits(matching: layers[index].name, weights: index % 2 == 0 ? 32 : nil, activations: 32)
            try changed.setLevels([-3, 0, 0.1, 7], layer: layers[(index + 1) % layers.count].name)
            let model = changed.freeze(snapping: true)
            #expect(model.layersInFloat.count == (index % 2 == 0 ? 1 : 2))
            try expectSimulation(of: model, sizes: [(13, 11)], "\(name), \(layers[index].name)")
        }
    }

    private func expectSimulation(
        of model: Model, sizes: [(width: Int, height: Int)] = [(1, 1), (1, 7), (10, 1), (9, 13), (5, 90), (90, 21)], _ what: String
    ) throws {
        #expect(model.reasonForFloat == nil)
        for (width, height) in sizes {
            let image = Pictures.noise(width, height, .rgb, seed: UInt64(width))
            let expected = try samples(model, image, simulated: true)
            for threads in [1, 2, 5] {
                #expect(
                    try samples(model, image, simulated: false, threads: threads) == expected,
                    "\(what), \(width) x \(height), \(threads) threads")
            }
        }
    }

    @Test("tell how each layer is computed")
    func arithmetic() throws {
        var recipe = Recipe()
        recipe.scope = .body
        let quantization = try TinyModels.quantization("EDSR", recipe)
        for layer in quantization.freeze(snapping: true).layers {
            let format = try #require(layer.arithmetic)
            #expect((format == "float") == (layer.quantization == nil), "\(layer.name): \(format)")
            // What is not computed in the fastest way says why.
            #expect((layer.arithmeticReason == nil) == (format == "float" || format == "gaussian"), "\(layer.name): \(format)")
            #expect(["float", "gaussian", "narrow", "wide", "winograd"].contains { format.hasPrefix($0) })
        }
        #expect(quantization.freeze().layers.allSatisfy { $0.arithmetic == nil })
    }

    @Test("are for models on integer grids alone")
    func whatRunsInFloat() throws {
        let unsnapped = try TinyModels.quantization("EDSR").freeze()
        #expect(!unsnapped.runsInIntegers && unsnapped.reasonForFloat == nil)
    }

    @Test("refuse an image whose values grow beyond all numbers")
    func infinities() throws {
        var recipe = Recipe()
        recipe.scope = .body
        let model = try TinyModels.quantization("EDSR", recipe).freeze(snapping: true)
        let image = try Image(width: 5, height: 5, format: .rgb, samples: .float32([Float](repeating: 1.3e36, count: 75)))
        for simulated in [false, true] {
            let error = #expect(throws: SuperResolutionError.self) { try samples(model, image, simulated: simulated) }
            #expect(error?.description.contains("made values of it that are not finite") == true)
        }
    }

    @Test("are cancelled and go on as others are")
    func cancelling() throws {
        let session = try Session(model("EDSR", "plq", bits: 4), threads: 2)
        let image = Pictures.noise(8, 120, .rgb)
        let expected = try session.upscale(image)
        session.progress = { $0.done < 300 }
        let error = #expect(throws: SuperResolutionError.self) { try session.upscale(image) }
        #expect(error?.kind == .cancelled)
        session.progress = nil
        #expect(try session.upscale(image) == expected)
    }
}

/// Sessions in integers equal their simulation in float on real networks and images too.
@Suite(
    "Real networks in integers", .enabled(if: SharedFiles.arePresent, "the shared models and images are not beside the package"),
    .serialized)
struct RealIntegerTests {
    @Test("give every pixel of the simulation on Set5", arguments: ["edsr_x4", "srresnet_x4", "rdn_x4"], [4, 8])
    func set5(name: String, bits: Int) throws {
        try expectSimulation(of: try model(name, bits: bits), on: "Set5")
    }

    @Test("and on Set14", arguments: ["edsr_x4", "srresnet_x4", "rdn_x4"]) func set14(name: String) throws {
        try expectSimulation(of: try model(name, bits: 4), on: "Set14", croppedTo: name == "edsr_x4" ? 96 : 40)
    }

    @Test("and where only the body is quantized", arguments: ["edsr_x4", "srresnet_x4", "rdn_x4"]) func body(name: String) throws {
        try expectSimulation(of: try model(name, bits: 4, .body), on: "Set5", croppedTo: name == "edsr_x4" ? nil : 40)
    }

    private func model(_ name: String, bits: Int, _ scope: QuantizationProtocol = .full) throws -> Model {
        let float = try Model.load(
            path: SharedFiles.models + "/\(name).pth", options: LoadOptions(tanhOutput: name.hasPrefix("srresnet")))
        var recipe = Recipe()
        (recipe.weights, recipe.activations, recipe.scope) = (bits, bits, scope)
        let patches = try PatchSet(SharedFiles.calibration, count: 4, size: 48, seed: 1)
        return try float.calibrate(images: patches, recipe: recipe).freeze(snapping: true)
    }

    /// Expects that a model gives the same pixels in integers and in simulation, on every image of a set.
    ///
    /// - Parameter side: The side of the square that is taken from the middle of each image; nil means the whole image.
    private func expectSimulation(of model: Model, on set: String, croppedTo side: Int? = nil) throws {
        let (integers, simulation) = (try Session(model), try Session(model, simulated: true))
        #expect(integers.runsInIntegers)
        let set = try DataSet(folder: SharedFiles.benchmark + "/\(set)", scale: 4)
        for entry in set.entries {
            var image = try set.load(entry).low
            if let side { image = try Pictures.middle(of: image, side: side) }
            #expect(try integers.upscale(image) == simulation.upscale(image), "\(entry.name)")
        }
    }
}
