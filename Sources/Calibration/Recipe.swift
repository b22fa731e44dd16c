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
    /// A name of `QuantizerRegistry.standard`. Layers of 8 bits use "minmax" whatever is chosen here: the paper's storage count
    /// has breakpoints on the low-bit layers alone (facts 5.4).
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
    public var images = 0
    public var overrides: [BitOverride] = []
    /// What was done after calibration, in order: one object per finetuning run.
    public var finetuning: [JSON] = []

    public init() {}

    func validated() throws(CalibrationError) -> Recipe {
        for (name, bits) in [("weights", weights), ("activations", activations)] where !(2...8).contains(bits) {
            throw .option("\(name): \(bits) bits are outside 2...8")
        }
        guard batch >= 1 else { throw .option("batch: \(batch) is less than 1") }
        guard momentum >= 0, momentum < 1 else { throw .option("momentum: \(momentum) is outside 0..<1") }
        guard percentile > 0, percentile <= 100 else { throw .option("percentile: \(percentile) is outside (0, 100]") }
        do { _ = try QuantizerRegistry.standard.kind(named: quantizer) } catch { throw .option("quantizer: \(error)") }
        return self
    }

    // MARK: - JSON

    public var json: JSON {
        .object([
            .init("weights", JSON(weights)), .init("activations", JSON(activations)), .init("quantizer", .string(quantizer)),
            .init("protocol", .string(scope.rawValue)), .init("batch", JSON(batch)), .init("momentum", JSON(momentum)),
            .init("percentile", JSON(percentile)), .init("breakpoint", .string(breakpoint.rawValue)),
            .init("per_channel", .bool(perChannel)), .init("images", JSON(images)),
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
        ])
    }

    /// - Throws: for a member that is missing, unknown or of the wrong kind, with its path.
    public init(json field: JSON.Field) throws(CheckpointError) {
        try field.refuseMembers(except: [
            "weights", "activations", "quantizer", "protocol", "batch", "momentum", "percentile", "breakpoint", "per_channel",
            "images", "bits", "finetuning",
        ])
        weights = try field.member("weights").integer(in: 2...8)
        activations = try field.member("activations").integer(in: 2...8)
        quantizer = try field.member("quantizer").string()
        let scopeField = try field.member("protocol")
        guard let scope = QuantizationProtocol(rawValue: try scopeField.string()) else {
            throw scopeField.failure("expected full or body")
        }
        self.scope = scope
        batch = try field.member("batch").integer(in: 1...1 << 30)
        momentum = try field.member("momentum").float()
        percentile = try field.member("percentile").float()
        let breakpointField = try field.member("breakpoint")
        guard let breakpoint = FittingOptions.Breakpoint(rawValue: try breakpointField.string()) else {
            throw breakpointField.failure("expected percentile or search")
        }
        self.breakpoint = breakpoint
        perChannel = try field.member("per_channel").bool()
        images = try field.member("images").integer(in: 0...1 << 30)
        for element in try field.member("bits").elements() {
            overrides.append(
                BitOverride(
                    pattern: try element.member("pattern").string(),
                    weights: try element.optional("weights")?.bits(), activations: try element.optional("activations")?.bits()))
        }
        finetuning = try field.member("finetuning").elements().map(\.value)
    }
}

extension JSON.Field {
    /// 2…8, or 32 for float.
    public func bits() throws(CheckpointError) -> Int {
        let bits = try integer()
        guard 2...8 ~= bits || bits == LayerQuantization.floatBits else {
            throw failure("expected 2 to 8 bits, or 32 for float, found \(bits)")
        }
        return bits
    }
}
