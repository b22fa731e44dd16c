import CKernels

/// What a network in float is multiplied in. Sums, and all that is not a product, are in single precision either way.
public enum Precision: String, Sendable, CaseIterable {
    case f32
    /// Inputs and weights of the 3×3 layers that Winograd's transforms compute are rounded to bf16 (8 bits of precision) after the
    /// transforms. All other layers are computed as in `f32`.
    case bf16

    /// Whether this machine has instructions for it. Without them bf16 would be slower than single precision, so nothing emulates
    /// it.
    public var isSupported: Bool { self == .f32 || srq_has_bf16() }

    /// - Throws: `.precision` where this machine has no instructions for it.
    func require() throws(FloatEngineError) {
        guard isSupported else { throw .precision(rawValue) }
    }
}
