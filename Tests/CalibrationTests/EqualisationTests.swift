import Calibration
import FloatEngine
import Networks
import QuantizedNetworks
import Quantizers
import Tensors
import TestSupport
import Testing

/// Cross-layer equalisation and bias correction: what they leave as it was, and what they make equal.
@Suite struct EqualisationTests {
    private static let networks: [(name: String, tensors: SeededNetworks.StateDict)] = [
        ("EDSR", SeededNetworks.edsr(channels: 8, blocks: 2, scale: 2, seed: 1)),
        ("SRResNet", SeededNetworks.srResNet(channels: 8, blocks: 2, scale: 2, slopePerChannel: true, seed: 3)),
        ("MSRResNet", SeededNetworks.msrResNet(channels: 8, blocks: 2, scale: 2, seed: 3)),
        ("RDN", SeededNetworks.rdn(blocks: 2, convolutions: 2, growth: 8, channels: 8, scale: 2, seed: 4)),
    ]

    private static func network(_ index: Int) throws -> Network {
        try Network.recognise(tensors: networks[index].tensors, file: networks[index].name)
    }

    private static func images() -> [Tensor] {
        var random = SplitMix64(state: 6)
        return (0..<3).map { _ in
            Tensor(dimensions: [1, 10, 12, 3], values: (0..<360).map { _ in Float(Int.random(in: 0...255, using: &random)) })
        }
    }

    private static func calibrated(
        _ network: Network, threads: Int = 2, _ change: (inout Recipe) -> Void
    ) throws -> (quantized: QuantizedNetwork, teacher: Network) {
        var recipe = Recipe()
        (recipe.quantizer, recipe.batch) = ("minmax", 2)
        change(&recipe)
        return try Calibrator(network: network, recipe: recipe, pool: ThreadPool(threads: threads))
            .calibrateBesideTeacher(images: images()) { _ in true }
    }

    private static func output(_ network: Network, _ overrides: [Int: ConvolutionOverride] = [:]) throws -> [Float] {
        try Executor(network: network, pool: ThreadPool(threads: 1), overrides: overrides).run(images()[0]).values
    }

    @Test(arguments: networks.indices, [Equalisation.weights, .activations])
    func theFloatNetworkStaysTheSameFunction(index: Int, equalisation: Equalisation) throws {
        let network = try Self.network(index)
        let teacher = try Self.calibrated(network) { $0.equalisation = equalisation }.teacher
        let (before, after) = (try Self.output(network), try Self.output(teacher))
        let largest = before.reduce(0) { max($0, abs($1)) }
        for (x, y) in zip(before, after) { #expect(abs(x - y) < 2e-5 * largest) }
        // In RDN, whose layers feed concatenations, it is the global fusion's two convolutions.
        let changed = network.layers.filter { node in
            guard case .convolution(let old) = network.nodes[node].operation,
                case .convolution(let new) = teacher.nodes[node].operation
            else { return false }
            return old.weight.values != new.weight.values
        }
        #expect(!changed.isEmpty)
    }

    @Test func activationsInsideABlockAreEquallyLarge() throws {
        let network = try Self.network(0)
        let teacher = try Self.calibrated(network) { $0.equalisation = .activations }.teacher
        let second = try #require(network.layers.first { network.nodes[$0].name == "body.0.body.2" })
        var largest = [Float](repeating: 0, count: 8)
        for image in Self.images() {
            let input = try #require(LayerInputs.of(teacher, image)[second])
            for (index, value) in input.enumerated() { largest[index % 8] = max(largest[index % 8], abs(value)) }
        }
        let (low, high) = (try #require(largest.filter { $0 > 0 }.min()), try #require(largest.max()))
        #expect(high / low < 1.001, "\(largest)")
    }

    @Test func theLargestWeightsOnBothSidesAreEquallyLarge() throws {
        let network = try Self.network(0)
        let teacher = try Self.calibrated(network) { $0.equalisation = .weights }.teacher
        let first = try #require(network.layers.first { network.nodes[$0].name == "body.0.body.0" })
        let second = try #require(network.layers.first { network.nodes[$0].name == "body.0.body.2" })
        guard case .convolution(let made) = teacher.nodes[first].operation,
            case .convolution(let read) = teacher.nodes[second].operation
        else { return }
        let ratios = (0..<8).map { channel in
            let row = made.weight.values[channel * 72..<(channel + 1) * 72].reduce(0) { max($0, abs($1)) }
            let column = read.weight.values.enumerated().filter { $0.offset / 9 % 8 == channel }
            return row / column.reduce(0) { max($0, abs($1.element)) }
        }
        let (low, high) = (try #require(ratios.min()), try #require(ratios.max()))
        #expect(high / low < 1.001, "\(ratios)")
    }

    @Test(arguments: networks.indices, [InputScaling.none, .largestMagnitude])
    func correctedBiasesGiveEveryLayerTheMeanOfTheFloatLayer(index: Int, scaling: InputScaling) throws {
        let network = try Self.network(index)
        let result = try Self.calibrated(network) {
            ($0.biasCorrection, $0.inputScales, $0.weights, $0.activations) = (true, scaling, 3, 3)
        }
        let plain = try Self.calibrated(network) { ($0.inputScales, $0.weights, $0.activations) = (scaling, 3, 3) }
        // The teacher is the network, with biases of 0 where it had none.
        #expect(try Self.output(result.teacher) == Self.output(network))
        for node in result.quantized.quantizedNodes {
            guard case .convolution(let float) = result.teacher.nodes[node].operation,
                case .convolution(let corrected) = result.quantized.network.nodes[node].operation
            else { continue }
            let (layer, other) = (try #require(result.quantized.layers[node]), try #require(plain.quantized.layers[node]))
            #expect(layer.activation?.parameters == other.activation?.parameters)
            // The sum over the channels' means, computed from the whole inputs.
            let none = [Double](repeating: 0, count: float.inputs)
            var (count, before, after) = (0, none, none)
            let function = try #require(result.quantized.overrides[node]?.input)
            for image in Self.images() {
                let input = try #require(LayerInputs.of(result.teacher, image)[node])
                var quantized = input
                function.apply(input, into: &quantized, count: input.count)
                for (index, value) in input.enumerated() {
                    before[index % float.inputs] += Double(value)
                    after[index % float.inputs] += Double(quantized[index])
                }
                count += input.count / float.inputs
            }
            let weights = try #require(result.quantized.overrides[node]?.weight)
            let window = float.kernel * float.kernel
            for output in 0..<float.outputs {
                var (mean, quantizedMean) = (Double(float.bias?[output] ?? 0), Double(try #require(corrected.bias)[output]))
                var size = abs(mean)
                for index in 0..<float.inputs * window {
                    let place = output * float.inputs * window + index
                    mean += Double(float.weight.values[place]) * before[index / window] / Double(count)
                    quantizedMean += Double(weights[place]) * after[index / window] / Double(count)
                    size += abs(Double(float.weight.values[place]) * before[index / window] / Double(count))
                }
                #expect(abs(mean - quantizedMean) < 1e-5 * size, "\(network.nodes[node].name) \(output)")
            }
        }
    }

    @Test func threadsDoNotChangeAByte() throws {
        func biases(_ threads: Int) throws -> [Float] {
            let network = try Self.calibrated(try Self.network(1), threads: threads) {
                ($0.biasCorrection, $0.equalisation, $0.inputScales) = (true, .activations, .powerOfMagnitude)
            }.quantized.network
            return network.tensors.flatMap(\.tensor.values)
        }
        #expect(try biases(1) == biases(3))
    }
}
