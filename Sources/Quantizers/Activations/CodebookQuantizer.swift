/// A quantizer whose levels are a choice of at most `2^bits` among 256 even ones over `[lower, upper]`, both ends among them
/// ("codebook"; docs/method.md, "A free codebook"). So any spacing is possible, and the levels lie on the engine's grid as soon as
/// the lower end does.
///
/// q(x) = l + (u - l) · p / 255, p being the position of the nearest level; halfway between two levels the lower one is taken.
/// Gradients, with v = (clip(x) - l) / (u - l): inside the range, 1 for x, v - p / 255 for l and p / 255 - v for u; beyond an end,
/// 1 for that end alone.
public struct CodebookQuantizer: ActivationQuantizer {
    public static let parameterNames = ["lower", "upper"]
    public static let supportedBits = 2...8
    /// The position of the upper end: positions are bytes.
    public static let lastPosition = IntegerGrid.byteSpan
    static let name = "codebook"

    public let bits: Int
    /// The positions of the levels, strictly ascending from 0 to `lastPosition`.
    public let positions: [Int]
    public let integerGrid: IntegerGrid?
    private let range: ActivationRange
    /// The quantizer to the nearest level.
    private let table: LevelQuantizer

    /// Makes a quantizer; its range is made legal as by setting `parameters`.
    /// - Parameter positions: strictly ascending whole numbers from 0 to `lastPosition`, both among them; at most `2^bits`.
    /// - Throws: `.unsupportedBits`, `.notFinite`, `.levels`.
    public init(bits: Int, lower: Float, upper: Float, positions: [Int]) throws(QuantizerError) {
        try requireBits(bits, Self.supportedBits, Self.name)
        try requireFinite(lower, "lower")
        try requireFinite(upper, "upper")
        guard positions.count <= 1 << bits else {
            throw .levels("\(positions.count) levels do not fit \(bits) bits, which have 2...\(1 << bits)")
        }
        guard positions.first == 0, positions.last == Self.lastPosition, zip(positions, positions.dropFirst()).allSatisfy(<) else {
            throw .levels("positions must ascend from 0 to \(Self.lastPosition)")
        }
        self.init(bits: bits, range: ActivationRange(lower: lower, upper: upper), positions: positions)
    }

    private init(bits: Int, range: ActivationRange, positions: [Int]) {
        (self.bits, self.range, self.positions) = (bits, range, positions)
        let unit = (Double(range.upper) - Double(range.lower)) / Double(Self.lastPosition)
        let levels = positions.map { $0 == Self.lastPosition ? range.upper : Float(Double(range.lower) + Double($0) * unit) }
        // A range that is narrow for its distance from 0 has fewer floats than positions.
        table = LevelQuantizer(bits: bits, ascending: sortedLevels(levels))
        integerGrid = table.levels.count == positions.count ? IntegerGrid(unit: unit, levels: table.levels) : nil
    }

    public var name: String { Self.name }
    public var levels: [Float] { table.levels }
    /// The lowest level.
    public var lower: Float { range.lower }
    /// The highest level.
    public var upper: Float { range.upper }

    /// The ends of the range, `[lower, upper]`, legal as those of `UniformQuantizer`.
    public var parameters: [Float] {
        get { [lower, upper] }
        set {
            precondition(newValue.count == 2, "\(name) has 2 parameters")
            let range = ActivationRange(lower: finite(newValue[0], orElse: lower), upper: finite(newValue[1], orElse: upper))
            self = Self(bits: bits, range: range, positions: positions)
        }
    }

    /// The ends of the range and then the positions.
    public var saved: [Float] { parameters + positions.map(Float.init) }

    /// Returns the quantizer with other bits. Where they have fewer codes than there are positions, it has even ones instead:
    /// `QuantizerKind.quantizer(fitting:bits:options:)` finds better ones.
    public func withBits(_ bits: Int) throws(QuantizerError) -> Self {
        let fits = Self.supportedBits.contains(bits) && positions.count <= 1 << bits
        return try Self(bits: bits, lower: lower, upper: upper, positions: fits ? positions : Self.evenPositions(bits: bits))
    }

    /// Returns the positions of as many levels as `bits` allow, as even as whole numbers can be.
    static func evenPositions(bits: Int) -> [Int] {
        guard supportedBits.contains(bits) else { return [0, lastPosition] }
        let steps = (1 << bits) - 1
        return (0...steps).map { $0 * lastPosition / steps }
    }

    public func encode(_ x: Float) -> Int { table.encode(x) }

    public func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        table.apply(x, into: y, count: count)
    }

    public func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) {
        let width = Double(upper) - Double(lower)
        var sums = (lower: 0.0, upper: 0.0)
        for i in 0..<count {
            let (value, gradient) = (x[i], Double(outputGradient[i]))
            let inside: Float = value > lower && value < upper ? 1 : value == lower || value == upper ? 0.5 : 0
            inputGradient[i] = inside * outputGradient[i]
            // What a clipped value passes to an end; at an end itself, half of it.
            if value >= upper { sums.upper += Double(1 - inside) * gradient }
            if value <= lower { sums.lower += Double(1 - inside) * gradient }
            guard inside > 0 else { continue }
            let error = (Double(table.levels[table.encode(value)]) - Double(value)) / width
            sums.upper += error * gradient
            sums.lower -= error * gradient
        }
        parameterGradients[0] += sums.lower
        parameterGradients[1] += sums.upper
    }

    // MARK: - Integer grid

    /// Returns the nearest quantizer whose levels lie on an integer grid: the range moves by half of its 255th part at most.
    /// Nil for a range so far from 0 that the integers are not small.
    public func snapped() -> Self? {
        if integerGrid != nil { return self }
        let width = Double(upper) - Double(lower)
        let unit = width / Double(Self.lastPosition)
        let low = (Double(lower) / unit).rounded() * unit
        let moved = try? Self(bits: bits, lower: Float(low), upper: Float(low + width), positions: positions)
        return moved?.integerGrid == nil ? nil : moved
    }

    public func encodeIntegers(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Int16>, count: Int) {
        guard let integerGrid else { preconditionFailure("\(name) does not lie on an integer grid") }
        for i in 0..<count { y[i] = integerGrid.integers[table.encode(x[i])] }
    }
}

extension CodebookQuantizer {
    /// The kind of codebooks: the levels of least squared error on a histogram, moved to whole positions.
    static let kind = QuantizerKind(
        name: name, supportedBits: supportedBits, parameterNames: parameterNames, savesLevels: true, needs: .histogram,
        weightRange: .squaredError, hasRangesPerChannel: true, substituteAt8Bits: UniformQuantizer.wholeStepsName,
        make: { (bits, numbers) throws(QuantizerError) in
            let positions = numbers.dropFirst(2)
            for position in positions where Int(exactly: position) == nil {
                throw .levels("the position \(position) is no whole number")
            }
            return try CodebookQuantizer(
                bits: bits, lower: numbers[0], upper: numbers[1],
                positions: positions.isEmpty ? evenPositions(bits: bits) : positions.map { Int($0) })
        },
        fit: { (statistics, bits, _) throws(QuantizerError) in
            guard let histogram = statistics.histogram else { throw .noHistogram }
            try requireBits(bits, supportedBits, name)
            let levels = LevelSearch.leastSquaredError(count: 1 << bits, histogram: histogram)
            guard let lower = levels.first, let upper = levels.last, lower < upper else {
                return try CodebookQuantizer(
                    bits: bits, lower: statistics.lower, upper: statistics.upper, positions: evenPositions(bits: bits))
            }
            let unit = (Double(upper) - Double(lower)) / Double(lastPosition)
            var positions: [Int] = []
            for level in levels {
                let position = min(max(Int(((Double(level) - Double(lower)) / unit).rounded()), 0), lastPosition)
                if positions.last != position { positions.append(position) }
            }
            return try CodebookQuantizer(bits: bits, lower: lower, upper: upper, positions: positions)
        })
}
