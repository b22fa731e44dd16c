import FloatEngine
import Networks
import Tensors
import Testing

/// Products of bf16 numbers in the layers that Winograd's transforms compute.
@Suite struct PrecisionTests {
    private static func network(_ numbers: inout SplitMix64, kernel: Int = 3, channels: Int = 64) -> Network {
        func convolution(_ outputs: Int, _ inputs: Int) -> Operation {
            let count = outputs * inputs * kernel * kernel
            let weight = Tensor(dimensions: [outputs, inputs, kernel, kernel], values: numbers.array(count, scale: 0.1))
            return .convolution(Convolution(role: .body, weight: weight, bias: numbers.array(outputs)))
        }
        return Network(
            architecture: "test", scale: 2,
            nodes: [
                Node(name: "input", operation: .input(channels: channels), inputs: []),
                Node(name: "first", operation: convolution(channels, channels), inputs: [0]),
                Node(name: "relu", operation: .relu, inputs: [1]),
                Node(name: "second", operation: convolution(channels, channels), inputs: [2]),
                Node(name: "add", operation: .add, inputs: [3, 0]),
                Node(name: "up", operation: convolution(channels * 4, channels), inputs: [4]),
                Node(name: "shuffle", operation: .pixelShuffle(2), inputs: [5]),
            ])
    }

    private static func run(
        _ network: Network, _ input: Tensor, _ precision: Precision, threads: Int = 2, weights: PreparedWeights = PreparedWeights()
    ) throws -> Tensor {
        try Executor(network: network, pool: ThreadPool(threads: threads), weights: weights, precision: precision).run(input)
    }

    /// The rounding of transformed inputs and weights moves a layer's results by 2 % (root mean square) where inputs and
    /// weights are noise, this network's by less than 3 %: the transforms enlarge what bf16 rounds off. The bytes do not depend
    /// on threads, nor on who else prepared the weights.
    @Test(.enabled(if: Precision.bf16.isSupported), arguments: [(1, 1), (5, 3), (50, 70), (9, 700), (130, 5)])
    func staysCloseToSinglePrecision(height: Int, width: Int) throws {
        var numbers = SplitMix64(state: 31)
        let network = Self.network(&numbers)
        let input = Tensor(dimensions: [2, height, width, 64], values: numbers.array(2 * height * width * 64))
        let weights = PreparedWeights()
        let single = try Self.run(network, input, .f32, weights: weights)
        let output = try Self.run(network, input, .bf16, weights: weights)
        let error = zip(output.values, single.values).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        let power = single.values.reduce(0.0) { $0 + Double($1 * $1) }
        #expect(error < 0.04 * 0.04 * power)
        // Otherwise nothing here was computed in bf16.
        #expect(error > 0)
        for threads in [1, 3] { #expect(try Self.run(network, input, .bf16, threads: threads) == output) }
        #expect(try Self.run(network, input, .f32, weights: weights) == single)
    }

    /// One layer beside what bf16 makes of it, computed here: the same rounded factors, exact sums. Nothing but the rounding of
    /// sums in single precision may differ.
    @Test(.enabled(if: Precision.bf16.isSupported), arguments: [(4, 4), (9, 6), (6, 21)])
    func multipliesRoundedFactors(height: Int, width: Int) throws {
        var numbers = SplitMix64(state: 34)
        let (inputs, outputs) = (32, 16)
        let weights = numbers.array(outputs * inputs * 9, scale: 0.1)
        let values = numbers.array(height * width * inputs)
        let network = Network(
            architecture: "test", scale: 1,
            nodes: [
                Node(name: "input", operation: .input(channels: inputs), inputs: []),
                Node(
                    name: "layer",
                    operation: .convolution(
                        Convolution(
                            role: .body, weight: Tensor(dimensions: [outputs, inputs, 3, 3], values: weights), bias: nil)),
                    inputs: [0]),
            ])
        let input = Tensor(dimensions: [1, height, width, inputs], values: values)
        let output = try Self.run(network, input, .bf16).values
        let expected = WinogradBf16Reference(weights: weights, inputs: inputs, outputs: outputs).run(
            values, height: height, width: width)
        let worst = zip(output, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
        #expect(output.count == expected.count)
        #expect(worst < 1e-5 * expected.reduce(0) { max($0, abs($1)) })
    }

    /// Layers that Winograd's transforms do not compute keep their bytes.
    @Test(.enabled(if: Precision.bf16.isSupported))
    func otherLayersStayInSinglePrecision() throws {
        for (kernel, channels) in [(1, 64), (5, 16), (3, 24)] {
            var numbers = SplitMix64(state: 32)
            let network = Self.network(&numbers, kernel: kernel, channels: channels)
            let input = Tensor(dimensions: [1, 20, 17, channels], values: numbers.array(20 * 17 * channels))
            #expect(try Self.run(network, input, .bf16) == Self.run(network, input, .f32))
        }
    }

    @Test(.disabled(if: Precision.bf16.isSupported))
    func aProcessorWithoutInstructionsRefuses() throws {
        var numbers = SplitMix64(state: 33)
        let network = Self.network(&numbers)
        let error = #expect(throws: FloatEngineError.self) {
            _ = try Executor(network: network, pool: ThreadPool(threads: 1), precision: .bf16)
        }
        #expect(error?.description.contains("AVX512_BF16") == true)
    }
}
