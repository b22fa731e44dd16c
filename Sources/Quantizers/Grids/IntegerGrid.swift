/// The whole numbers behind a quantizer's levels: what an engine that computes in integers reads and multiplies.
///
/// The value 0 is the integer 0, so zeros beside an image stay exact, though 0 need not be one of the levels.
public struct IntegerGrid: Sendable, Equatable {
    /// What an integer of 1 stands for; above 0.
    public let unit: Float
    /// By position in the quantizer's `levels`; never descending. `levels[code]` is `Float(integers[code]) * unit` up to rounding.
    public let integers: [Int16]

    /// Most that the integers of a grid can lie apart and still be bytes, with an offset.
    public static let byteSpan = 255
    /// No integer is larger; larger ones would cost the quantizer more than they help.
    public static let largestMagnitude = 2047
    /// Of the largest level: how far from its integer a level may be.
    private static let tolerance = 1e-5

    /// - Parameters:
    ///   - unit: above 0.
    ///   - levels: ascending.
    /// - Returns: nil if a level is off the grid by more than 1e-5 of the largest magnitude, or more than `largestMagnitude` units
    ///   away from 0.
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

    /// The grid with the largest unit of `step` / 1, `step` / 2, …; units below `step` count only while the integers are bytes.
    ///
    /// So a quantizer has one grid, whatever was known when it was made.
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

    public var lowest: Int { Int(integers.first ?? 0) }
    public var highest: Int { Int(integers.last ?? 0) }
    /// The largest magnitude of all.
    public var largestInteger: Int { max(abs(lowest), abs(highest)) }
    public var fitsByte: Bool { highest - lowest <= Self.byteSpan }
}
