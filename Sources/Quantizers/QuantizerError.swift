/// What can be wrong with a request for a quantizer. Callers who know the layer put its name in front of the description.
public enum QuantizerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A number of bits lies outside `supported`; `quantizer` says in words what was asked for.
    case unsupportedBits(quantizer: String, bits: Int, supported: ClosedRange<Int>)
    /// The registry, whose names are `known`, has no quantizer of this name.
    case unknownQuantizer(name: String, known: [String])
    /// There are `count` saved parameters instead of one for each of `names`.
    case wrongParameterCount(quantizer: String, names: [String], count: Int)
    /// A number is infinite or a NaN; `quantity` says in words which.
    case notFinite(quantity: String, value: Float)
    /// A parameter was to be searched, but the statistics hold no histogram.
    case noHistogram
    /// A quantizer was to be fitted to statistics that calibration did not collect; the text says which.
    case noStatistics(String)
    /// A quantizer cannot have the levels; the text says why.
    case levels(String)
    /// A layer cannot have the scales of its input; the text says why.
    case inputScales(String)
    /// The number of weights is no multiple of the number of groups, or there are no groups.
    case unevenGroups(weights: Int, groups: Int)

    /// The error as a message shows it, without the layer's name.
    public var description: String {
        switch self {
        case .unsupportedBits(let quantizer, let bits, let supported):
            bits < supported.lowerBound
                ? "\(quantizer) needs at least \(supported.lowerBound) bits, layer asks for \(bits)"
                : "\(quantizer) takes at most \(supported.upperBound) bits, layer asks for \(bits)"
        case .unknownQuantizer(let name, let known):
            "unknown quantizer \"\(name)\"; known are \(known.joined(separator: ", "))"
        case .wrongParameterCount(let quantizer, let names, let count):
            "\(quantizer) has \(names.count) parameters (\(names.joined(separator: ", "))), found \(count)"
        case .notFinite(let quantity, let value):
            "\(quantity) must be a finite number, not \(value)"
        case .noStatistics(let missing):
            "\(missing) would be needed, but calibration did not collect them"
        case .noHistogram:
            "searching needs a histogram of the activations"
        case .levels(let problem): problem
        case .inputScales(let problem): "scales of its input: \(problem)"
        case .unevenGroups(let weights, let groups):
            "\(weights) weights cannot be divided into \(groups) equal groups"
        }
    }
}
