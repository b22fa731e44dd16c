import CKernels
import Calibration
import FloatEngine
import IntegerEngine
import Networks
import QuantizedNetworks
import Quantizers
import Synchronization
import Tensors
import TestSupport
import Testing

/// Rows that flow through a network against whole maps, bit for bit.
@Suite struct IntegerExecutorTests {
    static let networks: [(name: String, tensors: SeededNetworks.StateDict)] = [
        ("EDSR", SeededNetworks.edsr(channels: 8, blocks: 2, scale: 4, seed: 1)),
        ("EDSR of 32 channels", SeededNetworks.edsr(channels: 32, blocks: 1, scale: 2, seed: 6)),
        ("EDSR x3, 20 channels", SeededNetworks.edsr(channels: 20, blocks: 1, scale: 3, seed: 2)),
        ("SRResNet", SeededNetworks.srResNet(channels: 8, blocks: 2, scale: 2, slopePerChannel: true, seed: 3)),
        ("RDN", SeededNetworks.rdn(blocks: 2, convolutions: 2, growth: 8, channels: 8, scale: 2, seed: 4)),
    ]
    static let quantizers = ["minmax", "plq", "plq-offset", "plq-one-sided"]

    private static func image(_ width: Int, _ height: Int, seed: UInt64) -> Tensor {
        var random = SplitMix64(state: seed)
        return Tensor(
            dimensions: [1, height, width, 3],
            values: (0..<height * width * 3).map { _ in Float(Int.random(in: 0...255, using: &random)) })
    }

    /// Calibrated on one small image, with quantizers snapped to their grids.
    private static func layers(_ network: Network, _ quantizer: String, bits: Int) throws -> [Int: IntegerForm] {
        var recipe = Recipe()
        (recipe.quantizer, recipe.weights, recipe.activations) = (quantizer, bits, bits)
        let calibrated = try Calibrator(network: network, recipe: recipe, pool: ThreadPool(threads: 1))
            .calibrate(images: [image(12, 12, seed: 5)], progress: { _ in true })
        var layers: [Int: IntegerForm] = [:]
        for (node, layer) in calibrated.layers {
            guard case .convolution(let convolution) = network.nodes[node].operation else { continue }
            let calibrated = try #require(layer.activation)
            let activation = try #require(calibrated.snapped())
            let weight = try #require(layer.weight as? SymmetricWeightQuantizer)
            let unit = try #require(activation.integerGrid).unit
            let step = weight.uppers[0] / Float((1 << (weight.bits - 1)) - 1)
            layers[node] = IntegerForm(
                activation: activation, codes: weight.codes(convolution.weight.values).map(Int16.init),
                scales: [Float](repeating: unit * step, count: convolution.outputs))
        }
        return layers
    }

    @Test(arguments: networks.indices, quantizers)
    func rowsGiveWhatWholeMapsGive(network index: Int, quantizer: String) throws {
        let network = try Network.recognise(tensors: Self.networks[index].tensors, file: Self.networks[index].name)
        for bits in (quantizer == "minmax" ? 2 : 3)...8 {
            let layers = try Self.layers(network, quantizer, bits: bits)
            let program = try IntegerProgram(network: network, layers: layers)
            for (width, height) in [(1, 1), (1, 9), (11, 1), (5, 3), (23, 19)] {
                let input = Self.image(width, height, seed: UInt64(width * height))
                let expected = network.slowlyRunInIntegers(input, layers: layers).map(\.bitPattern)
                for threads in [1, 3] {
                    #expect(
                        try program.run(input, outputs: 3, threads: threads).map(\.bitPattern) == expected,
                        "\(bits) bits, \(width)x\(height), \(threads) threads")
                }
            }
        }
    }

    /// Wider than a stretch and higher than a ring: more strips than threads, rings that turn over many times.
    @Test(arguments: [0, 1]) func tallAndWideImages(network index: Int) throws {
        let network = try Network.recognise(tensors: Self.networks[index].tensors, file: "EDSR")
        let layers = try Self.layers(network, "plq", bits: 4)
        let program = try IntegerProgram(network: network, layers: layers)
        for (width, height) in [(150, 40), (3, 200)] {
            let input = Self.image(width, height, seed: 9)
            let expected = network.slowlyRunInIntegers(input, layers: layers).map(\.bitPattern)
            for threads in [1, 2, 5] {
                #expect(try program.run(input, outputs: 3, threads: threads).map(\.bitPattern) == expected, "\(threads) threads")
            }
        }
    }

    /// Formats differ from one instruction set to another; results do not.
    @Test(arguments: ConvolutionKernelTests.sets + [SRQ_SCALAR], [4, 8])
    func everyInstructionSetGivesTheSame(set: srq_instruction_set, bits: Int) throws {
        let network = try Network.recognise(tensors: Self.networks[1].tensors, file: "EDSR")
        let layers = try Self.layers(network, "minmax", bits: bits)
        let kernels = try #require(srq_kernels_of(set)).pointee
        let program = try IntegerProgram(network: network, layers: layers, kernels: kernels)
        let formats = Set(program.formats.map(\.format))
        #expect(formats.contains("gaussian") == (bits == 4 && kernels.gaussian_convolution != nil && set != SRQ_NEON))
        #expect(formats.contains("winograd") == (set != SRQ_SCALAR))
        #expect(formats.contains("narrow") == kernels.narrow_is_unchained)
        let input = Self.image(13, 9, seed: 3)
        let expected = network.slowlyRunInIntegers(input, layers: layers).map(\.bitPattern)
        #expect(try program.run(input, outputs: 3, threads: 2).map(\.bitPattern) == expected)
    }

    @Test func memoryGrowsWithTheWidthAlone() throws {
        let network = try Network.recognise(tensors: Self.networks[0].tensors, file: "EDSR")
        let program = try IntegerProgram(network: network, layers: Self.layers(network, "plq", bits: 4))
        let (once, tall) = (
            IntegerExecutor.bytes(program, width: 2000, height: 1000, threads: 2),
            IntegerExecutor.bytes(program, width: 2000, height: 4000, threads: 2)
        )
        #expect(once == tall)
        #expect(IntegerExecutor.bytes(program, width: 4000, height: 1000, threads: 2) > once)
    }

    @Test func aRunCanBeCancelledAndRunAgain() throws {
        let network = try Network.recognise(tensors: Self.networks[0].tensors, file: "EDSR")
        let program = try IntegerProgram(network: network, layers: Self.layers(network, "plq", bits: 4))
        let executor = IntegerExecutor(program, pool: ThreadPool(threads: 2))
        var shares: [Double] = []
        #expect(throws: IntegerEngineError.self) {
            try executor.run(
                width: 8, height: 200, read: { _, _, pixels, target in target.update(repeating: 1, count: 3 * pixels) },
                write: { _, _, _, _ in },
                progress: {
                    shares.append($0)
                    return shares.count < 2
                })
        }
        #expect(shares.count == 2)
        let written = Atomic(0)
        try executor.run(
            width: 8, height: 20, read: { _, _, pixels, target in target.update(repeating: 1, count: 3 * pixels) },
            write: { _, _, pixels, _ in written.add(pixels, ordering: .relaxed) })
        #expect(written.load(ordering: .relaxed) == 8 * 20 * 16)
    }

    @Test func aLayerWithoutAGridIsNamed() throws {
        let network = try Network.recognise(tensors: Self.networks[0].tensors, file: "EDSR")
        var layers = try Self.layers(network, "plq", bits: 4)
        layers[network.layers[1]]?.activation = try LevelQuantizer(bits: 2, levels: [0, 1, 1.234_567])
        let error = #expect(throws: IntegerEngineError.self) { try IntegerProgram(network: network, layers: layers) }
        let message = try #require(error).description
        #expect(message == "layer \(network.nodes[network.layers[1]].name) is not on an integer grid")
    }

    /// Graphs that no known architecture has, all in float, against the executor of whole maps.
    @Test(arguments: OddGraphs.all.indices) func oddGraphs(index: Int) throws {
        let (name, network) = OddGraphs.all[index]
        let program = try IntegerProgram(network: network, layers: [:])
        #expect(program.formats.allSatisfy { $0.format == "float" })
        let executor = try Executor(network: network, pool: ThreadPool(threads: 1))
        for (width, height) in [(1, 1), (2, 9), (7, 5), (40, 61)] {
            let input = Self.image(width, height, seed: 3)
            let expected = try executor.run(input).values.map(\.bitPattern)
            for threads in [1, 4] {
                #expect(
                    try program.run(input, outputs: 3, threads: threads).map(\.bitPattern) == expected,
                    "\(name), \(width)x\(height), \(threads) threads")
            }
        }
    }

    /// 2047 · 127 · 9 · 8193 input channels is more than 2³¹.
    @Test func sumsThatMayOverflowAreRefused() throws {
        let inputs = 9000
        let convolution = Convolution(
            role: .body, weight: Tensor(dimensions: [1, inputs, 3, 3], values: [Float](repeating: 1, count: inputs * 9)), bias: nil)
        let network = Network(
            architecture: "test", scale: 1,
            nodes: [
                Node(name: "input", operation: .input(channels: inputs), inputs: []),
                Node(name: "wide", operation: .convolution(convolution), inputs: [0]),
            ])
        let activation = try #require(UniformQuantizer(bits: 8, lower: -100, upper: 100).snapped())
        let layer = IntegerForm(activation: activation, codes: [Int16](repeating: 127, count: inputs * 9), scales: [1])
        let error = #expect(throws: IntegerEngineError.self) { try IntegerProgram(network: network, layers: [1: layer]) }
        let message = try #require(error).description
        #expect(message.hasPrefix("layer wide: its sums can reach"))
    }
}
