import FloatEngine
import Networks
import Tensors
import TestSupport
import Testing

/// A smooth stand-in for a quantizer: `y = a·x + b·x²`.
private struct Quadratic: ElementwiseFunction {
    var a: Double
    var b: Double
    var parameterCount: Int { 2 }

    func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        for i in 0..<count { y[i] = Float(a * Double(x[i]) + b * Double(x[i]) * Double(x[i])) }
    }

    func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) {
        for i in 0..<count {
            let g = Double(outputGradient[i])
            let v = Double(x[i])
            parameterGradients[0] += g * v
            parameterGradients[1] += g * v * v
            inputGradient[i] = Float(g * (a + 2 * b * v))
        }
    }
}

@Suite struct TrainingExecutorTests {
    /// Returns Σ output·seed + Σ feature·featureSeed, in double precision.
    private static func loss(
        _ network: Network, _ input: Tensor, _ functions: [Int: Quadratic], _ weights: [Int: [Float]], seed: [Float],
        feature: Int, featureSeed: [Float]
    ) -> Double {
        let maps = network.slowMaps(of: SlowMap(input)) { map, convolution, node in
            let quantized = functions[node].map { f in map.map { value, _ in f.a * value + f.b * value * value } } ?? map
            let values = weights[node] ?? convolution.weight.values
            return quantized.convolved(Tensor(dimensions: convolution.weight.dimensions, values: values), convolution.bias)
        }
        var total = 0.0
        for (value, weight) in zip(maps[network.nodes.count - 1].values, seed) { total += value * Double(weight) }
        for (value, weight) in zip(maps[feature].values, featureSeed) { total += value * Double(weight) }
        return total
    }

    /// The feature is a convolution with or without a fused activation, or an addition.
    @Test(arguments: [true, false], [4, 6, 8])
    func gradientsAgreeWithFiniteDifferences(everyLayer: Bool, feature: Int) throws {
        var numbers = SplitMix64(state: 21)
        let network = Network.everything(&numbers, channels: 5)
        let (height, width) = (7, 6)
        let input = Tensor(dimensions: [1, height, width, 3], values: numbers.array(height * width * 3))
        let layers = everyLayer ? network.layers : Array(network.layers[1...3])
        var functions: [Int: Quadratic] = [:]
        var overrides: [Int: ConvolutionOverride] = [:]
        var weights: [Int: [Float]] = [:]
        for layer in layers {
            guard case .convolution(let convolution) = network.nodes[layer].operation else { continue }
            functions[layer] = Quadratic(a: 1.1, b: 0.05)
            weights[layer] = convolution.weight.values.map { $0 * 0.9 }
            overrides[layer] = ConvolutionOverride(input: functions[layer], weight: weights[layer])
        }
        let seed = numbers.array(height * 4 * width * 4 * 3)
        let training = try TrainingExecutor(
            network: network, pool: ThreadPool(threads: 2), overrides: overrides, features: [feature])
        _ = try training.forward(input)
        let shape = try #require(training.feature(feature)).shape
        let featureSeed = numbers.array(shape.count)
        let directions = weights.mapValues { numbers.array($0.count) }
        func gradients(directions: [Int: [[Float]]]) throws -> TrainingExecutor.Gradients {
            try training.backward(
                outputGradient: Tensor(dimensions: [1, height * 4, width * 4, 3], values: seed), directions: directions
            ) { feature, gradient in
                for i in 0..<feature.shape.count { gradient[i] += featureSeed[i] }
            }
        }
        let ranges = try gradients(directions: [:])
        let along = try gradients(directions: directions.mapValues { [$0, $0.map { 2 * $0 }] })
        #expect(Set(along.directions.keys) == Set(layers))
        #expect(ranges.directions.isEmpty)

        for layer in layers {
            let analytic = try #require(ranges.quantizers[layer])
            for (index, step) in [(0, 1e-5), (1, 1e-5)] {
                func shifted(_ by: Double) -> Double {
                    var moved = functions
                    if index == 0 { moved[layer]?.a += by } else { moved[layer]?.b += by }
                    return Self.loss(network, input, moved, weights, seed: seed, feature: feature, featureSeed: featureSeed)
                }
                let numeric = (shifted(step) - shifted(-step)) / (2 * step)
                #expect(
                    abs(numeric - analytic[index]) < 2e-3 * max(1, abs(numeric)),
                    "layer \(network.nodes[layer].name) parameter \(index)")
            }
            // Nothing that differs between features is about directions, whose differences are easily spoilt by kinks.
            guard feature == 4 else { continue }
            let derivatives = try #require(along.directions[layer])
            let direction = try #require(directions[layer])
            let outputs = derivatives[0].count
            let size = direction.count / outputs
            #expect(zip(derivatives[0], derivatives[1]).allSatisfy { abs($1 - 2 * $0) <= 1e-5 * abs($1) })
            // Along the whole direction, and along the part of it that belongs to one output channel.
            for part in [0..<outputs, outputs / 2..<outputs / 2 + 1] {
                func shifted(_ by: Float) -> Double {
                    var moved = weights
                    for index in part.lowerBound * size..<part.upperBound * size { moved[layer]?[index] += by * direction[index] }
                    return Self.loss(network, input, functions, moved, seed: seed, feature: feature, featureSeed: featureSeed)
                }
                // All weights move at once: a longer step would cross kinks of the activation functions.
                let numeric = (shifted(3e-5) - shifted(-3e-5)) / 6e-5
                #expect(
                    abs(numeric - derivatives[0][part].reduce(0, +)) < 5e-3 * max(1, abs(numeric)),
                    "layer \(network.nodes[layer].name) outputs \(part)")
            }
        }
    }

    @Test func anyNumberOfThreadsGivesTheSameBytes() throws {
        var numbers = SplitMix64(state: 22)
        let network = Network.everything(&numbers, channels: 8)
        let input = Tensor(dimensions: [2, 40, 36, 3], values: numbers.array(2 * 40 * 36 * 3))
        let seed = Tensor(dimensions: [2, 160, 144, 3], values: numbers.array(2 * 160 * 144 * 3))
        var overrides: [Int: ConvolutionOverride] = [:]
        var directions: [Int: [[Float]]] = [:]
        for layer in network.layers {
            guard case .convolution(let convolution) = network.nodes[layer].operation else { continue }
            overrides[layer] = ConvolutionOverride(input: Quadratic(a: 1, b: 0.01))
            directions[layer] = [convolution.weight.values]
        }
        func run(threads: Int, directions: [Int: [[Float]]]) throws -> TrainingExecutor.Gradients {
            let training = try TrainingExecutor(
                network: network, pool: ThreadPool(threads: threads), overrides: overrides, features: [])
            _ = try training.forward(input)
            return try training.backward(outputGradient: seed, directions: directions) { _, _ in }
        }
        for directions in [directions, [:]] {
            let one = try run(threads: 1, directions: directions)
            for threads in [2, 4] {
                let other = try run(threads: threads, directions: directions)
                #expect(other.quantizers == one.quantizers)
                #expect(other.directions == one.directions)
            }
        }
    }

    @Test func everySampleHasItsOwnQuantizerAndItsOwnSummand() throws {
        var numbers = SplitMix64(state: 25)
        let network = Network.everything(&numbers)
        let functions = [Quadratic(a: 0.9, b: 0.02), Quadratic(a: 1.1, b: -0.03)]
        let samples = (0..<3).map { _ in Tensor(dimensions: [1, 9, 8, 3], values: numbers.array(9 * 8 * 3)) }
        let seeds = samples.map { _ in numbers.array(36 * 32 * 3) }
        let choices = [1, 0, 1]
        var directions: [Int: [[Float]]] = [:]
        for layer in network.layers {
            guard case .convolution(let convolution) = network.nodes[layer].operation else { continue }
            directions[layer] = [convolution.weight.values]
        }
        func gradients(_ input: Tensor, _ seed: [Float], choices: [Int], directions: [Int: [[Float]]], _ quantizer: Quadratic)
            throws
            -> TrainingExecutor.Gradients
        {
            var overrides: [Int: ConvolutionOverride] = [:]
            for layer in network.layers { overrides[layer] = ConvolutionOverride(input: quantizer) }
            let training = try TrainingExecutor(
                network: network, pool: ThreadPool(threads: 2), overrides: overrides, features: [])
            for layer in network.layers {
                training.setQuantizer(quantizer, variants: choices.isEmpty ? [] : functions, node: layer)
            }
            _ = try training.forward(input, variants: choices)
            let gradient = Tensor(dimensions: [input.dimensions[0], 36, 32, 3], values: seed)
            return try training.backward(outputGradient: gradient, directions: directions) { _, _ in }
        }
        let batch = Tensor(dimensions: [3, 9, 8, 3], values: samples.flatMap(\.values))
        let neither = Quadratic(a: 7, b: 7)
        let together = try gradients(batch, seeds.flatMap { $0 }, choices: choices, directions: [:], neither)
        let along = try gradients(batch, seeds.flatMap { $0 }, choices: choices, directions: directions, neither)
        let apart = try zip(choices, zip(samples, seeds)).map {
            try gradients($1.0, $1.1, choices: [], directions: [:], functions[$0])
        }
        let alongApart = try zip(choices, zip(samples, seeds)).map {
            try gradients($1.0, $1.1, choices: [], directions: directions, functions[$0])
        }
        for layer in network.layers {
            let summands = apart.map { $0.quantizers[layer] ?? [] }
            #expect(together.samples[layer] == summands)
            #expect(together.quantizers[layer] == zip(zip(summands[0], summands[1]).map { $0 + $1 }, summands[2]).map { $0 + $1 })
            let sums = alongApart.map { $0.directions[layer]?[0] ?? [] }
            for (channel, sum) in (along.directions[layer]?[0] ?? []).enumerated() {
                #expect(abs(sum - sums.reduce(0) { $0 + $1[channel] }) <= 1e-9 * max(1, abs(sum)))
            }
            #expect(along.directions[layer]?[0].isEmpty == false)
        }
    }

    /// What is prepared before a convolution is what it computes with.
    @Test func quantizersCanBeSetWhileRunning() throws {
        var numbers = SplitMix64(state: 26)
        let network = Network.everything(&numbers)
        let input = Tensor(dimensions: [2, 9, 8, 3], values: numbers.array(2 * 9 * 8 * 3))
        let layer = network.layers[2]
        func executor(_ quantizer: Quadratic) throws -> TrainingExecutor {
            try TrainingExecutor(
                network: network, pool: ThreadPool(threads: 1), overrides: [layer: ConvolutionOverride(input: quantizer)],
                features: [])
        }
        let late = Quadratic(a: 0.8, b: 0.1)
        let early = try executor(late)
        let expected = try early.forward(input)
        let training = try executor(Quadratic(a: 1, b: 0))
        var seen: [Int: Int] = [:]
        let output = try training.forward(input) { node, values in
            seen[node] = values.count
            training.setQuantizer(late, node: node)
        }
        #expect(seen == [layer: 2 * 9 * 8 * 6])
        for i in 0..<output.shape.count { #expect(output.values[i] == expected.values[i]) }
    }

    @Test func replacedWeightsTakeEffect() throws {
        var numbers = SplitMix64(state: 23)
        let network = Network.everything(&numbers)
        let input = Tensor(dimensions: [1, 9, 9, 3], values: numbers.array(9 * 9 * 3))
        let layer = network.layers[3]
        guard case .convolution(let convolution) = network.nodes[layer].operation else { return }
        let changed = convolution.weight.values.map { $0 * -0.5 }
        let training = try TrainingExecutor(
            network: network, pool: ThreadPool(threads: 1),
            overrides: [layer: ConvolutionOverride(weight: convolution.weight.values)],
            features: [])
        _ = try training.forward(input)
        training.setWeights(changed, node: layer)
        let output = try training.forward(input)
        let expected = try Executor(
            network: network, pool: ThreadPool(threads: 1), overrides: [layer: ConvolutionOverride(weight: changed)]
        ).run(input)
        for i in 0..<output.shape.count { #expect(abs(output.values[i] - expected.values[i]) < 1e-5) }
    }

    /// Wide layers are cut into many bands, for which oneDNN may choose different weight layouts.
    @Test(arguments: [(64, 256, 96, 96), (64, 256, 192, 50), (64, 3, 97, 130), (48, 40, 33, 100)])
    func derivativesOfManyBandsEqualDirectSums(inputs: Int, outputs: Int, height: Int, width: Int) throws {
        var numbers = SplitMix64(state: 24)
        let convolution = Convolution(
            role: .body,
            weight: Tensor(dimensions: [outputs, inputs, 3, 3], values: numbers.array(outputs * inputs * 9, scale: 0.1)), bias: nil)
        let network = Network(
            architecture: "test", scale: 1,
            nodes: [
                Node(name: "input", operation: .input(channels: inputs), inputs: []),
                Node(name: "layer", operation: .convolution(convolution), inputs: [0]),
            ])
        let input = Tensor(dimensions: [1, height, width, inputs], values: numbers.array(height * width * inputs))
        let seed = Tensor(dimensions: [1, height, width, outputs], values: numbers.array(height * width * outputs))
        let training = try TrainingExecutor(
            network: network, pool: ThreadPool(threads: 2), overrides: [1: ConvolutionOverride(weight: convolution.weight.values)],
            features: [])
        _ = try training.forward(input)
        // Each direction is one weight alone.
        let places = [(0, 0, 0, 0), (outputs - 1, inputs - 1, 2, 2), (outputs / 2, 1, 1, 0), (1, inputs / 3, 0, 2)]
        let directions = places.map { (o, i, v, h) in
            var direction = [Float](repeating: 0, count: convolution.weight.values.count)
            direction[((o * inputs + i) * 3 + v) * 3 + h] = 1
            return direction
        }
        let derivatives = try #require(
            try training.backward(outputGradient: seed, directions: [1: directions]) { _, _ in }.directions[1])
        for ((o, i, v, h), derivative) in zip(places, derivatives) {
            var sum = 0.0
            for y in max(0, 1 - v)..<min(height, height + 1 - v) {
                for x in max(0, 1 - h)..<min(width, width + 1 - h) {
                    let read = input.values[((y + v - 1) * width + x + h - 1) * inputs + i]
                    let upstream = seed.values[(y * width + x) * outputs + o]
                    sum += Double(read) * Double(upstream)
                }
            }
            #expect(abs(derivative[o] - sum) < 1e-3 * max(1, abs(sum)))
            for other in 0..<outputs where other != o { #expect(derivative[other] == 0) }
        }
    }
}
