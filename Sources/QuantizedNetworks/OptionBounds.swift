/// The bounds of a number that an option takes.
public struct OptionBounds: Sendable, Equatable, CustomStringConvertible {
    /// The lower bound; -infinity where there is none.
    public var lower: Double
    /// The upper bound; infinity where there is none. Infinity itself is never within the bounds.
    public var upper: Double
    /// Whether the lower bound itself is not allowed.
    public var excludesLower: Bool
    /// Whether the upper bound itself is not allowed.
    public var excludesUpper: Bool

    /// Makes bounds; both ends are allowed unless they are excluded.
    public init(_ lower: Double, _ upper: Double = .infinity, excludesLower: Bool = false, excludesUpper: Bool = false) {
        (self.lower, self.upper, self.excludesLower, self.excludesUpper) = (lower, upper, excludesLower, excludesUpper)
    }

    /// Returns the bounds that allow both `lower` and `upper`.
    public static func closed(_ lower: Double, _ upper: Double) -> OptionBounds { OptionBounds(lower, upper) }
    /// The bounds of a share: from 0 to 1, without 1.
    public static let share = OptionBounds(0, 1, excludesUpper: true)
    /// The bounds of a number that is 0 or above.
    public static let notNegative = OptionBounds(0)
    /// The bounds of a number above 0.
    public static let positive = OptionBounds(0, excludesLower: true)
    /// The bounds of a number that is 1 or above.
    public static let fromOne = OptionBounds(1)
    /// The bounds of any finite number.
    public static let finite = OptionBounds(-.infinity)

    /// Whether a value is finite and within the bounds.
    public func contains(_ value: Double) -> Bool {
        value.isFinite && (excludesLower ? value > lower : value >= lower) && (excludesUpper ? value < upper : value <= upper)
    }

    /// The bounds as messages and tables write them: "2...8", "0..<1", "(0, 100]", "from 1", "above 0"; "" where there are none.
    public var description: String {
        let (low, high) = (Self.text(lower), Self.text(upper))
        return switch (lower.isFinite, upper.isFinite) {
        case (true, true):
            excludesLower ? "(\(low), \(high)\(excludesUpper ? ")" : "]")" : low + (excludesUpper ? "..<" : "...") + high
        case (true, false): (excludesLower ? "above " : "from ") + low
        case (false, true): (excludesUpper ? "below " : "up to ") + high
        case (false, false): ""
        }
    }

    /// Returns what is wrong with a value, or nil if nothing is.
    ///
    /// - Parameters:
    ///   - value: the value.
    ///   - text: the value as its own type writes it.
    ///   - isWhole: whether its type holds whole numbers alone, which are always finite.
    ///   - unit: the unit of the number, as in "9 bits are outside 2...8"; nil where the name of the option says enough.
    public func refusal(_ value: Double, text: String, isWhole: Bool, unit: String?) -> String? {
        guard !contains(value) else { return nil }
        if lower.isFinite, upper.isFinite {
            return unit.map { "\(text) \($0) are outside \(self)" } ?? "\(text) is outside \(self)"
        }
        guard lower == 0 else { return "\(text) is less than \(Self.text(lower))" }
        if excludesLower { return "\(text) is not positive" }
        return "\(text) is negative" + (isWhole ? "" : " or not finite")
    }

    private static func text(_ value: Double) -> String { OptionDescription.text(value) }
}
