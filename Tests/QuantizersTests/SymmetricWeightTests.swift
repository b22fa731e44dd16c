import Quantizers
import Tensors
import TestSupport
import Testing

@Suite struct SymmetricWeightTests {
    @Test(arguments: 2...8)
    func decodedCodesAreTheQuantizedWeightsBitForBit(bits: Int) throws {
        var random = SplitMix64(state: UInt64(bits))
        let weights = random.floats(6 * 137, in: -0.4...0.4) + [0, -0.0, 0.2, -0.2, 3, -3]
        for groups in [1, 2, 6] {
            let quantizer = try SymmetricWeightQuantizer(fitting: weights, groups: groups, bits: bits)
            let codes = quantizer.codes(weights)
            let largest = Int8((1 << (bits - 1)) - 1)
            #expect(codes.allSatisfy { (-largest...largest).contains($0) })
            #expect(codes.max() == largest || codes.min() == -largest)
            #expect(quantizer.decode(codes).map(\.bitPattern) == quantizer.apply(weights).map(\.bitPattern))
            #expect(quantizer.codes(quantizer.apply(weights)) == codes)
            #expect(quantizer.words(weights).map { Int($0) } == codes.map { Int($0) + Int(largest) })
            #expect(quantizer.decode(words: quantizer.words(weights)) == quantizer.apply(weights))
        }
    }

    @Test func errorsAreAtMostHalfAStepOfTheOwnChannel() throws {
        var random = SplitMix64(state: 4)
        let weights = random.floats(100, in: -1...1) + random.floats(100, in: -0.01...0.01)
        let quantizer = try SymmetricWeightQuantizer(fitting: weights, groups: 2, bits: 4)
        #expect(quantizer.uppers == [weights[..<100].map(abs).max(), weights[100...].map(abs).max()])
        for (i, (w, q)) in zip(weights, quantizer.apply(weights)).enumerated() {
            #expect(abs(w - q) <= 0.5001 * quantizer[i / 100].step)
        }
    }

    @Test func theDirectionIsTheGradientOfEachWeightForItsOwnRange() throws {
        var random = SplitMix64(state: 5)
        var weights = random.floats(99, in: -1...1)
        (weights[3], weights[40], weights[41]) = (0.5, -0.7, 0)
        let quantizer = try SymmetricWeightQuantizer(bits: 3, uppers: [0.5, 0.7, 2])
        let direction = try #require(quantizer.directions(weights).first)
        for (index, weight) in weights.enumerated() {
            let alone = quantizer[index / 33].differentiated(at: [weight], outputGradient: [1])
            #expect(abs(Double(direction[index]) - alone.parameters[0]) < 1e-6, "weight \(index): \(weight)")
        }
    }

    @Test func aChannelOfZerosStaysZeros() throws {
        let quantizer = try SymmetricWeightQuantizer(fitting: [0, 0, 1, -1], groups: 2, bits: 4)
        #expect(quantizer.apply([0, 0, 1, -1]) == [0, 0, 1, -1])
    }

    @Test func rangesStayLegal() throws {
        var quantizer = try SymmetricWeightQuantizer(bits: 4, uppers: [1, 2, 3])
        quantizer.uppers = [-5, .nan, .infinity]
        #expect(quantizer.uppers == [SymmetricWeightQuantizer.smallestUpper, 2, 3])
    }

    @Test func badWeightsAreRefused() {
        #expect(throws: QuantizerError.unevenGroups(weights: 5, groups: 2)) {
            try SymmetricWeightQuantizer(fitting: [1, 2, 3, 4, 5], groups: 2, bits: 4)
        }
        #expect(throws: QuantizerError.self) { try SymmetricWeightQuantizer(fitting: [1, .nan], bits: 4) }
        #expect(throws: QuantizerError.self) { try SymmetricWeightQuantizer(bits: 4, uppers: []) }
    }
}
