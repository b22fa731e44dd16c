import FloatEngine
import Networks
import Synchronization
import Tensors
import TestSupport
import Testing

@Suite struct ExecutorTests {
    @Test(arguments: [(1, 1), (1, 7), (2, 3), (13, 9), (40, 33)])
    func everyOperationAgreesWithTheReference(height: Int, width: Int) throws {
        var numbers = SplitMix64(state: 7)
        let network = Network.everything(&numbers)
        let input = Tensor(dimensions: [1, height, width, 3], values: numbers.array(height * width * 3))
        let expected = try #require(network.slowMaps(of: SlowMap(input)).last)
        let output = try Executor(network: network, pool: ThreadPool(threads: 2)).run(input)
        #expect(output.dimensions == [1, height * 4, width * 4, 3])
        let worst = zip(output.values, expected.values).map { abs(Double($0) - $1) }.max() ?? .infinity
        #expect(worst < 2e-5)
    }

    @Test(arguments: [1, 2, 3, 5, 7], [1, 3, 9])
    func fewOutputsAgreeWithTheReference(outputs: Int, kernel: Int) throws {
        var numbers = SplitMix64(state: 12)
        let weight = Tensor(dimensions: [outputs, 6, kernel, kernel], values: numbers.array(outputs * 6 * kernel * kernel))
        let convolution = Convolution(role: .edge, weight: weight, bias: numbers.array(outputs))
        let network = Network(
            architecture: "test", scale: 1,
            nodes: [
                Node(name: "input", operation: .input(channels: 6), inputs: []),
                Node(name: "layer", operation: .convolution(convolution), inputs: [0]),
                Node(name: "relu", operation: .relu, inputs: [1]),
            ])
        for (height, width) in [(1, 1), (2, 7), (9, 3), (90, 130)] {
            let input = Tensor(dimensions: [1, height, width, 6], values: numbers.array(height * width * 6))
            let expected = try #require(network.slowMaps(of: SlowMap(input)).last).values
            let output = try Executor(network: network, pool: ThreadPool(threads: 2)).run(input).values
            #expect(output.count == expected.count)
            #expect(zip(output, expected).allSatisfy { abs(Double($0) - $1) < 1e-4 }, "\(height)×\(width)")
        }
    }

    /// What observers see is put together band by band and must be the reference's feature maps, whatever is fused behind them.
    @Test(arguments: [1, 3])
    func observersSeeEveryConvolutionOnceAndChangeNothing(threads: Int) throws {
        var numbers = SplitMix64(state: 8)
        let network = Network.everything(&numbers, channels: 8)
        let input = Tensor(dimensions: [1, 40, 33, 3], values: numbers.array(40 * 33 * 3))
        let executor = try Executor(network: network, pool: ThreadPool(threads: threads))
        let seen = Mutex<[Int: [Int: (input: [Float], output: [Float])]]>([:])
        let observed = try executor.run(input) { observation in
            let copy = (Array(observation.input), Array(observation.output))
            seen.withLock { $0[observation.node, default: [:]][observation.band] = copy }
        }
        let fused = try executor.run(input)
        #expect(zip(observed.values, fused.values).allSatisfy { abs($0 - $1) < 1e-5 })

        let maps = network.slowMaps(of: SlowMap(input))
        let bands = seen.withLock { $0 }
        #expect(Set(bands.keys) == Set(network.layers))
        for (node, bands) in bands {
            let inOrder = bands.sorted { $0.key < $1.key }.map(\.value)
            let expected = maps[network.nodes[node].inputs[0]].values
            let input = inOrder.flatMap(\.input)
            #expect(input.count == expected.count && zip(input, expected).allSatisfy { abs(Double($0) - $1) < 2e-5 })
            // Channels may be in shuffle order: sums do not mind.
            let output = inOrder.flatMap(\.output)
            #expect(output.count == maps[node].values.count)
            #expect(abs(output.reduce(0) { $0 + Double($1) } - maps[node].values.reduce(0, +)) < 1e-5 * Double(output.count))
        }
    }

    @Test func anyNumberOfThreadsGivesTheSameBytes() throws {
        var numbers = SplitMix64(state: 9)
        let network = Network.everything(&numbers, channels: 8)
        let input = Tensor(dimensions: [2, 64, 50, 3], values: numbers.array(2 * 64 * 50 * 3))
        let one = try Executor(network: network, pool: ThreadPool(threads: 1)).run(input)
        for threads in [2, 3, 5] {
            #expect(try Executor(network: network, pool: ThreadPool(threads: threads)).run(input) == one)
        }
    }

    @Test func scratchMemoryIsCleanBetweenInputs() throws {
        var numbers = SplitMix64(state: 10)
        let network = Network.everything(&numbers)
        let small = Tensor(dimensions: [1, 5, 4, 3], values: numbers.array(60))
        let large = Tensor(dimensions: [1, 31, 30, 3], values: numbers.array(31 * 30 * 3))
        let executor = try Executor(network: network, pool: ThreadPool(threads: 2))
        let first = try executor.run(small)
        _ = try executor.run(large)
        #expect(try executor.run(small) == first)
    }

    @Test func anInputOfTheWrongShapeIsRefused() throws {
        var numbers = SplitMix64(state: 11)
        let executor = try Executor(network: Network.everything(&numbers), pool: ThreadPool(threads: 1))
        #expect(throws: FloatEngineError.self) { try executor.run(Tensor(zeros: [1, 4, 4, 1])) }
        #expect(throws: FloatEngineError.self) { try executor.run(Tensor(zeros: [1, 0, 4, 3])) }
        #expect(throws: FloatEngineError.self) { try executor.run(Tensor(zeros: [4, 4, 3])) }
    }

    /// Variants are chosen by sample, and a batch is no different from its samples one by one.
    @Test func everySampleHasItsOwnVariant() throws {
        struct Times: ElementwiseFunction {
            let factor: Float
            var parameterCount: Int { 0 }
            func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
                for i in 0..<count { y[i] = factor * x[i] }
            }
            func differentiate(
                _: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into _: UnsafeMutablePointer<Float>,
                parameterGradients: UnsafeMutablePointer<Double>, count: Int
            ) {}
        }
        var numbers = SplitMix64(state: 12)
        let network = Network.everything(&numbers)
        let layer = network.layers[1]
        func executor(_ override: ConvolutionOverride) throws -> Executor {
            try Executor(network: network, pool: ThreadPool(threads: 2), overrides: [layer: override])
        }
        let adaptive = try executor(.init(input: Times(factor: 1), variants: [Times(factor: 0.5), Times(factor: 2)]))
        let samples = (0..<3).map { _ in Tensor(dimensions: [1, 20, 17, 3], values: numbers.array(20 * 17 * 3)) }
        let batch = Tensor(dimensions: [3, 20, 17, 3], values: samples.flatMap(\.values))
        let together = try adaptive.run(batch, variants: [1, 0, 7])
        var apart: [Float] = []
        // A number that stands for no variant is the plain input.
        for (sample, factor) in zip(samples, [2, 0.5, 1] as [Float]) {
            apart += try executor(.init(input: Times(factor: factor))).run(sample).values
        }
        #expect(together.values == apart)
        #expect(try adaptive.run(batch) == executor(.init(input: Times(factor: 1))).run(batch))
    }
}
