public import Tensors

/// Rounds every activation of a feature map to one of at most `2^bits` levels; one set of parameters for the whole map.
///
/// A NaN stays a NaN; infinities are clipped. Gradients pass straight through the rounding (facts.md 3.6). Where an input equals
/// a bound that clips it, input and bound get half of the gradient each, as in PyTorch's `minimum` and `maximum`.
public protocol ActivationQuantizer: ElementwiseFunction {
    /// The learnable parameters in the order of `parameters` and of the gradients: of "lower", "upper", "breakpoint".
    static var parameterNames: [String] { get }
    static var supportedBits: ClosedRange<Int> { get }

    /// As in the registry and in saved recipes: "minmax", "plq", …
    var name: String { get }
    var bits: Int { get }

    /// Setting moves each value to the nearest legal one; in place of a number that is not finite the old one stays.
    /// - Precondition: as many values as `parameterNames`.
    var parameters: [Float] { get set }

    /// What the registry makes the same quantizer from: the parameters, unless there is more to it.
    var saved: [Float] { get }

    /// The different values `apply` can give, ascending; at most `2^bits`.
    var levels: [Float] { get }

    /// The position in `levels` of what `apply` makes of `x`: the two are the same float, bit for bit. 0 for a NaN.
    func encode(_ x: Float) -> Int

    /// The same parameters at another width.
    func withBits(_ bits: Int) throws(QuantizerError) -> Self

    /// Nil unless all levels are multiples of one number, as those of `snapped` are. Follows from the parameters alone.
    var integerGrid: IntegerGrid? { get }

    /// The nearest quantizer of this kind that has an `integerGrid`; this one if it has. Nil where there is none.
    func snapped() -> Self?

    /// Writes the integer of the very level that `apply` picks for each of `x`; that of code 0 for a NaN.
    /// - Precondition: there is an `integerGrid`.
    func encodeIntegers(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Int16>, count: Int)
}

extension ActivationQuantizer {
    public var parameterCount: Int { Self.parameterNames.count }

    public var saved: [Float] { parameters }

    public var integerGrid: IntegerGrid? { nil }

    public func snapped() -> Self? { integerGrid == nil ? nil : self }

    public func encodeIntegers(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Int16>, count: Int) {
        guard let integerGrid else { preconditionFailure("\(name) does not lie on an integer grid") }
        for i in 0..<count { y[i] = integerGrid.integers[encode(x[i])] }
    }

    public func apply(_ x: Float) -> Float {
        var (x, y) = (x, Float(0))
        apply(&x, into: &y, count: 1)
        return y
    }

    public func encode(_ x: Float) -> Int {
        let value = apply(x)
        var (first, end) = (0, levels.count)
        while end - first > 1 {
            let middle = (first + end) / 2
            if levels[middle] <= value { first = middle } else { end = middle }
        }
        return first
    }
}

/// Ascending and without repetitions, so that `encode` can search.
func sortedLevels(_ values: [Float]) -> [Float] {
    var levels: [Float] = []
    for value in values.sorted() where levels.last != value { levels.append(value) }
    return levels
}
