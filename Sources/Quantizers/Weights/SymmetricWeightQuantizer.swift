/// The quantizer of one layer's weights in the paper: symmetric, with one range ±u_w for all of them or one per output channel
/// (docs/method.md, "Weights").
public struct SymmetricWeightQuantizer: WeightQuantizer, Equatable {
    public static let name = "symmetric"
    public static let parameterNames = ["upper"]
    public static let supportedBits = SymmetricQuantizer.supportedBits
    /// The least legal end of a range, so that a channel of zeros has a step that is a normal number and stays zeros.
    public static let smallestUpper: Float = 1e-8

    public let bits: Int

    /// The ends u_w of the ranges ±u_w, one per group, in the units of the weights. Setting moves each to the nearest one in
    /// `smallestUpper`…1e18 and keeps the old one in place of a number that is not finite.
    /// - Precondition: the number of groups does not change.
    public var uppers: [Float] {
        get { legalUppers }
        set {
            precondition(newValue.count == legalUppers.count, "\(newValue.count) ranges for \(legalUppers.count) groups")
            for (group, upper) in newValue.enumerated() {
                legalUppers[group] = Self.legal(finite(upper, orElse: legalUppers[group]))
            }
        }
    }

    private var legalUppers: [Float]

    /// Makes a quantizer with the given ranges ±u_w, one per group, made legal as by setting `uppers`.
    /// - Throws: `.unsupportedBits`, `.notFinite`, and `.unevenGroups` where there is no group.
    public init(bits: Int, uppers: [Float]) throws(QuantizerError) {
        guard !uppers.isEmpty else { throw .unevenGroups(weights: 0, groups: 0) }
        try requireBits(bits, Self.supportedBits, "symmetric weight quantization")
        for upper in uppers { try requireFinite(upper, "a weight range") }
        self.bits = bits
        legalUppers = uppers.map(Self.legal)
    }

    /// Makes a quantizer whose ranges end at the largest |w| of each group, as in the paper.
    /// - Parameters:
    ///   - weights: `[outputs, …]` with all numbers of an output side by side.
    ///   - groups: 1, or the number of output channels.
    ///   - bits: the number of bits of a code.
    /// - Throws: `.unsupportedBits`, `.unevenGroups`, `.notFinite` for a weight.
    public init(fitting weights: [Float], groups: Int = 1, bits: Int) throws(QuantizerError) {
        guard groups > 0, weights.count % groups == 0 else { throw .unevenGroups(weights: weights.count, groups: groups) }
        for weight in weights { try requireFinite(weight, "a weight") }
        let size = weights.count / groups
        try self.init(
            bits: bits, uppers: (0..<groups).map { weights[($0 * size)..<(($0 + 1) * size)].reduce(0) { max($0, abs($1)) } })
    }

    public var parameters: [Float] {
        get { uppers }
        set { uppers = newValue }
    }

    public var bound: Float { uppers.max() ?? 0 }

    public func withBits(_ bits: Int) throws(QuantizerError) -> Self { try Self(bits: bits, uppers: uppers) }

    public var groups: Int { legalUppers.count }

    /// The quantizer of one group of weights.
    public subscript(group: Int) -> SymmetricQuantizer { SymmetricQuantizer(bits: bits, legalUpper: legalUppers[group]) }

    public func apply(_ weights: [Float]) -> [Float] {
        var result = weights
        result.withUnsafeMutableBufferPointer { result in
            guard let start = result.baseAddress else { return }
            forEachGroup(of: result.count) { group, part in
                self[group].apply(start + part.lowerBound, into: start + part.lowerBound, count: part.count)
            }
        }
        return result
    }

    public func directions(_ weights: [Float]) -> [[Float]] { [direction(weights)] }

    /// Returns the derivative of each quantized weight for its group's u: (q - w) / u inside the range, the sign of w outside, and
    /// half of the latter where |w| = u.
    private func direction(_ weights: [Float]) -> [Float] {
        var direction = apply(weights)
        forEachGroup(of: weights.count) { group, part in
            let upper = legalUppers[group]
            for index in part {
                let weight = weights[index]
                let clipped: Float = weight.magnitude == upper ? 0.5 : 1
                direction[index] =
                    weight.magnitude < upper ? (direction[index] - weight) / upper : (weight < 0 ? -clipped : clipped)
            }
        }
        return direction
    }

    public func slopes(_ weights: [Float]) -> [Float] {
        var slopes = weights
        forEachGroup(of: weights.count) { group, part in
            let upper = legalUppers[group]
            for index in part { slopes[index] = weights[index].magnitude < upper ? 1 : weights[index].magnitude == upper ? 0.5 : 0 }
        }
        return slopes
    }

    /// Returns one integer per weight, each in `-(2^(bits-1) - 1)...2^(bits-1) - 1`.
    public func codes(_ weights: [Float]) -> [Int8] {
        var codes: [Int8] = []
        codes.reserveCapacity(weights.count)
        forEachGroup(of: weights.count) { group, part in
            let quantizer = self[group]
            for weight in weights[part] { codes.append(quantizer.encode(weight)) }
        }
        return codes
    }

    /// Returns the weights that codes stand for.
    ///
    /// Postcondition: `decode(codes(weights)) == apply(weights)`, bit for bit, for weights that are finite.
    public func decode(_ codes: [Int8]) -> [Float] {
        var weights: [Float] = []
        weights.reserveCapacity(codes.count)
        forEachGroup(of: codes.count) { group, part in
            let quantizer = self[group]
            for code in codes[part] { weights.append(quantizer.decode(code)) }
        }
        return weights
    }

    /// The largest word, `2^bits - 2`: words are codes raised to start at 0, and the one with all bits set never comes up.
    public var largestWord: UInt8 { UInt8(2 * offset) }

    /// The word of the code 0: what is added to a code to make it a word.
    private var offset: Int { (1 << (bits - 1)) - 1 }

    public func words(_ weights: [Float]) -> [UInt8] { codes(weights).map { UInt8(Int($0) + offset) } }

    public func decode(words: [UInt8]) -> [Float] { decode(words.map { Int8(Int($0) - offset) }) }

    /// Returns the nearest legal end of a range.
    private static func legal(_ upper: Float) -> Float { max(min(upper, 1e18), smallestUpper) }
}
