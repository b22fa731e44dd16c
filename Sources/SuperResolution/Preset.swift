import QuantizedNetworks
import Training

/// A way to quantize a network in one call: what it is calibrated and finetuned with (docs/method.md, "Presets").
public enum Preset: String, Sendable, CaseIterable {
    /// The paper's method to the letter: piecewise linear activations and SAFT, the network's own weights as they are.
    case paper
    /// What loses least: uniform activations with a scale per input channel, weight ranges per output channel by least squared
    /// error, and training of everything at once, the network's weights among it.
    case srq

    /// Returns the recipe of calibration.
    func recipe(weights: Int, activations: Int, scope: QuantizationProtocol) -> Recipe {
        var recipe = Recipe()
        (recipe.weights, recipe.activations, recipe.scope) = (weights, activations, scope)
        switch self {
        case .paper: break
        case .srq:
            (recipe.quantizer, recipe.weightRange, recipe.perChannel) = ("mse", .squaredError, true)
            (recipe.inputScales, recipe.scalePower) = (.powerOfMagnitude, 0.5)
        }
        return recipe
    }

    /// The options of finetuning.
    var finetuning: FinetuningOptions {
        switch self {
        case .paper: FinetuningOptions(method: .saft)
        case .srq: FinetuningOptions(method: .srq)
        }
    }
}

/// Everything that a caller can decide about quantizing in one call.
public struct PresetOptions: Sendable, Equatable {
    /// What the network is calibrated and finetuned with.
    public var preset = Preset.srq
    /// The bits of the weights, 2…8.
    public var weights = 4
    /// The bits of the activations, 2…8.
    public var activations = 4
    /// Which layers are quantized.
    public var scope = QuantizationProtocol.full
    /// How many steps finetuning takes at least: as many epochs as hold them. Nil: as the preset has it.
    public var steps: Int?
    /// The seed of everything that is drawn at random.
    public var seed: UInt64 = 1
    /// Whether activation levels move to integer grids in the end, so that the model runs in integers.
    public var snapping = true

    /// Makes the options of the "srq" preset at W4A4.
    public init() {}

    /// Returns the options of finetuning for so many images.
    func finetuning(images: Int) -> FinetuningOptions {
        var options = preset.finetuning
        options.seed = seed
        if let steps {
            let epoch = max((images + options.batch - 1) / options.batch, 1)
            options.epochs = steps / epoch + (steps % epoch == 0 ? 0 : 1)
        }
        return options
    }
}
