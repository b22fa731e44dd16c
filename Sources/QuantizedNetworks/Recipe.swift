import Checkpoints
import Quantizers

/// The recipe by which a network was quantized: everything that a user can set, so that a saved model says how to make it again.
public struct Recipe: Sendable, Equatable {
    /// The bits that were set for layers whose names match a pattern.
    public struct BitOverride: Sendable, Equatable {
        /// The pattern of layer names, with `*` and `?`.
        public var pattern: String
        /// The bits of the weights, 2…8, or `LayerQuantization.floatBits`; nil leaves them as they are.
        public var weights: Int?
        /// The bits of the inputs, 2…8, or `LayerQuantization.floatBits`; nil leaves them as they are.
        public var activations: Int?

        /// Makes an override; nil leaves a side as it is.
        public init(pattern: String, weights: Int?, activations: Int?) {
            (self.pattern, self.weights, self.activations) = (pattern, weights, activations)
        }
    }

    /// The bits of the weights, 2…8.
    public var weights = 4
    /// The bits of the activations, 2…8, where the quantizer can have them.
    public var activations = 4
    /// The registry in which `quantizer` is a name. It is not part of what is saved.
    public var quantizers = QuantizerRegistry.standard
    /// The name of the activations' quantizer in `quantizers`. Layers of 8 bits use "minmax" in place of a piecewise linear one,
    /// because the storage size that the paper prints leaves room for breakpoints on the low-bit layers alone (docs/protocols.md,
    /// "Storage"). The other quantizers keep their own rule for the range there, as in the released codes; "ptq4sr" with
    /// `clippedShare8Bits`.
    public var quantizer = "plq"
    /// The protocol: which layers are quantized. The option is called `protocol`, which is a reserved word in Swift.
    public var scope = QuantizationProtocol.full
    /// The number of images between two updates of the moving averages; the paper's is 16.
    public var batch = 16
    /// The share of the old value in the moving averages, β of Algorithm 1.
    public var momentum: Float = 0.9
    /// The percentile of |x| at which the breakpoint starts (docs/method.md, "The breakpoint").
    public var percentile: Float = 99
    /// How the breakpoint of a piecewise linear quantizer is found.
    public var breakpoint = FittingOptions.Breakpoint.percentile
    /// Whether each output channel has a weight range of its own, instead of one per layer.
    public var perChannel = false
    /// The weight range; nil for the quantizer's own, as its `QuantizerKind` has it: "percentile" has `.percentile`, "mse"
    /// `.squaredError`, "ptq4sr" `.minmax` per channel, "adabm" `.signedSquaredError` and all others `.max`. The readings that
    /// AdaBM's code has of the first two are `.signedPercentile` and `.signedSquaredError`.
    public var weightRange: WeightRange?
    /// The percentile, 50…100, of quantizer and weight range "percentile": activations are clipped to the percentiles 100 -
    /// `rangePercentile` and `rangePercentile` of x, weights to percentile `rangePercentile` of |w|.
    public var rangePercentile: Float = 99
    /// The share of all values of a batch that double clipping ("ptq4sr") may drop. PTQ4SR's settings file says 5e-4, but its code
    /// never reads that (docs/baselines.md, "Density-based double clipping").
    public var clippedShare: Float = 1e-4
    /// The share of all values of a batch that double clipping may drop in layers of 8 bits.
    public var clippedShare8Bits: Float = 1e-5
    /// How each channel of a layer's input gets a scale.
    public var inputScales = InputScaling.none
    /// The exponent of `InputScaling.powerOfMagnitude`, 0…1.
    public var scalePower: Float = 0.5
    /// How the channels between the two convolutions of a residual block are made equal before anything else.
    public var equalisation = Equalisation.none
    /// Whether the biases of quantized layers take back what rounding adds to the mean of their results.
    public var biasCorrection = false
    /// The number of images that calibration ran over; 0 before it did.
    public var images = 0
    /// The bits that were set by pattern after calibration, in the order in which they were.
    public var overrides: [BitOverride] = []
    /// The names of layers whose activation levels were set by hand; the levels themselves are in the quantizers.
    public var levels: [String] = []
    /// Whether the network was snapped when it was frozen: activations then lie on integer grids, and layers compute in integers
    /// where they can. `QuantizedNetwork.isSnapped` is this.
    public var snapping = false
    /// What was done after calibration, in order: one JSON object per finetuning run.
    public var finetuning: [JSON] = []

    /// Makes the recipe of the paper: W4A4, `full`, "plq".
    public init() {}

    /// Returns the recipe itself, if its numbers are within their bounds and its quantizer is known.
    /// - Throws: `.option`.
    package func validated() throws(QuantizedNetworkError) -> Recipe {
        try Option.weights.check(weights)
        try Option.activations.check(activations)
        try Option.batch.check(batch)
        try Option.momentum.check(momentum)
        try Option.percentile.check(percentile)
        try Option.rangePercentile.check(rangePercentile)
        try Option.clippedShare.check(clippedShare)
        try Option.clippedShare8Bits.check(clippedShare8Bits)
        try Option.scalePower.check(scalePower)
        do { _ = try quantizers.kind(named: quantizer) } catch { throw .option("quantizer: \(error)") }
        return self
    }

    // MARK: - JSON

    /// The recipe as JSON. `levels`, `weightRange`, `rangePercentile`, `clippedShare`, `clippedShare8Bits`, `inputScales`,
    /// `scalePower`, `equalisation`, `biasCorrection` and `snapping` are written only where they had an
    /// influence, all other members always.
    public var json: JSON {
        var members: [JSON.Member] = [
            .init(.weights, JSON(weights)), .init(.activations, JSON(activations)), .init(.quantizer, .string(quantizer)),
            .init(.scope, .string(scope.rawValue)), .init(.batch, JSON(batch)), .init(.momentum, JSON(momentum)),
            .init(.percentile, JSON(percentile)), .init(.breakpoint, .string(breakpoint.rawValue)),
            .init(.perChannel, .bool(perChannel)), .init("images", JSON(images)),
            .init(
                "bits",
                .array(
                    overrides.map { override in
                        var members: [JSON.Member] = [.init("pattern", .string(override.pattern))]
                        if let bits = override.weights { members.append(.init("weights", JSON(bits))) }
                        if let bits = override.activations { members.append(.init("activations", JSON(bits))) }
                        return .object(members)
                    })),
            .init("finetuning", .array(finetuning)),
        ]
        if !levels.isEmpty { members.append(.init("levels", .array(levels.map { .string($0) }))) }
        if let weightRange { members.append(.init(.weightRange, .string(weightRange.rawValue))) }
        if usesPercentiles { members.append(.init(.rangePercentile, JSON(rangePercentile))) }
        if kind?.needs.contains(.densityClipping) == true {
            members.append(.init(.clippedShare, JSON(clippedShare)))
            members.append(.init(.clippedShare8Bits, JSON(clippedShare8Bits)))
        }
        if inputScales != .none { members.append(.init(.inputScales, .string(inputScales.rawValue))) }
        if inputScales == .powerOfMagnitude { members.append(.init(.scalePower, JSON(scalePower))) }
        if equalisation != .none { members.append(.init(.equalisation, .string(equalisation.rawValue))) }
        if biasCorrection { members.append(.init(.biasCorrection, .bool(true))) }
        if snapping { members.append(.init("snapping", .bool(true))) }
        return .object(members)
    }

    private var usesPercentiles: Bool {
        kind?.needs.contains(.percentiles) == true || weightRange == .percentile || weightRange == .signedPercentile
    }

    /// Makes a recipe from JSON.
    /// - Throws: an error with the member's path, for a member that is missing, unknown or of the wrong kind.
    public init(json field: JSON.Field) throws(CheckpointError) {
        try field.refuseMembers(
            except: Set(Option.allCases.map(\.rawValue)).union(["images", "bits", "finetuning", "levels", "snapping"]))
        weights = try field.member(.weights).integer(in: 2...8)
        activations = try field.member(.activations).integer(in: 2...8)
        quantizer = try field.member(.quantizer).string()
        let scopeField = try field.member(.scope)
        guard let scope = QuantizationProtocol(rawValue: try scopeField.string()) else {
            throw scopeField.failure("expected full or body")
        }
        self.scope = scope
        batch = try field.member(.batch).integer(in: 1...1 << 30)
        momentum = try field.member(.momentum).float()
        percentile = try field.member(.percentile).float()
        let breakpointField = try field.member(.breakpoint)
        guard let breakpoint = FittingOptions.Breakpoint(rawValue: try breakpointField.string()) else {
            throw breakpointField.failure("expected percentile or search")
        }
        self.breakpoint = breakpoint
        perChannel = try field.member(.perChannel).bool()
        images = try field.member("images").integer(in: 0...1 << 30)
        for element in try field.member("bits").elements() {
            overrides.append(
                BitOverride(
                    pattern: try element.member("pattern").string(),
                    weights: try element.optional("weights")?.bits(), activations: try element.optional("activations")?.bits()))
        }
        finetuning = try field.member("finetuning").elements().map(\.value)
        if let texts = try field.optional("levels") {
            for element in try texts.elements() { levels.append(try element.string()) }
        }
        if let rangeField = try field.optional(.weightRange) {
            guard let range = WeightRange(rawValue: try rangeField.string()) else {
                throw rangeField.failure("expected one of \(WeightRange.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            weightRange = range
        }
        if let share = try field.optional(.rangePercentile) { rangePercentile = try share.float() }
        if let share = try field.optional(.clippedShare) { clippedShare = try share.float() }
        if let share = try field.optional(.clippedShare8Bits) { clippedShare8Bits = try share.float() }
        if let scalesField = try field.optional(.inputScales) {
            guard let scales = InputScaling(rawValue: try scalesField.string()) else {
                throw scalesField.failure("expected one of \(InputScaling.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            inputScales = scales
        }
        if let power = try field.optional(.scalePower) { scalePower = try power.float() }
        if let equalisationField = try field.optional(.equalisation) {
            guard let equalisation = Equalisation(rawValue: try equalisationField.string()) else {
                throw equalisationField.failure("expected one of \(Equalisation.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            self.equalisation = equalisation
        }
        biasCorrection = try field.optional(.biasCorrection)?.bool() ?? false
        snapping = try field.optional("snapping")?.bool() ?? false
    }
}

extension JSON.Member {
    fileprivate init(_ option: Recipe.Option, _ value: JSON) { self.init(option.rawValue, value) }
}

extension JSON.Field {
    fileprivate func member(_ option: Recipe.Option) throws(CheckpointError) -> JSON.Field { try member(option.rawValue) }
    fileprivate func optional(_ option: Recipe.Option) throws(CheckpointError) -> JSON.Field? { try optional(option.rawValue) }

    /// Returns the field as a number of bits: 2…8, or 32 for float.
    /// - Throws: for any other value.
    public func bits() throws(CheckpointError) -> Int {
        let bits = try integer()
        guard 2...8 ~= bits || bits == LayerQuantization.floatBits else {
            throw failure("expected 2 to 8 bits, or 32 for float, found \(bits)")
        }
        return bits
    }
}
