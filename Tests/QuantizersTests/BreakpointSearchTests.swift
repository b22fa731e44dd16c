import Quantizers
import Tensors
import TestSupport
import Testing

@Suite struct BreakpointSearchTests {
    /// The numbers are Laplace noise with 0.3% outliers (docs/method.md, "The three readings of Eq. 3").
    private func activations(afterReLU: Bool) -> [Float] {
        var random = SplitMix64(state: 7)
        return (0..<40000).map { i in
            let unit = Double.random(in: -0.999999...0.999999, using: &random)
            let scale = i % 333 == 0 ? 8.0 : 1.0
            let value = Float(-scale * (unit < 0 ? -1 : 1) * _log(1 - abs(unit)))
            return afterReLU ? max(value, 0) : value
        }
    }

    /// ln by its series: the tests need no Foundation for one function.
    private func _log(_ x: Double) -> Double {
        let (m, e) = (x.significand, Double(x.exponent))
        let t = (m - 1) / (m + 1)
        var (power, sum) = (t, 0.0)
        for k in stride(from: 1, through: 41, by: 2) {
            sum += power / Double(k)
            power *= t * t
        }
        return 2 * sum + e * 0.6931471805599453
    }

    private func histogram(_ x: [Float]) throws -> Histogram {
        var histogram = try Histogram(lower: #require(x.min()), upper: #require(x.max()))
        x.withUnsafeBufferPointer { histogram.add($0) }
        return histogram
    }

    @Test(arguments: PiecewiseLinearReading.allCases, [false, true])
    func findsABreakpointNearlyAsGoodAsTryingAll(reading: PiecewiseLinearReading, afterReLU: Bool) throws {
        let histogram = try histogram(activations(afterReLU: afterReLU))
        for bits in [3, 4] {
            var quantizer = try PiecewiseLinearQuantizer(
                reading: reading, bits: bits, lower: histogram.lower, upper: histogram.upper, breakpoint: 1)
            let largest = max(histogram.upper, -histogram.lower)
            let errors = stride(from: 2, through: 990, by: 4).map { thousandths in
                quantizer.parameters[2] = Float(thousandths) / 1000 * largest
                return histogram.squaredError(of: quantizer)
            }
            quantizer.parameters[2] = BreakpointSearch.leastSquaredError(quantizer, histogram: histogram)
            #expect(histogram.squaredError(of: quantizer) <= 1.02 * errors.min()!)
        }
    }

    @Test func theSearchBeatsThePercentileOnTheNumbersThemselves() throws {
        for afterReLU in [false, true] {
            let x = activations(afterReLU: afterReLU)
            let percentile = x.map(abs).sorted()[Int(0.99 * Double(x.count))]
            let statistics = ActivationStatistics(
                lower: try #require(x.min()), upper: try #require(x.max()), percentileAbsolute: percentile,
                histogram: try histogram(x))
            func error(_ breakpoint: FittingOptions.Breakpoint) throws -> Double {
                let quantizer = try QuantizerRegistry.standard.fit(
                    name: "plq-one-sided", statistics: statistics, bits: 4, options: FittingOptions(breakpoint: breakpoint))
                return zip(x, quantizer.applied(to: x)).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
            }
            #expect(try error(.leastSquaredError) < error(.percentile))
        }
    }

    @Test func histogramsCountEveryNumberOnce() throws {
        let x: [Float] = [-1, -0.9999, 0, 0.5, 0.9999, 1, 2, -3, .nan]
        var whole = try Histogram(lower: -1, upper: 1)
        x.withUnsafeBufferPointer { whole.add($0) }
        #expect(whole.counts.reduce(0, +) == 9)
        #expect(whole.counts[0] == 4 && whole.counts[1024] == 1 && whole.counts[1536] == 1 && whole.counts[2047] == 3)
        #expect(whole.centers[0] == -1 + 1 / 2048 && whole.centers[2047] == 1 - 1 / 2048)

        var parts = try Histogram(lower: -1, upper: 1)
        for value in x {
            var one = try Histogram(lower: -1, upper: 1)
            withUnsafePointer(to: value) { one.add(UnsafeBufferPointer(start: $0, count: 1)) }
            parts.add(one)
        }
        #expect(parts == whole)
    }

    @Test func aConstantMapHasAHistogram() throws {
        var histogram = try Histogram(lower: 3, upper: 3)
        [Float](repeating: 3, count: 10).withUnsafeBufferPointer { histogram.add($0) }
        #expect(histogram.counts[0] == 10 && histogram.centers[0] == 3)
        #expect(throws: QuantizerError.self) { try Histogram(lower: .nan, upper: 1) }
    }
}
