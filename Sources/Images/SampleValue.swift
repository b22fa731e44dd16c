/// One sample of an image, and how it maps to the common scale of levels: 0 is black, 255 is white.
protocol SampleValue: Sendable {
    /// The sample that is white, and fully opaque.
    static var full: Self { get }
    var level: Float { get }
    var preciseLevel: Double { get }
    /// Makes the nearest sample, ties to even, clamped to black and white. NaN is black.
    init(level: Float)

    /// The sample's own number: 0…255, 0…65535 or 0…1.
    var number: Double { get }
    /// Makes the nearest sample to a number on the sample's own scale, ties upwards, clamped; floats are taken as they are.
    init(number: Double)
}

extension UInt8: SampleValue {
    static var full: UInt8 { .max }
    var level: Float { Float(self) }
    var preciseLevel: Double { Double(self) }
    init(level: Float) { self.init(truncatingIfNeeded: roundedToEven(level)) }
    var number: Double { Double(self) }
    init(number: Double) { self = UInt8(clamped(number, 255) + 0.5) }
}

extension UInt16: SampleValue {
    static var full: UInt16 { .max }
    var level: Float { Float(self) / 257 }
    var preciseLevel: Double { Double(self) / 257 }
    init(level: Float) { self.init(truncatingIfNeeded: roundedToEven(level * 257, upTo: 65535)) }
    var number: Double { Double(self) }
    init(number: Double) { self = UInt16(clamped(number, 65535) + 0.5) }
}

extension Float: SampleValue {
    static var full: Float { 1 }
    var level: Float { self * 255 }
    var preciseLevel: Double { Double(self) * 255 }
    init(level: Float) { self = level > 0 ? Swift.min(level / 255, 1) : 0 }
    var number: Double { Double(self) }
    init(number: Double) { self.init(number) }
}

/// Adding 1.5 · 2^23 leaves no bits for a fraction, so the addition itself rounds, ties to even, and the sum's low 22 bits are
/// the integer. Unlike a conversion this neither checks nor calls, and compilers vectorise it.
@inline(__always)
private func roundedToEven(_ x: Float, upTo greatest: Float = 255) -> UInt32 {
    ((x > 0 ? min(x, greatest) : 0) + 12_582_912).bitPattern & 0x3F_FFFF
}

@inline(__always)
private func clamped(_ x: Double, _ greatest: Double) -> Double { x > 0 ? min(x, greatest) : 0 }
