import Glibc

/// The weights of one layer while a run learns whether each is rounded down or up (AdaRound, Nagel et al., 2020):
///
///     w = s · clip(⌊w₀ / s₀⌋ + h(V)),   h(V) = clip(1.2 · sigmoid(V) - 0.1, 0, 1)
///
/// The integers below the weights are those at the start, so that w is a smooth function of V and of the range that the step s
/// follows. It never leaves the run: model files know the symmetric quantizer that is behind it.
public struct LearnedRounding: WeightQuantizer {
    public static let name = SymmetricWeightQuantizer.name
    public static let kind = SymmetricWeightQuantizer.kind
    public static let parameterNames = SymmetricWeightQuantizer.parameterNames

    /// The quantizer of the same bits and ranges.
    public private(set) var quantizer: SymmetricWeightQuantizer
    /// V, one number per weight. Setting keeps the old number in place of one that is not finite.
    public var offsets: [Float] {
        get { legalOffsets }
        set { for (index, value) in newValue.enumerated() where value.isFinite { legalOffsets[index] = value } }
    }

    private var legalOffsets: [Float]
    /// The integers below the weights, one per weight.
    private let floors: [Float]

    /// Makes the roundings of weights, which begin at the weights themselves: h(V) is what is left above the integer below. Weights
    /// beyond a range begin at its end.
    public init(_ quantizer: SymmetricWeightQuantizer, weights: [Float]) {
        self.quantizer = quantizer
        var floors: [Float] = []
        var offsets: [Float] = []
        floors.reserveCapacity(weights.count)
        offsets.reserveCapacity(weights.count)
        quantizer.forEachGroup(of: weights.count) { group, part in
            let (step, largest) = (quantizer[group].step, Float(quantizer[group].largestCode))
            for weight in weights[part] {
                let position = min(max(weight / step, -largest), largest)
                // The largest code is reached from the one below, so that both ways stay inside the range.
                let floor = min(position.rounded(.down), largest - 1)
                floors.append(floor)
                offsets.append(Self.offset(share: position - floor))
            }
        }
        (self.floors, legalOffsets) = (floors, offsets)
    }

    /// Returns h(V).
    public static func share(_ offset: Float) -> Float { min(max(1.2 / (1 + exp(-offset)) - 0.1, 0), 1) }

    /// Returns the derivative of h, which is 0 where h is clipped.
    public static func shareSlope(_ offset: Float) -> Float {
        let sigmoid = 1 / (1 + exp(-offset))
        let share = 1.2 * sigmoid - 0.1
        return share > 0 && share < 1 ? 1.2 * sigmoid * (1 - sigmoid) : 0
    }

    /// Returns V with h(V) = share. A share of 0 or 1 is moved inside by 1e-4, since V would never come back from where h is
    /// clipped.
    private static func offset(share: Float) -> Float {
        let inside = min(max(share, 1e-4), 1 - 1e-4)
        return -log(1.2 / (inside + 0.1) - 1)
    }

    /// The derivative of every weight for its V.
    public var slopesOfOffsets: [Float] {
        var slopes = legalOffsets.map(Self.shareSlope)
        forEachGroup(of: slopes.count) { group, part in
            let step = quantizer[group].step
            for index in part { slopes[index] *= step }
        }
        return slopes
    }

    /// The weights as they are decided: up where h(V) is above 1/2.
    public var decided: [Float] { rounded { $0 > 0.5 ? 1 : 0 } }

    /// Returns the weights with shares of the way up that follow from h(V).
    private func rounded(_ decide: (Float) -> Float) -> [Float] {
        var result = zip(floors, legalOffsets).map { $0 + decide(Self.share($1)) }
        forEachGroup(of: result.count) { group, part in
            let step = quantizer[group].step
            for index in part { result[index] *= step }
        }
        return result
    }

    // MARK: - A quantizer of weights

    public var bits: Int { quantizer.bits }
    public var groups: Int { quantizer.groups }
    public var bound: Float { quantizer.bound }
    public var largestWord: UInt8 { quantizer.largestWord }
    public var parameters: [Float] {
        get { quantizer.parameters }
        set { quantizer.parameters = newValue }
    }

    public func withBits(_ bits: Int) throws(QuantizerError) -> Self { Self(try quantizer.withBits(bits), weights: decided) }

    /// Returns the weights that V stands for, whatever `weights` are.
    public func apply(_ weights: [Float]) -> [Float] { rounded { $0 } }

    /// Returns the derivative for the range: the weights follow it as their step does.
    public func directions(_ weights: [Float]) -> [[Float]] {
        var direction = apply(weights)
        forEachGroup(of: direction.count) { group, part in
            let upper = quantizer.uppers[group]
            for index in part { direction[index] /= upper }
        }
        return [direction]
    }

    /// Returns zeros: the weights behind V do not move.
    public func slopes(_ weights: [Float]) -> [Float] { [Float](repeating: 0, count: weights.count) }

    public func words(_ weights: [Float]) -> [UInt8] { quantizer.words(decided) }
    public func decode(words: [UInt8]) -> [Float] { quantizer.decode(words: words) }
    public func integers(_ weights: [Float]) -> IntegerWeights? { quantizer.integers(decided) }
    public func snapped(_ weights: [Float], outputs: Int, largestSum: Double) -> Self? { self }
}
