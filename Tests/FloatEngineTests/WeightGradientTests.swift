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

    /// Returns the gradients of a convolution's weights, `[outputs, inputs, kernel, kernel]`, and of its bias, by the plain sums in
    /// double precision, and for each weight the sum of the magnitudes of what is added up.
    private static func plainSums(
        _ input: Tensor, _ gradient: Tensor, kernel: Int
    ) -> (weights: [Double], bias: [Double], magnitudes: [Double]) {
        let (samples, height, width, inputs) = (
            input.dimensions[0], input.dimensions[1], input.dimensions[2], input.dimensions[3]
        )
        let (outputs, radius) = (gradient.dimensions[3], kernel / 2)
        var weights = [Double](repeating: 0, count: outputs * inputs * kernel * kernel)
        var (magnitudes, bias) = (weights, [Double](repeating: 0, count: outputs))
        for sample in 0..<samples {
            for y in 0..<height {
                for x in 0..<width {
                    for output in 0..<outputs {
                        let slope = Double(gradient.values[((sample * height + y) * width + x) * outputs + output])
                        bias[output] += slope
                        for v in max(0, radius - y)..<min(kernel, height + radius - y) {
                            for h in max(0, radius - x)..<min(kernel, width + radius - x) {
                                let pixel = (sample * height + y + v - radius) * width + x + h - radius
                                for i in 0..<inputs {
                                    let product = slope * Double(input.values[pixel * inputs + i])
                                    let place = ((output * inputs + i) * kernel + v) * kernel + h
                                    weights[place] += product
                                    magnitudes[place] += abs(product)
                                }
                            }
                        }
                    }
                }
            }
        }
        return (weights, bias, magnitudes)
    }

    /// oneDNN's sums are the plain ones to single precision: behind a quantizer, in batches, over many bands, and for every kernel.
    @Test(arguments: [(6, 12, 40, 33, 1), (16, 16, 96, 50, 3), (16, 3, 30, 70, 3), (5, 3, 17, 23, 9), (3, 16, 2, 1, 3)])
    func gradientsAreThePlainSums(inputs: Int, outputs: Int, height: Int, width: Int, kernel: Int) throws {
        var numbers = SplitMix64(state: 44)
        let convolution = Convolution(
            role: .body,
            weight: Tensor(
                dimensions: [outputs, inputs, kernel, kernel], values: numbers.array(outputs * inputs * kernel * kernel)),
            bias: numbers.array(outputs))
        let network = Network(
            architecture: "test", scale: 1,
            nodes: [
                Node(name: "input", operation: .input(channels: inputs), inputs: []),
                Node(name: "layer", operation: .convolution(convolution), inputs: [0]),
            ])
        let input = Tensor(dimensions: [3, height, width, inputs], values: numbers.array(3 * height * width * inputs))
        let seed = Tensor(dimensions: [3, height, width, outputs], values: numbers.array(3 * height * width * outputs))
        func gradients(threads: Int) throws -> TrainingExecutor.Gradients {
            let training = try TrainingExecutor(
                network: network, pool: ThreadPool(threads: threads), overrides: [1: ConvolutionOverride(input: Halves())],
                features: [])
            _ = try training.forward(input)
            return try training.backward(outputGradient: seed, directions: [:], weights: [1]) { _, _ in }
        }
        let found = try gradients(threads: 2)
        let (weights, bias) = (try #require(found.weights[1]), try #require(found.biases[1]))
        var read = input
        Halves().apply(input.values, into: &read.values, count: input.values.count)
        let expected = Self.plainSums(read, seed, kernel: kernel)
        #expect(weights.count == expected.weights.count && bias.count == outputs)
        for index in weights.indices {
            let tolerance = 1e-6 * max(expected.magnitudes[index], 1e-3)
            #expect(abs(weights[index] - expected.weights[index]) < tolerance, "weight \(index)")
        }
        for output in 0..<outputs { #expect(abs(bias[output] - expected.bias[output]) < 1e-3, "bias \(output)") }
        for threads in [1, 3] {
            let other = try gradients(threads: threads)
            #expect(other.weights[1] == weights && other.biases[1] == bias, "\(threads) threads")
        }
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

    /// Gradients are those of the weights that were set last, forward and back.
    @Test func gradientsAreThoseOfTheWeightsThatWereSet() throws {
        var numbers = SplitMix64(state: 45)
        let network = Network.everything(&numbers, channels: 16)
        let input = Tensor(dimensions: [1, 9, 9, 3], values: numbers.array(9 * 9 * 3))
        let seed = Tensor(dimensions: [1, 36, 36, 3], values: numbers.array(36 * 36 * 3))
        func executor(_ network: Network) throws -> TrainingExecutor {
            try TrainingExecutor(
                network: network, pool: ThreadPool(threads: 2),
                overrides: Dictionary(uniqueKeysWithValues: network.layers.map { ($0, ConvolutionOverride()) }), features: [],
                rounds: true)
        }
        func gradients(_ executor: TrainingExecutor) throws -> [Int: [Double]] {
            _ = try executor.forward(input)
            return try executor.backward(outputGradient: seed, directions: [:], weights: Set(network.layers)) { _, _ in }.weights
        }
        let student = try executor(network)
        let before = try gradients(student)
        var changed = network
        for layer in network.layers {
            guard case .convolution(let convolution) = network.nodes[layer].operation else { continue }
            let weights = convolution.weight.values.map { 0.8 * $0 }
            changed = Self.changing(changed, layer) { $0.weight.values = weights }
            student.setWeights(weights, node: layer)
        }
        let after = try gradients(student)
        #expect(after == (try gradients(try executor(changed))))
        #expect(after != before)
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
