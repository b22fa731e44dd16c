/// The integer grid of a quantizer: the whole numbers behind its levels, which an engine that computes in integers reads and
/// multiplies (docs/method.md, "Integer grids").
///
/// The value 0 is the integer 0 and there is no zero point, so the zeros that pad an image stay exact, though 0 need not be one of
/// the levels.
public struct IntegerGrid: Sendable, Equatable {
    /// The number that an integer of 1 stands for; above 0.
    public let unit: Float
    /// The integer of each level, by the level's position in the quantizer's `levels`; never descending. `levels[code]` is
    /// `Float(integers[code]) * unit` up to rounding.
    public let integers: [Int16]

    /// The most that the integers of a grid can lie apart and still be stored as bytes, with an offset.
    public static let byteSpan = 255
    /// The largest magnitude of an integer. Larger ones would cost the engine more than they help the quantizer.
    public static let largestMagnitude = 2047
    /// How far a level may be from its integer, as a share of the largest level's magnitude: many roundings of single precision
    /// (6e-8 each), and still at most 2047 · 1e-5 = 0.02 of a unit.
    private static let tolerance = 1e-5

    /// Makes the grid of a given unit, or nil if a level is off the grid by more than 1e-5 of the largest magnitude, or more than
    /// `largestMagnitude` units away from 0.
    /// - Parameters:
    ///   - unit: the number that an integer of 1 stands for, above 0.
    ///   - levels: the quantizer's levels, ascending.
    init?(unit: Double, levels: [Float]) {
        let unit = Float(unit)
        guard unit.isNormal, let first = levels.first, let last = levels.last else { return nil }
        let tolerated = Self.tolerance * Double(max(abs(first), abs(last)))
        var integers: [Int16] = []
        integers.reserveCapacity(levels.count)
        for level in levels {
            let integer = (Double(level) / Double(unit)).rounded()
            guard abs(integer) <= Double(Self.largestMagnitude), abs(integer * Double(unit) - Double(level)) <= tolerated else {
                return nil
            }
            integers.append(Int16(integer))
        }
        (self.unit, self.integers) = (unit, integers)
    }

    /// Makes the grid with the largest unit among `step` / 1, `step` / 2, …, or nil if there is none. Units below `step` count
    /// only while the integers are bytes.
    ///
    /// Postcondition: a quantizer of given levels has one grid, whatever was known when it was made.
    init?(dividing step: Double, levels: [Float]) {
        guard let first = levels.first, let last = levels.last else { return nil }
        if let grid = IntegerGrid(unit: step, levels: levels) {
            self = grid
            return
        }
        let steps = Double(last - first) / step
        var parts = 2
        while Double(parts) * steps < Double(Self.byteSpan) + 0.5 {
            if let grid = IntegerGrid(unit: step / Double(parts), levels: levels) {
                self = grid
                return
            }
            parts += 1
        }
        return nil
    }

    /// The integer of the lowest level.
    public var lowest: Int { Int(integers.first ?? 0) }
    /// The integer of the highest level.
    public var highest: Int { Int(integers.last ?? 0) }
    /// The largest magnitude among the integers.
    public var largestInteger: Int { max(abs(lowest), abs(highest)) }
    /// Whether the integers can be stored as bytes, with an offset.
    public var fitsByte: Bool { highest - lowest <= Self.byteSpan }
}
