import Quantizers
import Tensors
import TestSupport
import Testing

/// Scales of input channels: their numbers, what they do to weights, and the function that engines apply.
@Suite struct InputScalesTests {
    @Test func scalesArePowersOfTheShareOfTheLargestMagnitude() throws {
        #expect(InputScales(magnitudes: [8, 2, 4], power: 1).factors == [1, 4, 2])
        #expect(InputScales(magnitudes: [8, 2, 4], power: 1).scales == [1, 0.25, 0.5])
        #expect(InputScales(magnitudes: [16, 4, 1], power: 0.5).factors == [1, 2, 4])
        #expect(InputScales(magnitudes: [8, 2], power: 0).factors == [1, 1])
        // A channel that was never seen counts as the 1024th part of the largest.
        #expect(InputScales(magnitudes: [8, 0, 1e-9], power: 1).factors == [1, 1024, 1024])
        #expect(InputScales(magnitudes: [8, 0], power: 0.5).factors == [1, 32])
        #expect(InputScales(magnitudes: [0, 0], power: 1).factors == [1, 1])
    }

    @Test func weightsAreMultipliedByInputChannel() throws {
        let scales = try InputScales(factors: [1, 4])
        // Two outputs, two inputs, windows of 1 x 1 and of 2 numbers.
        #expect(scales.scaled(weights: [8, 8, -4, 4], outputs: 2) == [8, 2, -4, 1])
        #expect(scales.scaled(weights: [8, 8, 8, 8], outputs: 1) == [8, 8, 2, 2])
        #expect(scales.unscaled(weights: scales.scaled(weights: [3, 5, 7, 9], outputs: 2), outputs: 2) == [3, 5, 7, 9])
    }

    @Test func illegalFactorsAreRefused() {
        for factor: Float in [0, -1, 1e7, 1e-7, .nan, .infinity] {
            #expect(throws: QuantizerError.self) { try InputScales(factors: [1, factor]) }
        }
        #expect(throws: QuantizerError.self) { try InputScales(factors: []) }
    }

    @Test(arguments: [0, 1, 2])
    func theInputIsMultipliedOnceAndThenQuantized(first: Int) throws {
        let quantizer = try UniformQuantizer(bits: 4, lower: -1, upper: 2)
        let scales = try InputScales(factors: [1, 0.3, 7.7])
        let function = ScaledInput(quantizer, scales)
        var random = SplitMix64(state: 11)
        let x = random.floats(100, in: -3...3)
        var y = [Float](repeating: 0, count: x.count)
        function.apply(x, into: &y, count: x.count, firstChannel: first)
        for i in x.indices { #expect(y[i] == quantizer.apply(x[i] * scales.factors[(first + i) % 3])) }
    }

    @Test func gradientsAreThoseOfTheChainRule() throws {
        let quantizer = try UniformQuantizer(bits: 3, lower: -1, upper: 2)
        let factors: [Float] = [0.5, 2]
        let function = ScaledInput(quantizer, try InputScales(factors: factors))
        var random = SplitMix64(state: 5)
        let (x, g) = (random.floats(60, in: -3...3), random.floats(60, in: -1...1))
        var (gradient, parameters) = ([Float](repeating: 0, count: 60), [0.0, 0.0])
        function.differentiate(x, outputGradient: g, into: &gradient, parameterGradients: &parameters, count: 60, firstChannel: 1)
        var expected = [0.0, 0.0]
        for i in x.indices {
            let factor = factors[(i + 1) % 2]
            let found = quantizer.differentiated(at: [x[i] * factor], outputGradient: [g[i]])
            #expect(gradient[i] == found.input[0] * factor)
            for index in expected.indices { expected[index] += found.parameters[index] }
        }
        for index in expected.indices { #expect(abs(parameters[index] - expected[index]) < 1e-5) }
    }

    @Test func numbersAreDividedOnlyWhereThereAreScales() throws {
        let numbers: [Float] = [1, 2, 3, 4]
        numbers.withUnsafeBufferPointer { input in
            InputScales.dividing(input, by: nil) { #expect($0.baseAddress == input.baseAddress) }
        }
        let scales = try InputScales(factors: [2, 4])
        numbers.withUnsafeBufferPointer { input in
            InputScales.dividing(input, by: scales) { #expect(Array($0) == [2, 8, 6, 16]) }
        }
    }
}
