import FloatEngine
import Networks
import Tensors
import TestSupport
import Testing

/// Layers whose input and weights are whole numbers come out as a slow exact sum says, to the last bit.
@Suite struct WholeNumberTests {
    enum Follower: CaseIterable { case nothing, relu, shuffle, addition }

    private let inputs = 6

    /// Makes a network of input → ×1 → layer → follower.
    private func network(_ convolution: Convolution, _ follower: Follower) -> Network {
        var nodes = [
            Node(name: "input", operation: .input(channels: inputs), inputs: []),
            Node(name: "same", operation: .multiply(1), inputs: [0]),
            Node(name: "layer", operation: .convolution(convolution), inputs: [0]),
        ]
        switch follower {
        case .nothing: break
        case .relu: nodes.append(Node(name: "relu", operation: .relu, inputs: [2]))
        case .shuffle: nodes.append(Node(name: "shuffle", operation: .pixelShuffle(2), inputs: [2]))
        case .addition: nodes.append(Node(name: "add", operation: .add, inputs: [2, 1]))
        }
        return Network(architecture: "test", scale: follower == .shuffle ? 2 : 1, nodes: nodes)
    }

    private func whole(_ numbers: inout SplitMix64, _ count: Int, upTo largest: Float) -> [Float] {
        numbers.array(count, scale: largest).map { $0.rounded() }
    }

    @Test(arguments: Follower.allCases, [1, 3, 9])
    func sumsAreExactAndScaledBeforeTheBias(follower: Follower, kernel: Int) throws {
        var numbers = SplitMix64(state: UInt64(kernel))
        for outputs in follower == .shuffle ? [4, 12, 32] : follower == .addition ? [6] : [1, 3, 8, 19] {
            for hasBias in [true, false] {
                let weight = whole(&numbers, outputs * inputs * kernel * kernel, upTo: 127)
                let bias = hasBias ? numbers.array(outputs, scale: 20) : nil
                let scales = numbers.array(outputs, scale: 1e-3)
                let tensor = Tensor(dimensions: [outputs, inputs, kernel, kernel], values: weight)
                let bare = network(Convolution(role: .body, weight: tensor, bias: nil), .nothing)
                let fused = network(Convolution(role: .body, weight: tensor, bias: bias), follower)
                for (height, width) in [(1, 1), (2, 5), (7, 3), (30, 41)] {
                    let input = Tensor(
                        dimensions: [1, height, width, inputs], values: whole(&numbers, height * width * inputs, upTo: 255))
                    let map = try #require(bare.slowMaps(of: SlowMap(input)).last)
                    let scaled = map.values.enumerated().map { (i, sum) in
                        let product = Float(sum) * scales[i % outputs]
                        return product + (bias?[i % outputs] ?? 0)
                    }
                    let expected = followed(scaled, by: follower, input: input, outputs: outputs)
                    let executor = try Executor(
                        network: fused, pool: ThreadPool(threads: 2),
                        overrides: [2: .init(weight: weight, scales: scales, largestInput: 255)])
                    #expect(try executor.run(input).values == expected, "\(outputs) outputs, \(height)×\(width)")
                    let observed = try executor.run(input, observe: { _ in })
                    #expect(observed.values == expected)
                }
            }
        }
    }

    private func followed(_ values: [Float], by follower: Follower, input: Tensor, outputs: Int) -> [Float] {
        switch follower {
        case .nothing: return values
        case .relu: return values.map { max($0, 0) }
        case .addition: return zip(values, input.values).map { $0 + $1 }
        case .shuffle:
            let (height, width, channels) = (input.dimensions[1], input.dimensions[2], outputs / 4)
            return (0..<values.count).map { i in
                let (c, x, y) = (i % channels, i / channels % (2 * width), i / channels / (2 * width))
                precondition(y < 2 * height)
                return values[((y / 2) * width + x / 2) * outputs + c * 4 + (y % 2) * 2 + x % 2]
            }
        }
    }

    @Test func sumsThatFloatsCannotHoldAreRefusedByName() throws {
        let weight = Tensor(dimensions: [2, 1, 3, 3], values: [Float](repeating: 1, count: 9) + [Float](repeating: -2, count: 9))
        #expect(ExactSums.largestSum(weights: weight.values, outputs: 2, largestInput: 100) == 1800)
        let network = Network(
            architecture: "test", scale: 1,
            nodes: [
                Node(name: "input", operation: .input(channels: 1), inputs: []),
                Node(name: "layer.7", operation: .convolution(Convolution(role: .body, weight: weight, bias: nil)), inputs: [0]),
            ])
        func make(_ largestInput: Float) throws(FloatEngineError) {
            _ = try Executor(
                network: network, pool: ThreadPool(threads: 1), overrides: [1: .init(scales: [1, 1], largestInput: largestInput)])
        }
        // 18 · 932067 is 16777206, 18 · 932068 is 16777224; 2^24 is 16777216.
        try make(932067)
        let error = #expect(throws: FloatEngineError.self) { try make(932068) }
        #expect(error?.description.contains("layer.7") == true && error?.description.contains("16777224") == true)
    }

    @Test func gradientsOfWholeNumbersAreRefused() throws {
        var numbers = SplitMix64(state: 1)
        let weight = Tensor(dimensions: [2, inputs, 1, 1], values: numbers.array(2 * inputs))
        let error = #expect(throws: FloatEngineError.self) {
            _ = try TrainingExecutor(
                network: network(Convolution(role: .body, weight: weight, bias: nil), .nothing), pool: ThreadPool(threads: 1),
                overrides: [2: .init(scales: [1, 1], largestInput: 1)], features: [])
        }
        #expect(error?.description.contains("layer") == true)
    }
}
