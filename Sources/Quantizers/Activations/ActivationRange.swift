/// The two ends of a quantizer's clipping range, made legal (docs/method.md, "Legal parameters").
///
/// Both lie within ±1e18, so that no step between them overflows. `upper` is above `lower` by at least 1e-5 and by at least
/// `|lower|` / 65536, so that every step is a normal number that is large enough to change a float of the size of `lower`. Where a
/// range is too narrow, `upper` gives way.
struct ActivationRange: Sendable, Equatable {
    let lower, upper: Float

    static let smallestWidth: Float = 1e-5
    private static let largestMagnitude: Float = 1e18

    init(lower: Float, upper: Float) {
        self.lower = min(max(lower, -Self.largestMagnitude), Self.largestMagnitude)
        let width = max(Self.smallestWidth, abs(self.lower) / 65536)
        self.upper = max(min(upper, Self.largestMagnitude), self.lower + width)
    }

    /// The distance from 0 to the end that is farther from it.
    var largestMagnitude: Float { max(upper, -lower) }
}

/// Returns `new` where it is finite and `old` where it is not: a diverged training step must not destroy a quantizer.
func finite(_ new: Float, orElse old: Float) -> Float { new.isFinite ? new : old }

/// Checks that a number is finite.
/// - Parameter quantity: what the number is, in words.
/// - Throws: `.notFinite`.
func requireFinite(_ value: Float, _ quantity: String) throws(QuantizerError) {
    guard value.isFinite else { throw .notFinite(quantity: quantity, value: value) }
}

/// Checks that a quantizer can have `bits` bits.
/// - Parameter quantizer: what kind of quantizer it is, in words.
/// - Throws: `.unsupportedBits`.
func requireBits(_ bits: Int, _ supported: ClosedRange<Int>, _ quantizer: String) throws(QuantizerError) {
    guard supported.contains(bits) else {
        throw .unsupportedBits(quantizer: quantizer, bits: bits, supported: supported)
    }
}
