/// Rounds the weights of one layer, with one set of parameters for all of them or one per output channel.
///
/// Weights are `[outputs, …]` with all numbers of an output side by side; group g of G is the g-th of G equal parts.
public protocol WeightQuantizer: Sendable {
    /// What the registry knows about quantizers of this type.
    static var kind: WeightQuantizerKind { get }

    /// The learnable parameters of a group, in the order of `directions`: of "lower" and "upper".
    static var parameterNames: [String] { get }

    /// The name in saved models: "symmetric", "asymmetric".
    static var name: String { get }

    var bits: Int { get }
    /// 1, or the number of output channels.
    var groups: Int { get }

    /// The first parameter of every group, then the second. Setting moves each value to the nearest legal one; in place of a number
    /// that is not finite the old one stays.
    /// - Precondition: the count does not change.
    var parameters: [Float] { get set }

    /// The largest magnitude that is not clipped, over all groups.
    var bound: Float { get }

    /// The same parameters at another width.
    func withBits(_ bits: Int) throws(QuantizerError) -> Self

    /// The weights the quantized layer computes with. `weights` divides into `groups` parts, here and below.
    func apply(_ weights: [Float]) -> [Float]

    /// For each of `parameterNames`, the derivative of each of `apply(weights)` for its own group's parameter.
    ///
    /// Where a weight meets a bound, which clips as much as it is reached, the two halves meet (see `ActivationQuantizer`).
    func directions(_ weights: [Float]) -> [[Float]]

    /// The largest of `words`, below `2^bits`.
    var largestWord: UInt8 { get }

    /// One code of `bits` bits per weight.
    func words(_ weights: [Float]) -> [UInt8]

    /// `decode(words: words(weights)) == apply(weights)`, bit for bit.
    /// - Precondition: no word is above `largestWord`.
    func decode(words: [UInt8]) -> [Float]

    /// `apply(weights)` as whole numbers, up to rounding; nil where a level is no whole number of a unit.
    func integers(_ weights: [Float]) -> IntegerWeights?

    /// The nearest one of its kind that has `integers`, itself if it has; nil if there is none. A symmetric one is always itself.
    /// - Parameter largestSum: that the magnitudes of an output's codes may have.
    func snapped(_ weights: [Float], outputs: Int, largestSum: Double) -> Self?
}

extension WeightQuantizer {
    public var name: String { Self.name }

    /// For each of `parameterNames`, its numbers, one per group.
    public var parametersByName: [[Float]] {
        Self.parameterNames.indices.map { Array(parameters[$0 * groups..<($0 + 1) * groups]) }
    }

    /// The gradient of `parameters`.
    /// - Parameter sums: for each of `directions`, its products with the weights' gradient summed up over equal parts of the
    ///   weights; as many parts as there are output channels.
    public func gradient(sums: [[Double]]) -> [Double] {
        sums.flatMap { sums in
            let size = sums.count / groups
            return (0..<groups).map { sums[$0 * size..<($0 + 1) * size].reduce(0, +) }
        }
    }

    /// - Precondition: `count` divides into the groups.
    func forEachGroup(of count: Int, _ body: (_ group: Int, _ part: Range<Int>) -> Void) {
        precondition(groups > 0 && count % groups == 0, "\(count) weights do not divide into \(groups) groups")
        let size = count / groups
        for group in 0..<groups { body(group, (group * size)..<((group + 1) * size)) }
    }
}
