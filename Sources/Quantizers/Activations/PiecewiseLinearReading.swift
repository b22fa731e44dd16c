/// The ways in which the paper's Eq. 3 can be read (docs/method.md, "The three readings of Eq. 3"). At b bits, n₁ = 2^(b-1) - 1
/// and n₂ = 2^(b-2) - 1; bp is the breakpoint.
public enum PiecewiseLinearReading: String, Sendable, CaseIterable {
    /// The equation as printed: n₁ dense levels k · 2bp/n₁ around an exact zero, and n₂ + 1 levels in each tail, from ±bp to the
    /// range's ends.
    case literal = "plq"
    /// The equation with "+bp" put back: n₁ + 1 dense levels from -bp to bp, none of them zero, and tails as in the literal
    /// reading, which share ±bp.
    case offset = "plq-offset"
    /// The extension for inputs without negative values: while lower ≥ 0, n₁ + 1 dense levels from 0 to bp and 2^(b-1) more up to
    /// upper; the literal reading otherwise.
    case oneSided = "plq-one-sided"
}
