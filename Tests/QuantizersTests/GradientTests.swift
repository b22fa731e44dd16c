import Quantizers
import Tensors
import TestSupport
import Testing

/// These tests compare gradients with numerical derivatives of the quantizer in which rounding is replaced by adding a constant δ,
/// the one that rounding adds at the point in question (docs/method.md, "Gradients").
@Suite struct GradientTests {
    /// A piecewise linear reading in double, straight from the formulas; `offset` is given what rounding adds.
    private func relaxed(
        _ quantizer: PiecewiseLinearQuantizer, _ x: Double, _ l: Double, _ u: Double, _ bp: Double, region: Int,
        rounding: (Double) -> Double
    ) -> Double {
        let n1 = Double((1 << (quantizer.bits - 1)) - 1)
        let oneSided = quantizer.reading == .oneSided && quantizer.lower >= 0
        let n2 = oneSided ? Double(1 << (quantizer.bits - 1)) : Double((1 << (quantizer.bits - 2)) - 1)
        switch region {
        case -1: return rounding((max(x, l) - l) * n2 / (-bp - l)) * (-bp - l) / n2 + l
        case 1: return rounding((min(x, u) - bp) * n2 / (u - bp)) * (u - bp) / n2 + bp
        default:
            if oneSided { return rounding(max(x, 0) * n1 / bp) * bp / n1 }
            if quantizer.reading == .offset { return rounding((x + bp) * n1 / (2 * bp)) * 2 * bp / n1 - bp }
            return rounding(x * n1 / (2 * bp)) * 2 * bp / n1
        }
    }

    /// The derivative of `f` at 0, rounding frozen at what it adds there.
    private func derivative(_ f: (_ move: Double, _ rounding: (Double) -> Double) -> Double) -> Double {
        var frozen = 0.0
        _ = f(0) {
            frozen = $0.rounded(.toNearestOrEven) - $0
            return $0
        }
        let h = 1e-5
        return (f(h) { $0 + frozen } - f(-h) { $0 + frozen }) / (2 * h)
    }

    @Test(arguments: PiecewiseLinearReading.allCases, 3...8)
    func piecewiseLinearGradientsAreTheRelaxedOnes(reading: PiecewiseLinearReading, bits: Int) throws {
        var random = SplitMix64(state: UInt64(bits))
        for (lower, upper, breakpoint) in [(-5, 6, 1.7), (0, 7.3, 1.1), (0.2, 3, 0.5), (-2, 30, 1.9)] as [(Float, Float, Float)] {
            let quantizer = try PiecewiseLinearQuantizer(
                reading: reading, bits: bits, lower: lower, upper: upper, breakpoint: breakpoint)
            let (l, u, bp) = (Double(lower), Double(upper), Double(breakpoint))
            for x in random.floats(200, in: (lower < 0 ? lower - 1 : -0.3)...(upper + 1)) {
                let value = Double(x)
                // Numerical derivatives need a neighbourhood without a bend.
                guard [l, u, bp, -bp, 0].allSatisfy({ abs(value - $0) > 1e-3 }) else { continue }
                let region = value > bp ? 1 : (value < -bp && lower < -breakpoint ? -1 : 0)
                guard region != 0 || value > -bp else { continue }
                let found = quantizer.differentiated(at: [x], outputGradient: [1])
                let expected = [
                    derivative { relaxed(quantizer, value, l + $0, u, bp, region: region, rounding: $1) },
                    derivative { relaxed(quantizer, value, l, u + $0, bp, region: region, rounding: $1) },
                    derivative { relaxed(quantizer, value, l, u, bp + $0, region: region, rounding: $1) },
                ]
                let expectedInput = derivative { relaxed(quantizer, value + $0, l, u, bp, region: region, rounding: $1) }
                #expect(abs(Double(found.input[0]) - expectedInput) < 1e-5, "\(quantizer.parameters) at \(x)")
                for (gradient, expected) in zip(found.parameters, expected) {
                    #expect(abs(gradient - expected) < 2e-5, "\(quantizer.parameters) at \(x)")
                }
            }
        }
    }

    @Test(arguments: 2...8)
    func uniformGradientsAreTheRelaxedOnes(bits: Int) throws {
        var random = SplitMix64(state: UInt64(bits))
        let quantizer = try UniformQuantizer(bits: bits, lower: -2.5, upper: 4)
        let n = Double((1 << bits) - 1)
        func relaxed(_ x: Double, _ l: Double, _ u: Double, _ rounding: (Double) -> Double) -> Double {
            rounding((min(max(x, l), u) - l) * n / (u - l)) * (u - l) / n + l
        }
        for x in random.floats(300, in: -4...6) where abs(x + 2.5) > 1e-3 && abs(x - 4) > 1e-3 {
            let found = quantizer.differentiated(at: [x], outputGradient: [1])
            #expect(abs(Double(found.input[0]) - derivative { relaxed(Double(x) + $0, -2.5, 4, $1) }) < 1e-5)
            #expect(abs(found.parameters[0] - derivative { relaxed(Double(x), -2.5 + $0, 4, $1) }) < 2e-5)
            #expect(abs(found.parameters[1] - derivative { relaxed(Double(x), -2.5, 4 + $0, $1) }) < 2e-5)
        }
    }

    @Test(arguments: 2...8)
    func symmetricGradientsAreTheRelaxedOnes(bits: Int) throws {
        var random = SplitMix64(state: UInt64(bits))
        let quantizer = try SymmetricWeightQuantizer(bits: bits, uppers: [0.6])[0]
        let (n, upper) = (Double((1 << (bits - 1)) - 1), Double(Float(0.6)))
        func relaxed(_ w: Double, _ u: Double, _ rounding: (Double) -> Double) -> Double {
            rounding(min(max(w, -u), u) * n / u) * u / n
        }
        for w in random.floats(300, in: -1...1) where abs(abs(w) - 0.6) > 1e-3 {
            let found = quantizer.differentiated(at: [w], outputGradient: [1])
            #expect(abs(Double(found.input[0]) - derivative { relaxed(Double(w) + $0, upper, $1) }) < 1e-5)
            #expect(abs(found.parameters[0] - derivative { relaxed(Double(w), upper + $0, $1) }) < 2e-5)
        }
    }

    @Test func aTieSharesTheGradient() throws {
        let quantizer = try UniformQuantizer(bits: 4, lower: 0, upper: 15)
        let found = quantizer.differentiated(at: [0, 0, 15], outputGradient: [1, 3, 10])
        #expect(found.input == [0.5, 1.5, 5])
        #expect(found.parameters == [2, 5])
    }

    @Test func aDenseInputRoundedBeyondItsLastLevelMovesOnlyTheBreakpoint() throws {
        let quantizer = try PiecewiseLinearQuantizer(reading: .literal, bits: 4, lower: -8, upper: 8, breakpoint: 3.5)
        #expect(quantizer.applied(to: [3.5, -3.5]) == [3, -3])
        let found = quantizer.differentiated(at: [3.5, -3.5], outputGradient: [1, 10])
        #expect(found.input == [0, 0])
        #expect(found.parameters[0] == 0 && found.parameters[1] == 0)
        #expect(abs(found.parameters[2] - (6.0 / 7 - 60.0 / 7)) < 1e-6)
    }

    @Test func parameterGradientsAreAddedToWhatIsThere() throws {
        for quantizer in try assortedQuantizers() where quantizer.bits == 4 && quantizer.parameters[1] < 1e6 {
            let x: [Float] = [quantizer.parameters[1] + 1, quantizer.parameters[0] - 1, 0.3]
            let once = quantizer.differentiated(at: x, outputGradient: [1, -2, 0.5]).parameters
            var twice = once
            var dx = [Float](repeating: 0, count: 3)
            quantizer.differentiate(x, outputGradient: [1, -2, 0.5], into: &dx, parameterGradients: &twice, count: 3)
            #expect(twice == once.map { 2 * $0 })
        }
    }

    @Test func theTwoGradientArraysMayBeOne() throws {
        var random = SplitMix64(state: 9)
        let x = random.floats(333, in: -9...9)
        let g = random.floats(333, in: -1...1)
        for quantizer in try assortedQuantizers() where quantizer.bits == 4 {
            let apart = quantizer.differentiated(at: x, outputGradient: g)
            var shared = g
            var sums = [Double](repeating: 0, count: quantizer.parameterCount)
            shared.withUnsafeMutableBufferPointer {
                quantizer.differentiate(
                    x, outputGradient: $0.baseAddress!, into: $0.baseAddress!, parameterGradients: &sums, count: x.count)
            }
            #expect(shared == apart.input && sums == apart.parameters)
        }
    }
}
