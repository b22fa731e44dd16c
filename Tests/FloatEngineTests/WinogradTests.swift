import FloatEngine
import Networks
import Tensors
import TestSupport
import Testing

/// Winograd's transforms around oneDNN's products, against direct convolutions.
@Suite struct WinogradTests {
    /// A ReLU, an addition and a pixel shuffle, all fused to convolutions that Winograd computes.
    private static func network(_ numbers: inout SplitMix64, inputs: Int = 16, channels: Int = 32) -> Network {
        func convolution(_ outputs: Int, _ inputs: Int, bias: Bool = true) -> Operation {
            let weight = Tensor(dimensions: [outputs, inputs, 3, 3], values: numbers.array(outputs * inputs * 9, scale: 0.1))
            return .convolution(Convolution(role: .body, weight: weight, bias: bias ? numbers.array(outputs) : nil))
        }
        return Network(
            architecture: "test", scale: 2,
            nodes: [
                Node(name: "input", operation: .input(channels: inputs), inputs: []),
                Node(name: "head", operation: convolution(channels, inputs), inputs: [0]),
                Node(name: "first", operation: convolution(channels, channels, bias: false), inputs: [1]),
                Node(name: "relu", operation: .relu, inputs: [2]),
                Node(name: "second", operation: convolution(channels, channels), inputs: [3]),
                Node(name: "add", operation: .add, inputs: [4, 1]),
                Node(name: "up", operation: convolution(channels * 4, channels), inputs: [5]),
                Node(name: "shuffle", operation: .pixelShuffle(2), inputs: [6]),
            ])
    }

    @Test(arguments: [(1, 1), (1, 9), (4, 4), (5, 3), (8, 6), (11, 18)])
    func agreesWithTheReference(height: Int, width: Int) throws {
        var numbers = SplitMix64(state: 21)
        let network = Self.network(&numbers)
        let input = Tensor(dimensions: [1, height, width, 16], values: numbers.array(height * width * 16))
        let expected = try #require(network.slowMaps(of: SlowMap(input)).last).values
        let output = try Executor(network: network, pool: ThreadPool(threads: 2)).run(input).values
        #expect(output.count == expected.count)
        #expect(zip(output, expected).allSatisfy { abs(Double($0) - $1) < 2e-5 })
    }

    /// Many bands, whose last one has fewer rows, and rows of more tiles than are multiplied together.
    @Test(arguments: [(50, 70), (9, 700), (130, 5)])
    func differsFromDirectConvolutionsInTheLastBitsAlone(height: Int, width: Int) throws {
        var numbers = SplitMix64(state: 22)
        let network = Self.network(&numbers, channels: 64)
        let input = Tensor(dimensions: [2, height, width, 16], values: numbers.array(2 * height * width * 16))
        let direct = try Executor.direct(network).run(input).values
        let output = try Executor(network: network, pool: ThreadPool(threads: 2)).run(input)
        let worst = zip(output.values, direct).reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(worst < 1e-5 * direct.reduce(0) { max($0, abs($1)) })
        // Otherwise nothing here was Winograd's.
        #expect(worst > 0)
        for threads in [1, 3] {
            #expect(try Executor(network: network, pool: ThreadPool(threads: threads)).run(input) == output)
        }
    }

    /// Channels that are no multiple of 16 are left to oneDNN, without a difference.
    @Test func otherLayersAreComputedDirectly() throws {
        var numbers = SplitMix64(state: 23)
        let network = Self.network(&numbers, inputs: 8, channels: 24)
        let input = Tensor(dimensions: [1, 20, 17, 8], values: numbers.array(20 * 17 * 8))
        #expect(try Executor(network: network, pool: ThreadPool(threads: 2)).run(input) == Executor.direct(network).run(input))
    }

    /// Executors that share weights prepare them once, whichever comes first, and give what they give alone.
    @Test func executorsOnSeveralThreadsMayShareWeights() async throws {
        var numbers = SplitMix64(state: 24)
        let network = Self.network(&numbers, channels: 64)
        let input = Tensor(dimensions: [1, 21, 30, 16], values: numbers.array(21 * 30 * 16))
        let alone = try Executor(network: network, pool: ThreadPool(threads: 1)).run(input)
        let weights = PreparedWeights()
        let outputs = try await withThrowingTaskGroup(of: Tensor.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try Executor(network: network, pool: ThreadPool(threads: 1), weights: weights).run(input)
                }
            }
            return try await group.reduce(into: [Tensor]()) { $0.append($1) }
        }
        #expect(outputs.count == 8)
        #expect(outputs.allSatisfy { $0 == alone })
    }
}
