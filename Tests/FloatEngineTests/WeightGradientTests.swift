import FloatEngine
import Networks
import Tensors
import Testing
import TestSupport

/// The gradients of a layer's own weights and biases.
@Suite struct WeightGradientTests {
    /// Returns Σ output·seed in double precision.
    private static func loss(_ network: Network, _ input: Tensor, _ seed: [Float]) -> Double {
        let maps = network.slowMaps(of: SlowMap(input))
        return zip(maps[network.nodes.count - 1].values, seed).reduce(0) { $0 + $1.0 * Double($1.1) }
    }

    private static func slope(at value: Float, _ loss: (Float) -> Double) -> Double {
        let (above, below) = (value + 1e-4, value - 1e-4)
        return (loss(above) - loss(below)) / Double(above - below)
    }

    private static func changing(_ network: Network, _ layer: Int, _ change: (inout Convolution) -> Void) -> Network {
        var network = network
        guard case .convolution(var convolution) = network.nodes[layer].operation else { return network }
        change(&convolution)
        network.nodes[layer].operation = .convolution(convolution)
        return network
    }

    /// Every layer of a network that has every operation, pixel shuffles among them: some weights of each, and all biases.
    @Test func gradientsAgreeWithFiniteDifferences() throws {
        var numbers = SplitMix64(state: 41)
        let network = Network.everything(&numbers, channels: 5)
        let (height, width) = (7, 6)
        let input = Tensor(dimensions: [1, height, width, 3], values: numbers.array(height * width * 3))
        let seed = numbers.array(height * 4 * width * 4 * 3)
        let training = try TrainingExecutor(
            network: network, pool: ThreadPool(threads: 2),
            overrides: Dictionary(uniqueKeysWithValues: network.layers.map { ($0, ConvolutionOverride()) }), features: [])
        _ = try training.forward(input)
        let gradients = try training.backward(
            outputGradient: Tensor(dimensions: [1, height * 4, width * 4, 3], values: seed), directions: [:],
            weights: Set(network.layers)
        ) { _, _ in }
        var biases = 0
        for layer in network.layers {
            guard case .convolution(let convolution) = network.nodes[layer].operation else { continue }
            let found = try #require(gradients.weights[layer])
            #expect(found.count == convolution.weight.values.count)
            let scale = found.map(abs).max() ?? 0
            for index in stride(from: 0, to: found.count, by: max(1, found.count / 23)) {
                let numeric = Self.slope(at: convolution.weight.values[index]) { value in
                    Self.loss(Self.changing(network, layer) { $0.weight.values[index] = value }, input, seed)
                }
                #expect(abs(numeric - found[index]) < 5e-3 * max(scale, 1), "\(network.nodes[layer].name) weight \(index)")
            }
            #expect((gradients.biases[layer] != nil) == (convolution.bias != nil))
            for (index, gradient) in (gradients.biases[layer] ?? []).enumerated() {
                let numeric = Self.slope(at: convolution.bias?[index] ?? 0) { value in
                    Self.loss(Self.changing(network, layer) { $0.bias?[index] = value }, input, seed)
                }
                #expect(abs(numeric - gradient) < 5e-3 * max(abs(numeric), 1), "\(network.nodes[layer].name) bias \(index)")
                biases += 1
            }
        }
        #expect(biases > 10)
    }

    /// The derivative along a direction is the gradient's product with it, also behind a quantizer, in batches and over many bands.
    @Test(arguments: [(6, 12, 40, 33, 1), (16, 16, 96, 50, 3), (5, 3, 17, 23, 9)])
    func directionsAreProductsWithTheGradient(inputs: Int, outputs: Int, height: Int, width: Int, kernel: Int) throws {
        var numbers = SplitMix64(state: 42)
        let count = outputs * inputs * kernel * kernel
        let convolution = Convolution(
            role: .body, weight: Tensor(dimensions: [outputs, inputs, kernel, kernel], values: numbers.array(count)), bias: nil)
        let network = Network(
            architecture: "test", scale: 1,
            nodes: [
                Node(name: "input", operation: .input(channels: inputs), inputs: []),
                Node(name: "layer", operation: .convolution(convolution), inputs: [0]),
            ])
        let input = Tensor(dimensions: [2, height, width, inputs], values: numbers.array(2 * height * width * inputs))
        let seed = Tensor(dimensions: [2, height, width, outputs], values: numbers.array(2 * height * width * outputs))
        let direction = numbers.array(count)
        func gradients(threads: Int) throws -> TrainingExecutor.Gradients {
            let training = try TrainingExecutor(
                network: network, pool: ThreadPool(threads: threads), overrides: [1: ConvolutionOverride(input: Halves())],
                features: [])
            _ = try training.forward(input)
            return try training.backward(outputGradient: seed, directions: [1: [direction]], weights: [1]) { _, _ in }
        }
        let found = try gradients(threads: 3)
        let weights = try #require(found.weights[1])
        let along = try #require(found.directions[1])[0]
        let block = count / outputs
        for output in 0..<outputs {
            let product = (output * block..<(output + 1) * block).reduce(0) { $0 + weights[$1] * Double(direction[$1]) }
            #expect(abs(product - along[output]) < 1e-4 * max(1, abs(product)), "output \(output)")
        }
        #expect(found.biases.isEmpty)
        #expect(try gradients(threads: 1).weights[1] == weights)
    }

    /// A student holds weights and biases of its own; the network, which may be somebody's teacher, stays as it is.
    @Test func aStudentsWeightsAndBiasesAreItsOwn() throws {
        var numbers = SplitMix64(state: 43)
        let network = Network.everything(&numbers)
        let input = Tensor(dimensions: [1, 9, 9, 3], values: numbers.array(9 * 9 * 3))
        var changed = network
        let pool = ThreadPool(threads: 1)
        let student = try TrainingExecutor(
            network: network, pool: pool,
            overrides: Dictionary(uniqueKeysWithValues: network.layers.map { ($0, ConvolutionOverride()) }), features: [])
        let teacher = try TrainingExecutor(network: network, pool: pool, overrides: [:], features: [])
        func values(_ executor: TrainingExecutor) throws -> [Float] {
            let output = try executor.forward(input)
            return Array(UnsafeBufferPointer(start: output.values, count: output.shape.count))
        }
        let before = try values(teacher)
        #expect(try values(student) == before)
        for (turn, layer) in network.layers.enumerated() {
            guard case .convolution(let convolution) = network.nodes[layer].operation else { continue }
            let weights = convolution.weight.values.map { 0.8 * $0 }
            let bias = convolution.bias?.map { $0 + 0.25 }
            changed = Self.changing(changed, layer) { ($0.weight.values, $0.bias) = (weights, bias) }
            student.setWeights(weights, node: layer)
            if let bias { student.setBias(bias, node: layer) }
            // Set before and after the layer has been prepared.
            if turn == 0 { _ = try values(student) }
        }
        let fresh = try TrainingExecutor(network: changed, pool: pool, overrides: [:], features: [])
        #expect(try values(student) == values(fresh))
        #expect(try values(teacher) == before)
    }
}

/// A stand-in for a quantizer.
private struct Halves: ElementwiseFunction {
    var parameterCount: Int { 0 }

    func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        for i in 0..<count { y[i] = (2 * x[i]).rounded() / 2 }
    }

    func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) { inputGradient.update(from: outputGradient, count: count) }
}
