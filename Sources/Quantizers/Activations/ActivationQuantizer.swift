public import Tensors

/// An activation quantizer rounds every activation of a feature map to one of at most `2^bits` levels, with one set of parameters
/// for the whole map.
///
/// Gradients pass straight through the rounding (the straight-through estimator; docs/method.md, "Gradients"). Where an input
/// equals a bound that clips it, input and bound get half of the gradient each, as in PyTorch's `minimum` and `maximum`.
///
/// Edge cases: a NaN stays a NaN; infinities are clipped to the outermost levels.
public protocol ActivationQuantizer: ElementwiseFunction {
    /// The names of the learnable parameters, in the order of `parameters` and of the gradients. Each is "lower", "upper" or
    /// "breakpoint"; a quantizer without learnable parameters has none.
    static var parameterNames: [String] { get }
    /// The numbers of bits that a quantizer of this type can have.
    static var supportedBits: ClosedRange<Int> { get }

    /// The quantizer's name in the registry and in saved recipes: "minmax", "plq", …
    var name: String { get }
    /// The number of bits that a code takes.
    var bits: Int { get }

    /// The learnable parameters, one number for each of `parameterNames`, in the units of the activations.
    ///
    /// Edge cases: setting moves each value to the nearest legal one (docs/method.md, "Legal parameters"), and the old value stays
    /// in place of a number that is not finite.
    /// - Precondition: a new value has as many numbers as `parameterNames` has names.
    var parameters: [Float] { get set }

    /// The numbers from which the registry makes the same quantizer again: `parameters`, unless a type has more than these.
    var saved: [Float] { get }

    /// The different values that `apply` can give, ascending; there are at most `2^bits`.
    var levels: [Float] { get }

    /// Returns the code of `x`: the position in `levels` of what `apply` makes of `x`.
    ///
    /// Edge cases: the code of a NaN is 0.
    ///
    /// Postcondition: `levels[encode(x)]` and `apply(x)` are the same float, bit for bit, unless `x` is a NaN.
    func encode(_ x: Float) -> Int

    /// Returns the quantizer with the same parameters and another number of bits.
    /// - Throws: `.unsupportedBits` if the type does not support them.
    func withBits(_ bits: Int) throws(QuantizerError) -> Self

    /// The integer grid that the levels lie on, or nil unless all of them are whole multiples of one number, as those of a snapped
    /// quantizer are (docs/method.md, "Integer grids"). The grid follows from `bits` and `parameters` alone.
    var integerGrid: IntegerGrid? { get }

    /// Returns the nearest quantizer of this type that has an `integerGrid`, which is this one if it has; nil where there is none.
    func snapped() -> Self?

    /// Writes `integerGrid.integers[encode(x[i])]` to `y[i]` for each of the `count` numbers: the integer of the very level that
    /// `apply` picks.
    ///
    /// Edge cases: the integer of a NaN is that of code 0.
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

/// Returns the values in ascending order and without repetitions, so that `encode` can search them by halving.
func sortedLevels(_ values: [Float]) -> [Float] {
    var levels: [Float] = []
    for value in values.sorted() where levels.last != value { levels.append(value) }
    return levels
}
