import FloatEngine
import Networks
import Tensors
import Testing
import TestSupport

@Suite struct PlanTests {
    /// A sum whose first operand is read by something else between the convolution and the sum.
    @Test func whatIsReadLaterIsNotOverwritten() throws {
        var numbers = SplitMix64(state: 21)
        func convolution() -> Operation {
            let weight = Tensor(dimensions: [3, 3, 3, 3], values: numbers.array(81))
            return .convolution(Convolution(role: .body, weight: weight, bias: numbers.array(3)))
        }
        let operations: [(Operation, [Int])] = [
            (.input(channels: 3), []), (convolution(), [0]), (convolution(), [0]), (.tanh, [1]), (.add, [1, 2]), (.add, [3, 4]),
        ]
        let nodes = operations.enumerated().map { Node(name: "\($0.offset)", operation: $0.element.0, inputs: $0.element.1) }
        let network = Network(architecture: "test", scale: 1, nodes: nodes)
        try network.validate()
        let input = Tensor(dimensions: [1, 9, 7, 3], values: numbers.array(9 * 7 * 3))
        let expected = try #require(network.slowMaps(of: SlowMap(input)).last).values
        let output = try Executor(network: network, pool: ThreadPool(threads: 2)).run(input).values
        #expect(zip(output, expected).allSatisfy { abs(Double($0) - $1) < 2e-5 })
    }

    /// The floats per pixel of the input are those that live at the same time, and the image and the result.
    @Test func memoryIsForecastFromThePlan() throws {
        func floats(_ tensors: [String: Tensor]) throws -> Int {
            let network = try Network.recognise(tensors: tensors, file: "seeded")
            return Int(try Executor(network: network, pool: ThreadPool(threads: 1)).bytes(width: 10, height: 20)) / 200 / 4
        }
        // Two maps of 64 channels, at scale 2 and shuffled to scale 4, and 3 channels at scales 1 and 4.
        #expect(try floats(SeededNetworks.edsr(seed: 1)) == 256 + 1024 + 51)
        #expect(try floats(SeededNetworks.edsr(scale: 2, seed: 1)) == 64 + 256 + 15)
        #expect(try floats(SeededNetworks.srResNet(seed: 1)) == 256 + 1024 + 51)
        // Two maps of 64 channels at scale 4, and the image, which is enlarged afterwards.
        #expect(try floats(SeededNetworks.msrResNet(seed: 1)) == 1024 + 1024 + 3 + 51)
        // In the last block: the results of 15 blocks, the first features, and 512 channels and 64 that become 576.
        let lastBlock = 15 * 64 + 64 + 512 + 64 + 576
        #expect(try floats(SeededNetworks.rdn(seed: 1)) == lastBlock + 51)
    }

    @Test func moreMemoryThanThereIsIsNoOverflow() throws {
        let network = try Network.recognise(tensors: SeededNetworks.edsr(channels: 2, blocks: 1, seed: 1), file: "seeded")
        let executor = try Executor(network: network, pool: ThreadPool(threads: 1))
        #expect(executor.bytes(width: Int.max, height: Int.max).isFinite)
    }
}
