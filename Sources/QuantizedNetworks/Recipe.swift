import Checkpoints
import Quantizers

/// How a network was quantized: everything a user can set, so that a saved model says how to make it again.
public struct Recipe: Sendable, Equatable {
    public struct BitOverride: Sendable, Equatable {
        public var pattern: String
        /// 2…8, or `LayerQuantization.floatBits`; nil leaves that side as it is.
        public var weights: Int?
        public var activations: Int?

        public init(pattern: String, weights: Int?, activations: Int?) {
            (self.pattern, self.weights, self.activations) = (pattern, weights, activations)
        }
    }

    /// 2…8.
    public var weights = 4
    /// 2…8, where the quantizer can.
    public var activations = 4
    /// The registry that `quantizer` is a name of. It is not part of what is saved.
    public var quantizers = QuantizerRegistry.standard
    /// A name of `quantizers`. Layers of 8 bits use "minmax" in place of a piecewise linear one: the paper's storage
    /// count has breakpoints on the low-bit layers alone (facts 5.4). The other quantizers keep their own rule for the range there, as
    /// in the released codes; "ptq4sr" with `clippedShare8Bits`.
    public var quantizer = "plq"
    public var scope = QuantizationProtocol.full
    /// Images between two updates of the moving averages.
    public var batch = 16
    /// Of the old value in the moving averages, β of Algorithm 1.
    public var momentum: Float = 0.9
    /// Of |x|, for the breakpoint.
    public var percentile: Float = 99
    public var breakpoint = FittingOptions.Breakpoint.percentile
    /// One weight range per output channel instead of one per layer.
    public var perChannel = false
    /// Nil: the quantizer's own. "percentile" has `.percentile`, "mse" `.squaredError`, "ptq4sr" `.minmax` per channel and all
    /// others `.max`; the readings that AdaBM's code has for the first two are `.signedPercentile` and `.signedSquaredError`.
    public var weightRange: WeightRange?
    /// Of the ranges of quantizer and weight range "percentile": activations from P(100 - this) to P(this). 50…100.
    public var rangePercentile: Float = 99
    /// Of all values of a batch, what double clipping ("ptq4sr") may drop. PTQ4SR's settings file says 5e-4, but its code never
    /// reads that (facts 4.4).
    public var clippedShare: Float = 1e-4
    /// The same in layers of 8 bits.
    public var clippedShare8Bits: Float = 1e-5
    public var images = 0
    public var overrides: [BitOverride] = []
    /// Layers whose activation levels were set by hand; the levels are in the quantizers.
    public var levels: [String] = []
    /// Whether activations were moved to integer grids when the network was frozen, and layers compute in whole numbers.
    public var snapping = false
    /// What was done after calibration, in order: one object per finetuning run.
    public var finetuning: [JSON] = []

    public init() {}

    package func validated() throws(QuantizedNetworkError) -> Recipe {
        try Option.weights.check(weights)
        try Option.activations.check(activations)
        try Option.batch.check(batch)
        try Option.momentum.check(momentum)
        try Option.percentile.check(percentile)
        try Option.rangePercentile.check(rangePercentile)
        try Option.clippedShare.check(clippedShare)
        try Option.clippedShare8Bits.check(clippedShare8Bits)
        do { _ = try quantizers.kind(named: quantizer) } catch { throw .option("quantizer: \(error)") }
        return self
    }

    // MARK: - JSON

    /// Only holds of `weightRange` and what follows it in this type what had an influence.
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
        if snapping { members.append(.init("snapping", .bool(true))) }
        return .object(members)
    }

    private var usesPercentiles: Bool {
        kind?.needs.contains(.percentiles) == true || weightRange == .percentile || weightRange == .signedPercentile
    }

    /// - Throws: for a member that is missing, unknown or of the wrong kind, with its path.
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
        for element in try field.optional("levels")?.elements() ?? [] { levels.append(try element.string()) }
        if let rangeField = try field.optional(.weightRange) {
            guard let range = WeightRange(rawValue: try rangeField.string()) else {
                throw rangeField.failure("expected one of \(WeightRange.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            weightRange = range
        }
        if let share = try field.optional(.rangePercentile) { rangePercentile = try share.float() }
        if let share = try field.optional(.clippedShare) { clippedShare = try share.float() }
        if let share = try field.optional(.clippedShare8Bits) { clippedShare8Bits = try share.float() }
        snapping = try field.optional("snapping")?.bool() ?? false
    }
}

extension JSON.Member {
    fileprivate init(_ option: Recipe.Option, _ value: JSON) { self.init(option.rawValue, value) }
}

extension JSON.Field {
    fileprivate func member(_ option: Recipe.Option) throws(CheckpointError) -> JSON.Field { try member(option.rawValue) }
    fileprivate func optional(_ option: Recipe.Option) throws(CheckpointError) -> JSON.Field? { try optional(option.rawValue) }

    /// 2…8, or 32 for float.
    public func bits() throws(CheckpointError) -> Int {
        let bits = try integer()
        guard 2...8 ~= bits || bits == LayerQuantization.floatBits else {
            throw failure("expected 2 to 8 bits, or 32 for float, found \(bits)")
        }
        return bits
    }
}
