/// What can be wrong with a request for a quantizer. Callers who know the layer put its name in front.
public enum QuantizerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// `quantizer` in words; `bits` lies outside `supported`.
    case unsupportedBits(quantizer: String, bits: Int, supported: ClosedRange<Int>)
    case unknownQuantizer(name: String, known: [String])
    case wrongParameterCount(quantizer: String, names: [String], count: Int)
    case notFinite(quantity: String, value: Float)
    /// Something was to be searched, but the statistics hold no histogram.
    case noHistogram
    /// A quantizer was to be fitted to something that calibration did not collect.
    case noStatistics(String)
    /// Levels that no quantizer can have.
    case levels(String)
    /// `weights` numbers cannot be cut into `groups` equal groups.
    case unevenGroups(weights: Int, groups: Int)

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
        case .unevenGroups(let weights, let groups):
            "\(weights) weights cannot be divided into \(groups) equal groups"
        }
    }
}
