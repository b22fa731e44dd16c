/// A kind of trainable parameter: what an epoch trains.
///
/// Groups are open: a new one is a name and a `ParameterSource`, which knows where the parameters are in a network and how their
/// gradients follow from a backward pass. Two groups are the same if their names are.
public struct ParameterGroup: Sendable, Hashable, CustomStringConvertible {
    /// The name in cycles, recipes and saved states.
    public let rawValue: String
    /// The way to the parameters: where they are, and how their gradients are made.
    package let source: any ParameterSource

    /// Makes a group of its own.
    package init(_ name: String, _ source: some ParameterSource) { (rawValue, self.source) = (name, source) }

    /// The ranges of the weights: u_w, one per layer or per output channel; for asymmetric weights all lower ends, then all
    /// upper ones.
    public static let weights = ParameterGroup("weights", WeightRangeParameters())
    /// The ranges of the activations: l_a and u_a of every layer.
    public static let range = ParameterGroup("range", ActivationParameters(names: ["lower", "upper"]))
    /// The breakpoint bp of every piecewise linear layer.
    public static let breakpoint = ParameterGroup("breakpoint", ActivationParameters(names: ["breakpoint"]))
    /// AdaBM's image thresholds, and the measure m of every adaptive layer.
    public static let measures = ParameterGroup("measures", BitMappingParameters())

    /// The groups that cycles can name; Algorithm 1 goes through the first three in turn. Every run keeps the parameters of all of
    /// them in its state, and in this order.
    public static let standard: [ParameterGroup] = [.weights, .range, .breakpoint, .measures]

    /// Returns the standard group of this name, or nil.
    public static func named(_ name: String) -> ParameterGroup? { standard.first { $0.rawValue == name } }

    /// The name.
    public var description: String { rawValue }

    /// Returns whether the names are the same.
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
