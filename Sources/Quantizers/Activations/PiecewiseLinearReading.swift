/// How the paper's Eq. (3) is read (facts.md A1, A6). b bits, n₁ = 2^(b-1) - 1, n₂ = 2^(b-2) - 1.
public enum PiecewiseLinearReading: String, Sendable, CaseIterable {
    /// As printed: n₁ dense levels k · 2bp/n₁ around an exact zero; n₂ + 1 levels in each tail, from ±bp to the range's ends.
    case literal = "plq"
    /// With "+bp" put back: n₁ + 1 dense levels from -bp to bp, none of them zero; tails as above, sharing ±bp.
    case offset = "plq-offset"
    /// While lower ≥ 0: n₁ + 1 dense levels from 0 to bp, 2^(b-1) more up to upper. The literal reading otherwise.
    case oneSided = "plq-one-sided"
}
