import Quantizers
import Testing

/// AdaRound's weights, and what passes straight through a weight quantizer.
@Suite struct LearnedRoundingTests {
    private static let weights: [Float] = [0.1, -0.31, 0.52, -0.9, 0.77, 0.005, -0.24, 1.4]

    private static func rounding(groups: Int) throws -> LearnedRounding {
        let uppers: [Float] = groups == 1 ? [0.8] : [1.0, 0.6]
        return LearnedRounding(try SymmetricWeightQuantizer(bits: 4, uppers: uppers), weights: weights)
    }

    @Test(arguments: [1, 2]) func itBeginsAtTheWeightsInsideTheRange(groups: Int) throws {
        let rounding = try Self.rounding(groups: groups)
        for (index, (found, weight)) in zip(rounding.apply([]), Self.weights).enumerated() {
            let upper = rounding.quantizer.uppers[groups == 1 ? 0 : index / 4]
            // A share of 0 or 1 begins 1e-4 of a step inside.
            #expect(abs(found - min(max(weight, -upper), upper)) < 2e-4 * upper / 7 + 1e-6)
        }
        // The nearest level is the one that h above or below 1/2 decides on.
        #expect(rounding.decided == rounding.quantizer.apply(Self.weights))
        #expect(rounding.quantizer.apply(rounding.decided) == rounding.decided)
    }

    @Test func hReachesBothLevelsExactly() throws {
        #expect(LearnedRounding.share(-3) == 0 && LearnedRounding.share(3) == 1 && LearnedRounding.share(0) == 0.5)
        var rounding = try Self.rounding(groups: 1)
        let start = rounding.offsets
        rounding.offsets = [Float](repeating: 9, count: 8)
        let up = rounding.decided
        #expect(rounding.apply([]) == up)
        rounding.offsets = [Float](repeating: -9, count: 8)
        let step = rounding.quantizer[0].step
        for (high, low) in zip(up, rounding.decided) {
            #expect(abs(high - low - step) < 1e-6)
            #expect(abs(high) <= 0.8 && abs(low) <= 0.8, "both levels are inside the range")
        }
        rounding.offsets = [.nan, .infinity] + start.dropFirst(2)
        #expect(rounding.offsets.prefix(2) == [-9, -9], "a number that is not finite changes nothing")
    }

    @Test(arguments: [1, 2]) func derivativesAreThoseOfFiniteDifferences(groups: Int) throws {
        let rounding = try Self.rounding(groups: groups)
        let slopes = rounding.slopesOfOffsets
        // What begins at a level is 1e-4 from where h is clipped and its slope jumps.
        let inside = Self.weights.indices.filter { abs(rounding.offsets[$0]) < 2.3 }
        #expect(inside.count >= 5)
        for index in inside {
            func weight(_ change: Float) -> Double {
                var moved = rounding
                moved.offsets[index] += change
                return Double(moved.apply([])[index])
            }
            let numeric = (weight(2e-3) - weight(-2e-3)) / 4e-3
            #expect(abs(numeric - Double(slopes[index])) < 2e-4, "V of weight \(index)")
        }
        let direction = rounding.directions([])[0]
        for group in 0..<groups {
            func weights(_ change: Float) -> [Float] {
                var moved = rounding
                moved.parameters[group] += change
                return moved.apply([])
            }
            for (index, (above, below)) in zip(weights(1e-2), weights(-1e-2)).enumerated() where groups == 1 || index / 4 == group {
                #expect(abs((above - below) / 2e-2 - direction[index]) < 1e-4, "range of weight \(index)")
            }
        }
        #expect(rounding.slopes(Self.weights) == [Float](repeating: 0, count: 8))
    }

    @Test func aWeightPassesStraightThroughInsideItsRange() throws {
        let symmetric = try SymmetricWeightQuantizer(bits: 4, uppers: [0.5, 2])
        #expect(symmetric.slopes([0.1, -0.5, 0.6, -0.49, 0.1, -2, 2.1, 1.9]) == [1, 0.5, 0, 1, 1, 0.5, 0, 1])
        let asymmetric = try AsymmetricWeightQuantizer(bits: 4, lowers: [-0.2], uppers: [0.5])
        #expect(asymmetric.slopes([-0.3, -0.2, -0.1, 0, 0.4, 0.5, 0.6]) == [0, 0.5, 1, 1, 1, 0.5, 0])
    }
}
