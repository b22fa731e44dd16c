/// A quantizer that rounds to the nearest of levels which a caller has chosen ("levels"), in any spacing. Nothing in it is
/// learned.
///
/// Gradients pass straight through between the outermost levels and are 0 beyond them; an input that equals an outermost level
/// gets half.
///
/// Edge cases: halfway between two levels the lower one is taken. A NaN stays a NaN.
public struct LevelQuantizer: ActivationQuantizer {
    public static let parameterNames: [String] = []
    public static let supportedBits = 2...8

    public let bits: Int
    public let levels: [Float]
    /// The numbers halfway between each two neighbouring levels, ascending: the code of `x` is how many of them are below `x`.
    private let thresholds: [Float]

    /// Makes a quantizer with the given levels.
    /// - Parameter levels: the levels, strictly ascending; at least one and at most `2^bits`.
    /// - Throws: `.unsupportedBits`, `.notFinite`, `.levels`.
    public init(bits: Int, levels: [Float]) throws(QuantizerError) {
        try requireBits(bits, Self.supportedBits, "levels")
        guard !levels.isEmpty, levels.count <= 1 << bits else {
            throw .levels("\(levels.count) levels do not fit \(bits) bits, which have 1...\(1 << bits)")
        }
        for level in levels { try requireFinite(level, "a level") }
        for (low, high) in zip(levels, levels.dropFirst()) where low >= high {
            throw .levels("levels must ascend, but \(low) is followed by \(high)")
        }
        self.init(bits: bits, ascending: levels)
    }

    /// Makes a quantizer of levels that are known to be legal.
    init(bits: Int, ascending levels: [Float]) {
        (self.bits, self.levels) = (bits, levels)
        thresholds = zip(levels, levels.dropFirst()).map { $0 + ($1 - $0) / 2 }
    }

    /// The name in saved recipes. The registry lists no kind of this name, because levels are chosen and never fitted.
    public static let name = "levels"

    public var name: String { Self.name }

    public var parameters: [Float] {
        get { [] }
        set { precondition(newValue.isEmpty, "levels has no parameters") }
    }

    /// The levels, since there are no parameters to make the quantizer from.
    public var saved: [Float] { levels }

    public func withBits(_ bits: Int) throws(QuantizerError) -> Self { try Self(bits: bits, levels: levels) }

    public func encode(_ x: Float) -> Int { thresholds.withUnsafeBufferPointer { Self.count(of: $0, below: x) } }

    public func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        levels.withUnsafeBufferPointer { levels in
            thresholds.withUnsafeBufferPointer { thresholds in
                for i in 0..<count {
                    let value = x[i]
                    y[i] = value.isNaN ? value : levels[Self.count(of: thresholds, below: value)]
                }
            }
        }
    }

    public func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) {
        let (first, last) = (levels[0], levels[levels.count - 1])
        for i in 0..<count {
            let inside: Float = x[i] > first && x[i] < last ? 1 : x[i] == first || x[i] == last ? 0.5 : 0
            inputGradient[i] = inside * outputGradient[i]
        }
    }

    /// Returns how many of the ascending thresholds are below `x`.
    private static func count(of thresholds: UnsafeBufferPointer<Float>, below x: Float) -> Int {
        var (first, length) = (0, thresholds.count)
        // Halving without a branch that depends on the numbers: a processor cannot predict activations, and a wrong prediction
        // costs more than the addition.
        while length > 0 {
            let half = (length + 1) / 2
            first += thresholds[first + half - 1] < x ? half : 0
            length -= half
        }
        return first
    }
}
