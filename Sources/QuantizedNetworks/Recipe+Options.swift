import Quantizers

extension Recipe {
    /// The options of calibration that a recipe keeps, in the order in which they are listed and checked. Each raw value is the
    /// key in Lua, the field of the C struct, the keyword in Python and the member of the recipe's JSON.
    public enum Option: String, Sendable, CaseIterable {
        case weights
        case activations
        case quantizer
        case scope = "protocol"
        case breakpoint
        case batch
        case momentum
        case percentile
        case perChannel = "per_channel"
        case weightRange = "weight_range"
        case rangePercentile = "range_percentile"
        case clippedShare = "clipped_share"
        case clippedShare8Bits = "clipped_share_8bit"
        case inputScales = "input_scales"
        case scalePower = "scale_power"
        case equalisation
        case biasCorrection = "bias_correction"

        /// The description of the option. Its default is what a new `Recipe` has.
        public var description: OptionDescription {
            let recipe = Recipe()
            return switch self {
            case .weights:
                describe(.integer(.closed(2, 8)), .integer(recipe.weights), unit: "bits", "The bits of the weights.")
            case .activations:
                describe(
                    .integer(.closed(2, 8)), .integer(recipe.activations), unit: "bits",
                    "The bits of the activations, at least 3 for piecewise linear quantizers.")
            case .quantizer:
                describe(
                    .choice(QuantizerRegistry.standard.names), .text(recipe.quantizer),
                    "The quantizer of the activations; with \"adabm\" their bits depend on the image and the layer.")
            case .scope:
                describe(
                    .choice(QuantizationProtocol.allCases.map(\.rawValue)), .text(recipe.scope.rawValue),
                    "Which layers are quantized: with \"full\" all, the edges at 8 bits; with \"body\" the edges and the body's "
                        + "end stay in float.")
            case .breakpoint:
                describe(
                    .choice(FittingOptions.Breakpoint.allCases.map(\.rawValue)), .text(recipe.breakpoint.rawValue),
                    "How the breakpoint starts: at a percentile of |x|, or where a search finds the least squared error.")
            case .batch:
                describe(
                    .integer(.fromOne), .integer(recipe.batch), "The number of images between two updates of the moving averages.")
            case .momentum:
                describe(.number(.share), .number(recipe.momentum), "The weight of the old value in the moving averages.")
            case .percentile:
                describe(
                    .number(OptionBounds(0, 100, excludesLower: true)), .number(recipe.percentile),
                    "The percentile of |x| at which the breakpoint starts.")
            case .perChannel:
                describe(.flag, .flag(recipe.perChannel), "Whether each output channel has a weight range of its own.")
            case .weightRange:
                describe(
                    .choice(WeightRange.allCases.map(\.rawValue)),
                    .unset("\"percentile\" and \"mse\" for those quantizers, \"minmax\" per channel for \"ptq4sr\", else \"max\""),
                    "How the range of the weights is found; the -signed names look at w where the others look at |w|.")
            case .rangePercentile:
                describe(
                    .number(.closed(50, 100)), .number(recipe.rangePercentile),
                    "The percentile P of quantizer and weight range \"percentile\", which clip to P(100 - this) and P(this).")
            case .clippedShare:
                describe(
                    .number(.share), .number(recipe.clippedShare), "The share of a batch's values that \"ptq4sr\" may clip.")
            case .clippedShare8Bits:
                describe(
                    .number(.share), .number(recipe.clippedShare8Bits),
                    "The share of a batch's values that \"ptq4sr\" may clip in layers of 8 bits.")
            case .inputScales:
                describe(
                    .choice(InputScaling.allCases.map(\.rawValue)), .text(recipe.inputScales.rawValue),
                    "What each channel of a layer's input is divided by before it is quantized: nothing, its largest magnitude "
                        + "over the images, or a power of that.")
            case .scalePower:
                describe(
                    .number(.closed(0, 1)), .number(recipe.scalePower), "The exponent of input scales \"power\".")
            case .equalisation:
                describe(
                    .choice(Equalisation.allCases.map(\.rawValue)), .text(recipe.equalisation.rawValue),
                    "What is made equal, channel by channel, between the two convolutions of a residual block before anything is "
                        + "quantized: nothing, the largest weights on both sides, or the largest magnitudes over the images.")
            case .biasCorrection:
                describe(
                    .flag, .flag(recipe.biasCorrection),
                    "Whether biases take back what rounding adds to the mean of each layer's results.")
            }
        }

        private func describe(
            _ kind: OptionDescription.Kind, _ standard: OptionDescription.Default, unit: String? = nil, _ meaning: String
        ) -> OptionDescription {
            OptionDescription(rawValue, kind, default: standard, unit: unit, meaning)
        }

        /// Checks a value of this option.
        /// - Throws: `.option` for a number outside the option's bounds.
        func check(_ value: Int) throws(QuantizedNetworkError) {
            if let refusal = description.refusal(of: value) { throw .option(refusal) }
        }

        func check(_ value: Float) throws(QuantizedNetworkError) {
            if let refusal = description.refusal(of: value) { throw .option(refusal) }
        }
    }
}
