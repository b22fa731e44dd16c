/// The quantizer of weights in PTQ4SR: `2^bits` levels evenly over `[lower, upper]` of each group, both ends included
/// (docs/baselines.md, "Density-based double clipping").
///
/// Edge cases: a zero is in general not among the levels. Ranges are made legal as those of a `UniformQuantizer`.
public struct AsymmetricWeightQuantizer: WeightQuantizer, Equatable {
    public static let name = "asymmetric"
    public static let parameterNames = ["lower", "upper"]
    public static let supportedBits = UniformQuantizer.supportedBits

    public let bits: Int
    /// The clipping range of each group.
    private(set) var ranges: [ActivationRange]

    /// Makes a quantizer; its ranges are made legal as that of a `UniformQuantizer`.
    /// - Parameters:
    ///   - lowers: the lower ends of the ranges, one per group.
    ///   - uppers: the upper ends of the ranges, one per group.
    /// - Throws: `.unsupportedBits`, `.notFinite`, and `.unevenGroups` where there is no group or the two lists differ in length.
    public init(bits: Int, lowers: [Float], uppers: [Float]) throws(QuantizerError) {
        guard !lowers.isEmpty, lowers.count == uppers.count else {
            throw .unevenGroups(weights: uppers.count, groups: lowers.count)
        }
        try requireBits(bits, Self.supportedBits, "asymmetric weight quantization")
        for end in lowers + uppers { try requireFinite(end, "a weight range") }
        self.bits = bits
        ranges = zip(lowers, uppers).map { ActivationRange(lower: $0, upper: $1) }
    }

    public var groups: Int { ranges.count }

    /// The lower end of each group's range, in the units of the weights.
    public var lowers: [Float] { ranges.map(\.lower) }
    /// The upper end of each group's range, in the units of the weights.
    public var uppers: [Float] { ranges.map(\.upper) }

    public var parameters: [Float] {
        get { lowers + uppers }
        set {
            precondition(newValue.count == 2 * groups, "\(newValue.count) ends for \(groups) groups")
            for (group, old) in ranges.enumerated() {
                ranges[group] = ActivationRange(
                    lower: finite(newValue[group], orElse: old.lower), upper: finite(newValue[groups + group], orElse: old.upper))
            }
        }
    }

    public var bound: Float { ranges.reduce(0) { max($0, abs($1.lower), abs($1.upper)) } }

    public func withBits(_ bits: Int) throws(QuantizerError) -> Self { try Self(bits: bits, lowers: lowers, uppers: uppers) }

    /// The number of steps across a range: 2^bits - 1.
    private var steps: Float { Float(largestWord) }
    /// Returns the distance between two neighbouring levels of a range.
    func step(_ range: ActivationRange) -> Float { (range.upper - range.lower) / steps }

    public func apply(_ weights: [Float]) -> [Float] { decode(words: words(weights)) }

    public func directions(_ weights: [Float]) -> [[Float]] {
        var ofLower = weights
        var ofUpper = weights
        forEachGroup(of: weights.count) { group, part in
            let (lower, upper, step) = (ranges[group].lower, ranges[group].upper, step(ranges[group]))
            for index in part {
                let weight = weights[index]
                let position = (min(max(weight, lower), upper) - lower) / step
                let throughStep = (position.rounded(.toNearestOrEven) - position) / steps
                // At an end `position` is a whole number, so that nothing goes through the step.
                let atLower: Float = weight < lower ? 1 : weight == lower ? 0.5 : 0
                let atUpper: Float = weight > upper ? 1 : weight == upper ? 0.5 : 0
                ofLower[index] = atLower - throughStep
                ofUpper[index] = atUpper + throughStep
            }
        }
        return [ofLower, ofUpper]
    }

    public func slopes(_ weights: [Float]) -> [Float] {
        var slopes = weights
        forEachGroup(of: weights.count) { group, part in
            let range = ranges[group]
            for index in part {
                let weight = weights[index]
                let isAtEnd = weight == range.lower || weight == range.upper
                slopes[index] = isAtEnd ? 0.5 : weight > range.lower && weight < range.upper ? 1 : 0
            }
        }
        return slopes
    }

    public var largestWord: UInt8 { UInt8((1 << bits) - 1) }

    public func words(_ weights: [Float]) -> [UInt8] {
        var words: [UInt8] = []
        words.reserveCapacity(weights.count)
        forEachGroup(of: weights.count) { group, part in
            let (lower, upper, step) = (ranges[group].lower, ranges[group].upper, step(ranges[group]))
            for weight in weights[part] {
                let position = ((min(max(weight, lower), upper) - lower) / step).rounded(.toNearestOrEven)
                words.append(position.isNaN ? 0 : min(UInt8(position), largestWord))
            }
        }
        return words
    }

    public func decode(words: [UInt8]) -> [Float] {
        var weights: [Float] = []
        weights.reserveCapacity(words.count)
        forEachGroup(of: words.count) { group, part in
            let (lower, step) = (ranges[group].lower, step(ranges[group]))
            for word in words[part] { weights.append(Float(word) * step + lower) }
        }
        return weights
    }
}
