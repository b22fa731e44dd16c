import Checkpoints
import QuantizedNetworks
import SuperResolution
import Testing
import Training

@Suite("Lists of options")
struct OptionTests {
    @Test("hold one option of each name and each field, with a sentence", arguments: OptionOwner.allCases)
    func names(owner: OptionOwner) {
        let options = owner.options
        #expect(Set(options.map(\.name)).count == options.count && Set(options.map(\.field)).count == options.count)
        for option in options { #expect(option.meaning.hasSuffix(".") && option.meaning.count > 10, "\(option.name)") }
    }

    @Test("say what is wrong with a number in the words that messages always had")
    func refusals() throws {
        let wrong: [(change: (inout Recipe) -> Void, message: String)] = [
            ({ $0.weights = 9 }, "weights: 9 bits are outside 2...8"),
            ({ $0.activations = 1 }, "activations: 1 bits are outside 2...8"),
            ({ $0.batch = 0 }, "batch: 0 is less than 1"),
            ({ $0.momentum = 1 }, "momentum: 1.0 is outside 0..<1"),
            ({ $0.momentum = .nan }, "momentum: nan is outside 0..<1"),
            ({ $0.percentile = 0 }, "percentile: 0.0 is outside (0, 100]"),
            ({ $0.rangePercentile = 49.5 }, "range_percentile: 49.5 is outside 50...100"),
            ({ $0.clippedShare = -0.25 }, "clipped_share: -0.25 is outside 0..<1"),
            ({ $0.clippedShare8Bits = 1 }, "clipped_share_8bit: 1.0 is outside 0..<1"),
        ]
        for (change, message) in wrong {
            var recipe = Recipe()
            change(&recipe)
            let error = #expect(throws: QuantizedNetworkError.self) { try recipe.validated() }
            #expect(error?.description.contains(message) == true, "\(message): \(String(describing: error))")
        }
        var widest = Recipe()
        (widest.weights, widest.activations, widest.batch, widest.momentum, widest.percentile) = (8, 2, 1, 0, 100)
        (widest.rangePercentile, widest.clippedShare) = (50, 0)
        #expect(try widest.validated() == widest)
    }

    /// The options of finetuning that are numbers, each with what sets it.
    private static let numbers: [(name: String, set: @Sendable (inout FinetuningOptions, Double) -> Void)] = [
        ("lambda", { $0.lambda = Float($1) }), ("epochs", { $0.epochs = Int($1) }), ("batch", { $0.batch = Int($1) }),
        ("lr.weights", { $0.learningRates[.weights] = Float($1) }), ("lr.range", { $0.learningRates[.range] = Float($1) }),
        ("lr.breakpoint", { $0.learningRates[.breakpoint] = Float($1) }),
        ("lr.measures", { $0.learningRates[.measures] = Float($1) }), ("lr.image", { $0.imageLearningRate = Float($1) }),
        ("decay", { $0.decay = Float($1) }), ("terms.attention", { $0.attention = Float($1) }),
        ("temperature", { $0.temperature = Float($1) }), ("patch", { $0.patch = Int($1) }), ("drop", { $0.drop = Float($1) }),
        ("lr.latent", { $0.learningRates[.latent] = Float($1) }), ("lr.biases", { $0.learningRates[.biases] = Float($1) }),
        ("lr.rounding", { $0.learningRates[.rounding] = Float($1) }),
    ]

    @Test("have the bounds that finetuning checks, in its words")
    func finetuning() throws {
        let listed = OptionOwner.finetune.options.filter { $0.bounds != nil && !["seed", "threads"].contains($0.name) }
        #expect(Set(listed.map(\.name)) == Set(Self.numbers.map(\.name)))
        let quantization = try TinyModels.quantization()
        let images = try TinyModels.patches(count: 1)
        for option in listed {
            let bounds = try #require(option.bounds)
            let number = try #require(Self.numbers.first { $0.name == option.name })
            var isWhole = false
            if case .integer = option.kind { isWhole = true }
            var tried = [bounds.lower - 1, bounds.lower]
            if bounds.upper.isFinite { tried += [bounds.upper, bounds.upper + 1] }
            if !isWhole { tried += [.nan, .infinity] }
            for value in tried {
                var options = FinetuningOptions()
                options.epochs = 0
                number.set(&options, value)
                var trained = quantization
                var message: String?
                do { try trained.finetune(images: images, options: options, threads: 1) } catch { message = "\(error)" }
                let refusal = isWhole ? option.refusal(of: Int(value)) : option.refusal(of: Float(value))
                #expect((message == nil) == (refusal == nil), "\(option.name) = \(value): \(message ?? "accepted")")
                // Messages about learning rates name the group in words.
                guard let refusal, let message, !option.name.hasPrefix("lr.") else { continue }
                let words = refusal.drop { $0 != ":" }
                #expect(message.contains(words), "\(option.name) = \(value): \(message)")
            }
        }
    }

    @Test("name the members of a recipe")
    func recipes() throws {
        var recipe = Recipe()
        (recipe.quantizer, recipe.weightRange) = ("ptq4sr", .percentile)
        (recipe.inputScales, recipe.equalisation, recipe.biasCorrection) = (.powerOfMagnitude, .weights, true)
        let calibration = Set(Recipe.Option.allCases.map(\.rawValue))
        let members = try Self.members(recipe.json)
        #expect(calibration.isSubset(of: members))
        #expect(members.subtracting(calibration) == ["images", "bits", "finetuning"])
        for option in Recipe.Option.allCases {
            #expect(OptionOwner.calibrate.options.contains { $0.name == option.rawValue && $0.field == option.rawValue })
        }

        var finetuning = FinetuningOptions()
        finetuning.integers = true
        let fields = Set(OptionOwner.finetune.options.map(\.field))
        #expect(try Self.members(finetuning.json).subtracting(fields) == ["learning_rates"])
    }

    private static func members(_ json: JSON) throws -> Set<String> {
        guard case .object(let members) = json else { return [] }
        return Set(members.map(\.key))
    }
}
