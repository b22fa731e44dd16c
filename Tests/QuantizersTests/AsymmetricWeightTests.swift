import Quantizers
import Tensors
import TestSupport
import Testing

@Suite struct AsymmetricWeightTests {
    private static func quantizer(_ weights: [Float], groups: Int, bits: Int) throws -> AsymmetricWeightQuantizer {
        let size = weights.count / groups
        let parts = (0..<groups).map { weights[$0 * size..<($0 + 1) * size] }
        return try AsymmetricWeightQuantizer(
            bits: bits, lowers: parts.map { $0.min() ?? 0 }, uppers: parts.map { $0.max() ?? 0 })
    }

    @Test(arguments: 2...8)
    func roundsEachChannelAsAUniformQuantizer(bits: Int) throws {
        var random = SplitMix64(state: UInt64(bits))
        let weights = random.floats(6 * 137, in: -0.1...0.4) + [0, -0.0, 0.2, -0.2, 3, -3]
        for groups in [1, 2, 6] {
            let quantizer = try Self.quantizer(weights, groups: groups, bits: bits)
            let size = weights.count / groups
            let quantized = quantizer.apply(weights)
            for group in 0..<groups {
                let alone = try UniformQuantizer(bits: bits, lower: quantizer.lowers[group], upper: quantizer.uppers[group])
                let part = Array(weights[group * size..<(group + 1) * size])
                #expect(Array(quantized[group * size..<(group + 1) * size]) == alone.applied(to: part))
            }
            let words = quantizer.words(weights)
            #expect(words.min() == 0 && words.max() == quantizer.largestWord && Int(quantizer.largestWord) == (1 << bits) - 1)
            #expect(quantizer.decode(words: words) == quantized)
            #expect(quantizer.apply(quantized) == quantized, "freezing twice changes nothing")
        }
    }

    @Test func theDirectionsAreTheGradientsOfEachWeightForItsOwnEnds() throws {
        var random = SplitMix64(state: 5)
        var weights = random.floats(99, in: -1...1)
        (weights[3], weights[40], weights[41]) = (0.5, -0.7, 0)
        let quantizer = try AsymmetricWeightQuantizer(bits: 3, lowers: [-0.25, -0.7, -2], uppers: [0.5, 0.7, 1])
        let directions = quantizer.directions(weights)
        for (index, weight) in weights.enumerated() {
            let group = index / 33
            let alone = try UniformQuantizer(bits: 3, lower: quantizer.lowers[group], upper: quantizer.uppers[group])
                .differentiated(at: [weight], outputGradient: [1])
            #expect(abs(Double(directions[0][index]) - alone.parameters[0]) < 1e-5, "weight \(index): \(weight)")
            #expect(abs(Double(directions[1][index]) - alone.parameters[1]) < 1e-5, "weight \(index): \(weight)")
        }
    }

    @Test func theGradientOfTheEndsIsThatOfFiniteDifferences() throws {
        // With the rounding frozen (straight through), q is linear in both ends: v + (r - v) with r - v constant.
        let weights: [Float] = [-0.9, -0.3, 0.05, 0.4, 0.8, -0.2, 0.33, 1.2]
        let outputGradient: [Double] = [1, -2, 0.5, 3, -1, 2, 0.7, 1]
        let quantizer = try AsymmetricWeightQuantizer(bits: 3, lowers: [-0.5, -0.25], uppers: [0.5, 0.9])
        let errors = quantizer.words(weights).enumerated().map { index, word in
            let (l, u) = (quantizer.lowers[index / 4], quantizer.uppers[index / 4])
            return Double(word) - Double((min(max(weights[index], l), u) - l) / (u - l) * 7)
        }
        func loss(_ parameters: [Double]) -> Double {
            weights.indices.reduce(0) { sum, index in
                let (l, u) = (parameters[index / 4], parameters[2 + index / 4])
                let position = (min(max(Double(weights[index]), l), u) - l) / (u - l) * 7
                return sum + outputGradient[index] * ((position + errors[index]) * (u - l) / 7 + l)
            }
        }
        let sums = quantizer.directions(weights).map { direction in
            (0..<4).map { output in (2 * output..<2 * output + 2).reduce(0) { $0 + outputGradient[$1] * Double(direction[$1]) } }
        }
        let gradient = quantizer.gradient(sums: sums)
        let start = quantizer.parameters.map(Double.init)
        for index in start.indices {
            var (above, below) = (start, start)
            above[index] += 1e-5
            below[index] -= 1e-5
            #expect(abs(gradient[index] - (loss(above) - loss(below)) / 2e-5) < 1e-4, "parameter \(index)")
        }
    }

    @Test func rangesStayLegal() throws {
        var quantizer = try AsymmetricWeightQuantizer(bits: 4, lowers: [-1, -2], uppers: [1, 2])
        quantizer.parameters = [0.5, .nan, 0.25, .infinity]
        #expect(quantizer.lowers == [0.5, -2])
        #expect(quantizer.uppers[0] > 0.5 && quantizer.uppers[1] == 2)
        #expect(throws: QuantizerError.self) { try AsymmetricWeightQuantizer(bits: 4, lowers: [], uppers: []) }
        #expect(throws: QuantizerError.self) { try AsymmetricWeightQuantizer(bits: 4, lowers: [0], uppers: [1, 2]) }
        #expect(throws: QuantizerError.self) { try AsymmetricWeightQuantizer(bits: 9, lowers: [0], uppers: [1]) }
        #expect(throws: QuantizerError.self) { try AsymmetricWeightQuantizer(bits: 4, lowers: [.nan], uppers: [1]) }
    }

    @Test func levelsThatBeginAtAPartOfAStepAreWholeNumbers() throws {
        // Steps of 1 from -2.5 on and of 0.5 from -1 on: in halves of a step.
        let quantizer = try AsymmetricWeightQuantizer(bits: 2, lowers: [-2.5, -1], uppers: [0.5, 0.5])
        let weights: [Float] = [-2.5, -1.6, 0.6, -1, 0.1, 9]
        #expect(quantizer.apply(weights) == [-2.5, -1.5, 0.5, -1, 0, 0.5])
        #expect(quantizer.integers(weights)?.codes == [-5, -3, 1, -4, 0, 2])
        #expect(quantizer.integers(weights)?.units == [0.5, 0.25])
        #expect(quantizer.snapped(weights, outputs: 2, largestSum: 9) == quantizer)
    }

    @Test(arguments: 2...8) func snappingMovesRangesByLessThanAStep(bits: Int) throws {
        var random = SplitMix64(state: UInt64(bits))
        let weights = random.floats(5 * 90, in: -0.1...0.2)
        for groups in [1, 5] {
            let quantizer = try Self.quantizer(weights, groups: groups, bits: bits)
            for largestSum in [200.0 * Double(1 << bits), 1e7] {
                let snapped = try #require(quantizer.snapped(weights, outputs: 5, largestSum: largestSum))
                let integers = try #require(snapped.integers(weights))
                let step = (quantizer.uppers[0] - quantizer.lowers[0]) / Float(quantizer.largestWord)
                for (old, new) in zip(quantizer.lowers + quantizer.uppers, snapped.lowers + snapped.uppers) {
                    #expect(abs(old - new) < (largestSum == 1e7 && bits == 4 ? 0.02 : 0.52) * step)
                }
                for (index, level) in snapped.apply(weights).enumerated() {
                    let unit = integers.units[groups == 1 ? 0 : index / 90]
                    #expect(abs(Float(integers.codes[index]) * unit - level) < 1e-3 * step)
                }
                let sums = (0..<5).map { output in
                    integers.codes[output * 90..<(output + 1) * 90].reduce(0) { $0 + abs(Double($1)) }
                }
                #expect(try #require(sums.max()) <= largestSum)
                #expect(snapped.snapped(weights, outputs: 5, largestSum: largestSum) == snapped)
            }
        }
    }

    @Test func rangesFarFromZeroOrSumsWithoutRoomHaveNoWholeNumbers() throws {
        let far = try AsymmetricWeightQuantizer(bits: 4, lowers: [100.01], uppers: [100.3])
        #expect(far.integers([100]) == nil && far.snapped([100], outputs: 1, largestSum: 1e9) == nil)
        let weights: [Float] = [-1, 0.3, 1.05]
        // -140 parts, of which there are 41 to a step: whole, but large.
        let tight = try AsymmetricWeightQuantizer(bits: 3, lowers: [-1], uppers: [1.05])
        #expect(tight.integers(weights)?.codes == [-140, 24, 147])
        #expect(tight.snapped(weights, outputs: 1, largestSum: 311) == tight)
        #expect(tight.snapped(weights, outputs: 1, largestSum: 300) != tight)
        #expect(tight.snapped(weights, outputs: 1, largestSum: 3) == nil)
        #expect(tight.snapped(weights, outputs: 1, largestSum: 10) != nil)
    }
}
