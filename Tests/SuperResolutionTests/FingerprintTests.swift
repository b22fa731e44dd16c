import Calibration
import Images
import Networks
import QuantizedNetworks
import Quantizers
import SuperResolution
import Tensors
import TestSupport
import Testing
import Training

/// A state goes on with the run that it comes from and with no other: every option, every part of the network, of its quantization
/// and of the images is changed, one at a time.
@Suite("A finetuning state is refused for another run")
struct FingerprintTests {
    /// A run with a state of its first epoch.
    private struct Run {
        let folder: TemporaryFolder
        let quantized: QuantizedNetwork
        let images: [Tensor]
        let options: FinetuningOptions

        init(recipe: Recipe = Recipe(), options: FinetuningOptions = Run.options, target: TrainingTarget = .teacher) throws {
            folder = try TemporaryFolder()
            quantized = try Run.quantized(recipe)
            images = try TinyModels.patches(count: 3).patches
            self.options = options
            _ = try finetune(quantized, options: options, target: target)
        }

        static var options: FinetuningOptions {
            var options = FinetuningOptions()
            (options.epochs, options.batch) = (1, 2)
            return options
        }

        static var network: Network {
            var numbers = SplitMix64(state: 5)
            return Network.everything(&numbers)
        }

        static func quantized(
            _ recipe: Recipe, seed: UInt64 = 3, order: ([Tensor]) -> [Tensor] = { $0 }
        ) throws -> QuantizedNetwork {
            let pictures = [Pictures.noise(20, 16, .rgb), Pictures.noise(16, 24, .gray)]
            let images = try PatchSet(pictures, count: 3, size: 12, seed: seed).patches
            return try Calibrator(network: network, recipe: recipe, pool: ThreadPool(threads: 1))
                .calibrate(images: order(images)) { _ in true }
        }

        func finetune(
            _ quantized: QuantizedNetwork, images: [Tensor]? = nil, options: FinetuningOptions, target: TrainingTarget = .teacher
        ) throws -> QuantizedNetwork {
            try Finetuner(options: options, pool: ThreadPool(threads: 1), statePath: folder("state"))
                .finetune(quantized, images: images ?? self.images, target: target) { _ in true }
        }

        /// Returns why a run is refused; nil where it goes on.
        func refusal(
            of other: QuantizedNetwork? = nil, images: [Tensor]? = nil, options: FinetuningOptions? = nil,
            target: TrainingTarget = .teacher
        ) throws -> String? {
            do {
                _ = try finetune(other ?? quantized, images: images, options: options ?? self.options, target: target)
                return nil
            } catch FinetuningError.state(_, let reason) { return reason }
        }
    }

    @Test("but the same run goes on, with any number of epochs from those done upwards")
    func theSameRun() throws {
        let run = try Run()
        #expect(try run.refusal() == nil)
        var options = run.options
        options.epochs = 3
        #expect(try run.refusal(options: options) == nil)
        options.epochs = 2
        #expect(try run.refusal(options: options)?.contains("3 epochs, but 2 are asked for") == true)
        options.epochs = 0
        #expect(try run.refusal(options: options) != nil)
    }

    /// What sets every option of finetuning that can change a byte to something else than its default.
    private static let options: [String: @Sendable (inout FinetuningOptions) -> Void] = [
        "method": { $0.method = .vft }, "lambda": { $0.lambda = 4 }, "batch": { $0.batch = 3 },
        "lr.weights": { $0.learningRates[.weights] = 2e-3 }, "lr.range": { $0.learningRates[.range] = 2e-3 },
        "lr.breakpoint": { $0.learningRates[.breakpoint] = 2e-3 }, "lr.measures": { $0.learningRates[.measures] = 2e-3 },
        "lr.image": { $0.imageLearningRate = 0.2 }, "schedule": { $0.schedule = .cosine }, "decay": { $0.decay = 0.8 },
        "cycle": { $0.cycle = [.weights, .breakpoint, .range] }, "terms.reconstruction": { $0.reconstruction = false },
        "terms.attention": { $0.attention = 1 }, "terms.sensitivity": { $0.sensitivity = false },
        "temperature": { $0.temperature = 2 }, "relative": { $0.relative = true }, "snapping": { $0.snapping = true },
        "integers": { $0.integers = true }, "seed": { $0.seed = 2 },
        "student": { $0.student = .free }, "patch": { $0.patch = 8 }, "drop": { $0.drop = 0.5 },
        "lr.latent": { $0.learningRates[.latent] = 2e-3 }, "lr.biases": { $0.learningRates[.biases] = 2e-3 },
        "lr.rounding": { $0.learningRates[.rounding] = 2e-3 },
    ]

    @Test("for every option")
    func everyOption() throws {
        let withoutInfluence: Set = ["threads", "progress", "state", "epochs"]
        #expect(Set(OptionOwner.finetune.options.map(\.name)).subtracting(withoutInfluence) == Set(Self.options.keys))
        let run = try Run()
        for (name, change) in Self.options {
            var options = run.options
            change(&options)
            let refusal = try run.refusal(options: options)
            let word = name.hasPrefix("terms.") ? String(name.dropFirst(6)) : name
            #expect(refusal?.contains("another run: ") == true && refusal?.contains(word) == true, "\(name): \(refusal ?? "")")
        }
        // With a cosine the number of epochs decides on every learning rate.
        var options = run.options
        options.schedule = .cosine
        let cosine = try Run(options: options)
        options.epochs = 2
        #expect(try cosine.refusal(options: options)?.contains("epochs is 2, in the state 1") == true)
    }

    @Test("for every option of calibration")
    func everyCalibrationOption() throws {
        let recipes: [Recipe.Option: (base: (inout Recipe) -> Void, change: (inout Recipe) -> Void)] = [
            .weights: ({ _ in }, { $0.weights = 3 }), .activations: ({ _ in }, { $0.activations = 5 }),
            .quantizer: ({ _ in }, { $0.quantizer = "plq-offset" }), .scope: ({ _ in }, { $0.scope = .body }),
            .breakpoint: ({ _ in }, { $0.breakpoint = .leastSquaredError }), .batch: ({ _ in }, { $0.batch = 2 }),
            .momentum: ({ $0.batch = 1 }, { $0.momentum = 0.5 }), .percentile: ({ _ in }, { $0.percentile = 90 }),
            .perChannel: ({ _ in }, { $0.perChannel = true }), .weightRange: ({ _ in }, { $0.weightRange = .squaredError }),
            .rangePercentile: ({ $0.quantizer = "percentile" }, { $0.rangePercentile = 95 }),
            .clippedShare: ({ $0.quantizer = "ptq4sr" }, { $0.clippedShare = 0.01 }),
            .clippedShare8Bits: ({ $0.quantizer = "ptq4sr" }, { $0.clippedShare8Bits = 0.01 }),
            .inputScales: ({ _ in }, { $0.inputScales = .largestMagnitude }),
            .scalePower: ({ $0.inputScales = .powerOfMagnitude }, { $0.scalePower = 0.75 }),
            .equalisation: ({ _ in }, { $0.equalisation = .weights }), .biasCorrection: ({ _ in }, { $0.biasCorrection = true }),
        ]
        for option in Recipe.Option.allCases {
            let (base, change) = try #require(recipes[option])
            var recipe = Recipe()
            base(&recipe)
            let run = try Run(recipe: recipe)
            #expect(try run.refusal() == nil)
            change(&recipe)
            // The network's roles are all "body", which both protocols quantize: the recipe alone differs then.
            let refusal = try run.refusal(of: try Run.quantized(recipe))
            #expect(refusal?.contains("belongs to another run") == true, "\(option.rawValue)")
        }
        let run = try Run()
        #expect(try run.refusal(of: try Run.quantized(Recipe(), seed: 4)) != nil)
        var recipe = Recipe()
        recipe.batch = 1
        let ordered = try Run(recipe: recipe)
        #expect(try ordered.refusal(of: try Run.quantized(recipe) { $0.reversed() }) != nil)
    }

    @Test("for every tensor and every setting of the network")
    func everyPartOfTheNetwork() throws {
        let run = try Run()
        func refusal(_ change: (inout Network) -> Void) throws -> String? {
            var network = run.quantized.network
            change(&network)
            return try run.refusal(
                of: QuantizedNetwork(network: network, layers: run.quantized.layers, recipe: run.quantized.recipe))
        }
        var kinds: Set<String> = []
        for node in run.quantized.network.nodes.indices {
            let name = run.quantized.network.nodes[node].name
            for (kind, change) in Self.changes(of: run.quantized.network.nodes[node].operation) {
                kinds.insert(kind)
                let refusal = try refusal { $0.nodes[node].operation = change }
                let isTensor = ["weight", "bias", "scale", "shift", "slopes"].contains(kind)
                let part = isTensor ? "tensor \(name).\(kind)" : "node \(node) of"
                #expect(refusal?.contains(part) == true, "\(kind) of \(name): \(refusal ?? "accepted")")
            }
        }
        #expect(kinds == ["weight", "bias", "no bias", "role", "scale", "shift", "slopes", "slope", "factor", "output function"])
        #expect(try refusal { $0.architecture = "other" }?.contains("architecture is other, in the state test") == true)
    }

    /// Returns the operation with each of its numbers and settings changed, by what that is; the sizes of maps stay.
    private static func changes(of operation: Networks.Operation) -> [(String, Networks.Operation)] {
        func other(_ values: [Float]) -> [Float] { values.dropLast() + [(values.last ?? 0).nextUp] }
        switch operation {
        case .convolution(let convolution):
            var changes: [(String, Networks.Operation)] = []
            func add(_ kind: String, _ change: (inout Convolution) -> Void) {
                var changed = convolution
                change(&changed)
                changes.append((kind, .convolution(changed)))
            }
            add("weight") { $0.weight.values = other($0.weight.values) }
            add("role") { $0.role = .edge }
            if let bias = convolution.bias {
                add("bias") { $0.bias = other(bias) }
                add("no bias") { $0.bias = nil }
            }
            return changes
        case .affine(let scale, let shift):
            return [
                ("scale", .affine(scale: other(scale), shift: shift)), ("shift", .affine(scale: scale, shift: other(shift))),
            ]
        case .prelu(let slopes): return [("slopes", .prelu(slopes: other(slopes)))]
        case .leakyRelu(let slope): return [("slope", .leakyRelu(slope: slope.nextUp))]
        case .multiply(let factor): return [("factor", .multiply(factor.nextUp))]
        case .tanh: return [("output function", .relu)]
        default: return []
        }
    }

    @Test("for every part of the quantization")
    func everyPartOfTheQuantization() throws {
        let run = try Run()
        let changes: [(String, (inout LayerQuantization) throws -> Void)] = [
            ("activation quantizer", { $0.activation = try UniformQuantizer(name: "minmax", bits: 4, lower: -1, upper: 1) }),
            ("activation quantizer", { $0.activation = try $0.activation?.withBits(6) }),
            ("activation parameters", { Self.move(&$0.activation, 0) }),
            ("activation parameters", { Self.move(&$0.activation, 1) }),
            ("activation parameters", { Self.move(&$0.activation, 2) }),
            ("activation quantizer", { $0.activation = nil }), ("weight quantizer", { $0.weight = nil }),
            ("weight quantizer", { $0.weight = try $0.weight?.withBits(3) }),
            ("weight ranges", { $0.weight = try SymmetricWeightQuantizer(bits: 4, uppers: [0.125]) }),
            ("input scales", { $0.inputScales = try InputScales(factors: [0.5]) }),
            ("deviation", { $0.deviation = $0.deviation.nextUp }), ("measure", { $0.measure = 0.5 }),
            ("statistics", { $0.statistics?.lower -= 1 }), ("statistics", { $0.statistics?.upper += 1 }),
            ("statistics", { $0.statistics?.percentileAbsolute += 1 }),
            ("statistics", { $0.statistics?.histogram = try Histogram(lower: 0, upper: 1) }),
            ("statistics", { $0.statistics?.percentiles = .init(lower: 0, upper: 0) }), ("statistics", { $0.statistics = nil }),
        ]
        for node in run.quantized.quantizedNodes {
            let name = run.quantized.network.nodes[node].name
            for (part, change) in changes {
                var other = run.quantized
                var layer = try #require(other.layers[node])
                try change(&layer)
                other.layers[node] = layer
                let refusal = try run.refusal(of: other)
                #expect(refusal?.contains("\(part) of \(name)") == true, "\(part) of \(name): \(refusal ?? "accepted")")
            }
            var other = run.quantized
            other.layers[node] = nil
            #expect(try run.refusal(of: other)?.contains("of \(name) is only in the state") == true)
        }
        var other = run.quantized
        other.imageThresholds = ImageThresholds(lower: 1, upper: 2)
        #expect(try run.refusal(of: other)?.contains("image thresholds") == true)
        other = run.quantized
        other.recipe.finetuning = [["method": "saft"]]
        #expect(try run.refusal(of: other)?.contains("recipe.finetuning") == true)
    }

    /// A field that is added to one of these has to be added to the fingerprint, and to the changes above.
    @Test("and no field of what decides a run is forgotten")
    func everyField() throws {
        let run = try Run()
        let quantized = run.quantized
        let layer = try #require(quantized.layers.values.first)
        let statistics = try #require(layer.statistics)
        func fields(_ value: Any) -> Set<String> { Set(Mirror(reflecting: value).children.compactMap(\.label)) }
        #expect(fields(quantized) == ["network", "layers", "recipe", "imageThresholds"])
        #expect(fields(quantized.network) == ["architecture", "scale", "nodes"])
        #expect(fields(layer) == ["activation", "inputScales", "weight", "statistics", "deviation", "measure"])
        #expect(
            fields(statistics) == ["lower", "upper", "percentileAbsolute", "percentiles", "densityRanges", "histogram"])
        #expect(fields(TrainingTarget.teacher) == ["truth", "hasTeacher", "network"])
        // One for each option but `epochs`, and one for all learning rates but that of the image.
        let rates = Self.options.keys.count { $0.hasPrefix("lr.") && $0 != "lr.image" }
        #expect(fields(run.options).count == Self.options.count + 1 - rates + 1)
    }

    private static func move(_ activation: inout (any ActivationQuantizer)?, _ index: Int) {
        guard var parameters = activation?.parameters, parameters.indices.contains(index) else { return }
        parameters[index] -= 0.03125 * max(abs(parameters[index]), 0.25)
        activation?.parameters = parameters
    }

    @Test("for other images, other orders of them, and another aim")
    func imagesAndTarget() throws {
        let run = try Run()
        var images = run.images
        images[1].values[7] = images[1].values[7].nextUp
        #expect(try run.refusal(images: images)?.contains("images differs") == true)
        let reversed = try run.refusal(images: run.images.reversed())
        #expect(reversed?.contains("order of images differs") == true && reversed?.contains("; images differs") == false)
        #expect(try run.refusal(images: run.images.dropLast())?.contains("number of images is 2, in the state 3") == true)
        let truth = run.images.map { _ in Tensor(zeros: [1, 48, 48, 3]) }
        #expect(try run.refusal(target: .groundTruthAndTeacher(truth))?.contains("target is") == true)
        var teacher = run.quantized.network
        if case .convolution(var convolution) = teacher.nodes[2].operation {
            convolution.weight.values[0] += 1
            teacher.nodes[2].operation = .convolution(convolution)
        }
        #expect(try run.refusal(target: .teacher(teacher))?.contains("teacher") == true)
        let truthful = try Run(target: .groundTruthAndTeacher(truth))
        var other = truth
        other[0].values[0] = 1
        #expect(try truthful.refusal(target: .groundTruthAndTeacher(truth)) == nil)
        #expect(try truthful.refusal(target: .groundTruthAndTeacher(other))?.contains("ground truth differs") == true)
    }
}
