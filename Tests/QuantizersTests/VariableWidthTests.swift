import Glibc
import Quantizers
import Tensors
import TestSupport
import Testing

@Suite struct VariableWidthTests {
    private let lower = -2.5
    private let upper = 4.0

    /// The quantizer for a width that is no whole number, with what rounding adds frozen.
    private func relaxed(_ x: Double, bits: Double, frozen: Double) -> Double {
        let n = exp2(bits) - 1
        return ((min(max(x, lower), upper) - lower) * n / (upper - lower) + frozen) * (upper - lower) / n + lower
    }

    @Test(arguments: 2...8)
    func theBitsGradientIsTheRelaxedOne(bits: Int) throws {
        var random = SplitMix64(state: UInt64(bits))
        let quantizer = VariableWidthQuantizer(try UniformQuantizer(bits: bits, lower: Float(lower), upper: Float(upper)))
        let n = Double((1 << bits) - 1)
        for x in random.floats(200, in: -4...6) where abs(x + 2.5) > 1e-3 && abs(x - 4) > 1e-3 {
            let v = (min(max(Double(x), lower), upper) - lower) * n / (upper - lower)
            let frozen = v.rounded(.toNearestOrEven) - v
            let h = 1e-4
            let expected =
                (relaxed(Double(x), bits: Double(bits) + h, frozen: frozen)
                    - relaxed(Double(x), bits: Double(bits) - h, frozen: frozen)) / (2 * h)
            let found = quantizer.differentiated(at: [x], outputGradient: [1])
            #expect(abs(found.parameters[VariableWidthQuantizer.bitsIndex] - expected) < 1e-5, "\(x)")
            // The closed form of the documentation.
            let residual = min(max(Double(x), lower), upper) - Double(quantizer.base.apply(x))
            #expect(abs(expected - residual * log(2) * (n + 1) / n) < 1e-5)
        }
    }

    @Test func everythingElseIsAsWithoutIt() throws {
        var random = SplitMix64(state: 3)
        let base = try UniformQuantizer(bits: 4, lower: -2.5, upper: 4)
        let quantizer = VariableWidthQuantizer(base)
        let (x, g) = (random.floats(333, in: -4...6), random.floats(333, in: -1...1))
        #expect(quantizer.applied(to: x) == base.applied(to: x))
        let (with, without) = (
            quantizer.differentiated(at: x, outputGradient: g), base.differentiated(at: x, outputGradient: g)
        )
        #expect(with.input == without.input)
        #expect(Array(with.parameters.prefix(2)) == without.parameters)
    }
}
