/// A quantizer of weights rounds the weights of one layer, with one set of parameters for all of them or one per output channel.
///
/// Weights are `[outputs, …]` with all numbers of an output side by side, and divide into `groups` equal parts; group g is the
/// g-th of them.
public protocol WeightQuantizer: Sendable {
    /// The kind of these quantizers: what the registry knows about them.
    static var kind: WeightQuantizerKind { get }

    /// The names of a group's learnable parameters, in the order of `directions`. Each is "lower" or "upper".
    static var parameterNames: [String] { get }

    /// The name in saved models: "symmetric" or "asymmetric".
    static var name: String { get }

    /// The number of bits of a word.
    var bits: Int { get }
    /// The number of groups: 1, or the number of output channels.
    var groups: Int { get }

    /// The learnable parameters: the first one of every group, then the second one of every group, in the units of the weights.
    ///
    /// Edge cases: setting moves each value to the nearest legal one, and the old value stays in place of a number that is not
    /// finite.
    /// - Precondition: the count does not change.
    var parameters: [Float] { get set }

    /// The largest magnitude that is not clipped, over all groups.
    var bound: Float { get }

    /// Returns the quantizer with the same parameters and another number of bits.
    /// - Throws: `.unsupportedBits`.
    func withBits(_ bits: Int) throws(QuantizerError) -> Self

    /// Returns the weights that the quantized layer computes with.
    /// - Precondition: the number of weights is a multiple of `groups`, here and in the functions below.
    func apply(_ weights: [Float]) -> [Float]

    /// Returns, for each of `parameterNames`, the derivative of every number of `apply(weights)` for that parameter of the
    /// number's own group.
    ///
    /// Edge cases: where a weight equals a bound, the bound gets half of the gradient (see `ActivationQuantizer`).
    func directions(_ weights: [Float]) -> [[Float]]

    /// Returns the derivative of every number of `apply(weights)` for the weight behind it, with rounding passed straight through:
    /// 1 inside the range, 0 outside, and 1/2 at an end, which gets the other half.
    func slopes(_ weights: [Float]) -> [Float]

    /// The largest word there can be; it is below `2^bits`.
    var largestWord: UInt8 { get }

    /// Returns one word of `bits` bits per weight, as model files pack them.
    func words(_ weights: [Float]) -> [UInt8]

    /// Returns the weights that words stand for.
    ///
    /// Postcondition: `decode(words: words(weights)) == apply(weights)`, bit for bit, for weights that are finite.
    /// - Precondition: no word is above `largestWord`.
    func decode(words: [UInt8]) -> [Float]

    /// Returns `apply(weights)` as whole numbers times a unit per group, up to rounding; nil where a level is no whole multiple of
    /// any unit that is tried.
    func integers(_ weights: [Float]) -> IntegerWeights?

    /// Returns the nearest quantizer of this type that has `integers`, which is this one if it has; nil if there is none. A
    /// symmetric quantizer always returns itself.
    /// - Parameters:
    ///   - weights: the layer's weights.
    ///   - outputs: the number of output channels.
    ///   - largestSum: the most that the magnitudes of one output channel's codes may add up to. A symmetric quantizer does not
    ///     look at it.
    func snapped(_ weights: [Float], outputs: Int, largestSum: Double) -> Self?
}

extension WeightQuantizer {
    public var name: String { Self.name }

    /// The parameters by name: for each of `parameterNames` its numbers, one per group.
    public var parametersByName: [[Float]] {
        Self.parameterNames.indices.map { Array(parameters[$0 * groups..<($0 + 1) * groups]) }
    }

    /// Returns the gradient of `parameters`.
    /// - Parameter sums: for each of `directions`, its products with the weights' gradient, summed up over equal parts of the
    ///   weights; there are as many parts as output channels.
    public func gradient(sums: [[Double]]) -> [Double] {
        sums.flatMap { sums in
            let size = sums.count / groups
            return (0..<groups).map { sums[$0 * size..<($0 + 1) * size].reduce(0, +) }
        }
    }

    /// Calls `body` for every group with the positions of its weights, in ascending order.
    /// - Precondition: `count`, the number of weights, is a multiple of `groups`.
    func forEachGroup(of count: Int, _ body: (_ group: Int, _ part: Range<Int>) -> Void) {
        precondition(groups > 0 && count % groups == 0, "\(count) weights do not divide into \(groups) groups")
        let size = count / groups
        for group in 0..<groups { body(group, (group * size)..<((group + 1) * size)) }
    }
}
