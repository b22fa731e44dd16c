/// A kind of trainable parameter: what an epoch trains.
///
/// Groups are open: a new one is a name and a `ParameterSource`, which knows where the parameters are in a network and how their
/// gradients follow from a backward pass. Two groups are the same if their names are.
public struct ParameterGroup: Sendable, Hashable, CustomStringConvertible {
    /// The name in cycles, recipes and saved states.
    public let rawValue: String
    /// The way to the parameters: where they are, and how their gradients are made.
    package let source: any ParameterSource

    /// The groups that this one trains together; the group itself unless it is a joint one.
    public var parts: [ParameterGroup] { joined.isEmpty ? [self] : joined }
    private let joined: [ParameterGroup]

    /// Makes a group of its own.
    package init(_ name: String, _ source: some ParameterSource) { (rawValue, self.source, joined) = (name, source, []) }

    /// Makes a group that trains several groups at once, each by its own learning rate. Its name has theirs with "+" between them.
    /// One group alone is that group; what comes up twice counts once.
    public static func joint(_ groups: [ParameterGroup]) -> ParameterGroup {
        var parts: [ParameterGroup] = []
        for part in groups.flatMap(\.parts) where !parts.contains(part) { parts.append(part) }
        return parts.count == 1 ? parts[0] : ParameterGroup(joining: parts)
    }

    private init(joining parts: [ParameterGroup]) {
        (rawValue, source, joined) = (parts.map(\.rawValue).joined(separator: "+"), JointParameters(), parts)
    }

    /// The ranges of the weights: u_w, one per layer or per output channel; for asymmetric weights all lower ends, then all
    /// upper ones.
    public static let weights = ParameterGroup("weights", WeightRangeParameters())
    /// The ranges of the activations: l_a and u_a of every layer.
    public static let range = ParameterGroup("range", ActivationParameters(names: ["lower", "upper"]))
    /// The breakpoint bp of every piecewise linear layer.
    public static let breakpoint = ParameterGroup("breakpoint", ActivationParameters(names: ["breakpoint"]))
    /// AdaBM's image thresholds, and the measure m of every adaptive layer.
    public static let measures = ParameterGroup("measures", BitMappingParameters())

    /// The weights of quantized layers behind their quantizers, which round them at every step (straight-through estimator).
    public static let latent = ParameterGroup("latent", LatentWeights())
    /// The biases of quantized layers.
    public static let biases = ParameterGroup("biases", Biases())
    /// The choice between rounding up and down of every quantized weight.
    public static let rounding = ParameterGroup("rounding", RoundingParameters())

    /// The groups of quantizers' parameters; Algorithm 1 goes through the first three in turn. Every run keeps the parameters of
    /// all of them in its state, and in this order.
    public static let standard: [ParameterGroup] = [.weights, .range, .breakpoint, .measures]
    /// The groups of the student's own numbers, which are as many as the network has: a run keeps those that it trains.
    public static let student: [ParameterGroup] = [.latent, .biases, .rounding]
    /// All groups that a cycle can name.
    public static let all = standard + student

    /// Returns the group of this name, a joint one for names with "+" between them; nil where one of them is unknown.
    public static func named(_ name: String) -> ParameterGroup? {
        let names = name.split(separator: "+", omittingEmptySubsequences: false)
        let groups = names.compactMap { name in all.first { $0.rawValue == name } }
        return groups.count == names.count ? joint(groups) : nil
    }

    /// The name.
    public var description: String { rawValue }

    /// Returns whether the names are the same.
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
