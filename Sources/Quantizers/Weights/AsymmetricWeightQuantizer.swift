/// PTQ4SR's (facts.md 4.4): `2^bits` levels evenly over `[lower, upper]` of each group, both ends included.
///
/// A zero is in general not among the levels. Ranges are legal as those of a `UniformQuantizer`.
public struct AsymmetricWeightQuantizer: WeightQuantizer, Equatable {
    public static let name = "asymmetric"
    public static let parameterNames = ["lower", "upper"]
    public static let supportedBits = UniformQuantizer.supportedBits

    public let bits: Int
    private(set) var ranges: [ActivationRange]

    /// - Parameter lowers: one per group, as `uppers`. Made legal as the range of a `UniformQuantizer`.
    /// - Throws: `.unsupportedBits`, `.notFinite`, `.unevenGroups` where there is none or not as many of both.
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

    public var lowers: [Float] { ranges.map(\.lower) }
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

    private var steps: Float { Float(largestWord) }
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
                // At an end, position is a whole number: nothing goes through the step.
                let atLower: Float = weight < lower ? 1 : weight == lower ? 0.5 : 0
                let atUpper: Float = weight > upper ? 1 : weight == upper ? 0.5 : 0
                ofLower[index] = atLower - throughStep
                ofUpper[index] = atUpper + throughStep
            }
        }
        return [ofLower, ofUpper]
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
