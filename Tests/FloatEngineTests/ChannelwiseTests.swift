import FloatEngine
import Networks
import Tensors
import Testing
import TestSupport

/// A quantizer with a scale per channel, as engines see it: each channel is rounded to multiples of its own step.
private struct ChannelSteps: ChannelwiseFunction {
    var steps: [Float]

    var channels: Int { steps.count }
    var parameterCount: Int { 0 }

    func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, firstChannel: Int) {
        for i in 0..<count {
            let step = steps[(firstChannel + i) % channels]
            y[i] = (x[i] / step).rounded() * step
        }
    }

    /// The gradient passes straight through the rounding.
    func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int, firstChannel: Int
    ) {
        for i in 0..<count { inputGradient[i] = outputGradient[i] }
    }
}

/// A quantizer that measures every map first: each channel is rounded to eighths of the largest magnitude that it has in this
/// sample.
private struct LargestMagnitudes: WholeMapFunction {
    var parameterCount: Int { 0 }

    func fitted(to map: UnsafePointer<Float>, pixels: Int, channels: Int) -> any ElementwiseFunction {
        var largest = [Float](repeating: 1e-6, count: channels)
        for i in 0..<pixels * channels { largest[i % channels] = max(largest[i % channels], abs(map[i])) }
        return ChannelSteps(steps: largest.map { $0 / 8 })
    }

    func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        Issue.record("a row says nothing about the map")
    }

    func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) {
        Issue.record("a row says nothing about the map")
    }
}

/// Quantizers that see more than one number.
@Suite struct ChannelwiseTests {
    private static let steps: [Float] = [0.25, 1, 0.125, 2]

    private static func network(_ numbers: inout SplitMix64, kernel: Int = 3) -> Network {
        let weight = Tensor(dimensions: [3, 4, kernel, kernel], values: numbers.array(12 * kernel * kernel))
        return Network(
            architecture: "test", scale: 1,
            nodes: [
                Node(name: "input", operation: .input(channels: 4), inputs: []),
                Node(
                    name: "layer", operation: .convolution(Convolution(role: .body, weight: weight, bias: numbers.array(3))),
                    inputs: [0]),
            ])
    }

    private static func output(_ network: Network, _ input: Tensor, _ function: (any ElementwiseFunction)?, threads: Int = 2)
        throws -> [Float]
    {
        try Executor(
            network: network, pool: ThreadPool(threads: threads), overrides: [1: ConvolutionOverride(input: function, weight: nil)]
        ).run(input).values
    }

    /// What the executor computes is what it computes of the quantized map without a quantizer.
    @Test(arguments: [3, 9])
    func everyChannelHasItsOwnScale(kernel: Int) throws {
        var numbers = SplitMix64(state: 31)
        let network = Self.network(&numbers, kernel: kernel)
        let input = Tensor(dimensions: [2, 40, 17, 4], values: numbers.array(2 * 40 * 17 * 4, scale: 3))
        let rounded = Tensor(
            dimensions: input.dimensions,
            values: input.values.enumerated().map { ($1 / Self.steps[$0 % 4]).rounded() * Self.steps[$0 % 4] })
        #expect(rounded.values != input.values)
        let found = try Self.output(network, input, ChannelSteps(steps: Self.steps))
        let wanted = try Self.output(network, rounded, Identity())
        #expect(found == wanted)
    }

    /// Every sample is measured by itself, whatever the batch it is in and however many threads there are.
    @Test func statisticsAreThoseOfTheSamplesOwnMap() throws {
        var numbers = SplitMix64(state: 32)
        let network = Self.network(&numbers)
        let samples = [1, 5].map { scale in
            Tensor(dimensions: [1, 40, 17, 4], values: numbers.array(40 * 17 * 4, scale: Float(scale)))
        }
        let batch = Tensor(dimensions: [2, 40, 17, 4], values: samples.flatMap(\.values))
        let together = try Self.output(network, batch, LargestMagnitudes())
        let apart = try samples.flatMap { try Self.output(network, $0, LargestMagnitudes(), threads: 1) }
        #expect(together == apart)
        var steps = [Float](repeating: 0, count: 4)
        for (i, value) in samples[0].values.enumerated() { steps[i % 4] = max(steps[i % 4], abs(value) / 8) }
        #expect(try Self.output(network, samples[0], ChannelSteps(steps: steps)) == Array(together.prefix(40 * 17 * 3)))
    }

    @Test func gradientsPassThroughTheFunctionThatWasApplied() throws {
        var numbers = SplitMix64(state: 33)
        let network = Self.network(&numbers)
        let input = Tensor(dimensions: [1, 9, 8, 4], values: numbers.array(9 * 8 * 4))
        let training = try TrainingExecutor(
            network: network, pool: ThreadPool(threads: 2), overrides: [1: ConvolutionOverride(input: LargestMagnitudes())],
            features: [])
        let output = try training.forward(input)
        let inference = try Self.output(network, input, LargestMagnitudes())
        #expect(Array(UnsafeBufferPointer(start: output.values, count: output.shape.count)) == inference)
        let gradients = try training.backward(
            outputGradient: Tensor(dimensions: [1, 9, 8, 3], values: numbers.array(9 * 8 * 3)), directions: [:]
        ) { _, _ in }
        #expect(gradients.quantizers[1] == [])
    }

    @Test func anotherNumberOfChannelsIsRefused() throws {
        var numbers = SplitMix64(state: 34)
        let network = Self.network(&numbers)
        let input = Tensor(dimensions: [1, 9, 8, 4], values: numbers.array(9 * 8 * 4))
        #expect { try Self.output(network, input, ChannelSteps(steps: [1, 2])) } throws: { "\($0)".contains("2 channels") }
    }
}

/// Keeps oneDNN on the path that quantized layers take.
private struct Identity: ElementwiseFunction {
    var parameterCount: Int { 0 }

    func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) { y.update(from: x, count: count) }

    func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) { inputGradient.update(from: outputGradient, count: count) }
}
