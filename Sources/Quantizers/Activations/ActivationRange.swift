/// The ends of a quantizer's range, made legal (facts.md A4).
///
/// Both lie within ±1e18, so that no step between them overflows. `upper` is above `lower` by at least 1e-5 and by at least
/// `|lower|` / 65536, so that every step is a normal number that moves a float.
struct ActivationRange: Sendable, Equatable {
    let lower, upper: Float

    static let smallestWidth: Float = 1e-5
    private static let largestMagnitude: Float = 1e18

    init(lower: Float, upper: Float) {
        self.lower = min(max(lower, -Self.largestMagnitude), Self.largestMagnitude)
        let width = max(Self.smallestWidth, abs(self.lower) / 65536)
        self.upper = max(min(upper, Self.largestMagnitude), self.lower + width)
    }

    var largestMagnitude: Float { max(upper, -lower) }
}

/// `new` where it is a number, `old` where it is not: a diverged step must not destroy a quantizer.
func finite(_ new: Float, orElse old: Float) -> Float { new.isFinite ? new : old }

func requireFinite(_ value: Float, _ quantity: String) throws(QuantizerError) {
    guard value.isFinite else { throw .notFinite(quantity: quantity, value: value) }
}

func requireBits(_ bits: Int, _ supported: ClosedRange<Int>, _ quantizer: String) throws(QuantizerError) {
    guard supported.contains(bits) else {
        throw .unsupportedBits(quantizer: quantizer, bits: bits, supported: supported)
    }
}
