import Tensors

extension SplitMix64 {
    /// Returns a number from -1 up to 1, in steps of 2⁻⁵², rounded to a float.
    package mutating func signedFloat() -> Float { Float(Double(next() >> 11) / Double(1 << 53) * 2 - 1) }

    /// Returns `count` numbers from -`scale` to `scale`.
    package mutating func array(_ count: Int, scale: Float = 1) -> [Float] { (0..<count).map { _ in signedFloat() * scale } }

    /// Returns `count` numbers within `range`.
    package mutating func floats(_ count: Int, in range: ClosedRange<Float>) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &self) }
    }
}
