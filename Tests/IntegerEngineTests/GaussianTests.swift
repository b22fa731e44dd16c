import CKernels
import IntegerEngine
import Networks
import QuantizedNetworks
import Quantizers
import Tensors
import TestSupport
import Testing

/// Layers of narrow codes that are computed over the Gaussian integers against whole maps, on every instruction set of this
/// machine.
@Suite struct GaussianTests {
    static let sets = ConvolutionKernelTests.sets.filter { srq_kernels_of($0)?.pointee.gaussian_convolution != nil }

    private static func expectWholeMaps(
        _ layer: IntegerForm, inputs: Int, outputs: Int, width: Int, height: Int, values: [Float], set: srq_instruction_set
    ) throws {
        let network = Network.oneLayer(inputs: inputs, outputs: outputs)
        let kernels = try #require(srq_kernels_of(set)).pointee
        let program: IntegerProgram
        do {
            program = try IntegerProgram(network: network, layers: [1: layer], kernels: kernels, format: .gaussian)
        } catch {
            // Sums of 16 bits have no room for the largest weights.
            #expect(!kernels.narrow_is_unchained && error.description.contains("too few of its products"), "\(error)")
            return
        }
        let input = Tensor(dimensions: [1, height, width, inputs], values: values)
        let output = try program.run(input, outputs: outputs, threads: 2)
        #expect(output.map(\.bitPattern) == network.slowlyRunInIntegers(input, layers: [1: layer]).map(\.bitPattern))
    }

    /// Ranges whose zero is the first code, one in the middle, no code at all, and far outside.
    private static let ranges: [(lower: Float, upper: Float)] = [(0, 30), (-14, 16), (-13.3, 19.1), (-90, -60.5), (200, 230)]

    @Test(arguments: sets, [(1, 1), (4, 4), (7, 5), (130, 3), (2, 19)])
    func randomLayers(set: srq_instruction_set, size: (Int, Int)) throws {
        for (index, range) in Self.ranges.enumerated() {
            for bits in 2...4 {
                let (inputs, outputs) = [(16, 1), (64, 64), (48, 24), (32, 3), (80, 17)][(index + bits) % 5]
                var random = SplitMix64(state: UInt64(index * 1000 + size.0 * 10 + bits))
                let activation = try #require(UniformQuantizer(bits: bits, lower: range.lower, upper: range.upper).snapped())
                let layer = IntegerForm(
                    activation: activation, codes: (0..<inputs * outputs * 9).map { _ in .random(in: -7...7, using: &random) },
                    scales: (0..<outputs).map { _ in .random(in: 0...0.01, using: &random) })
                let spread = range.lower - 10...range.upper + 10
                let values = (0..<size.0 * size.1 * inputs).map { _ in Float.random(in: spread, using: &random) }
                try Self.expectWholeMaps(
                    layer, inputs: inputs, outputs: outputs, width: size.0, height: size.1, values: values, set: set)
            }
        }
    }

    /// Weights and codes at their ends, all alike or alternating: what is transformed comes as far as it can.
    @Test(arguments: sets, [Int16(7), -7, 0]) func theLargestTransforms(set: srq_instruction_set, weight: Int16) throws {
        let activation = try #require(UniformQuantizer(bits: 4, lower: 0, upper: 15).snapped())
        let codes = (0..<64 * 9 * 16).map { weight == 0 ? Int16($0 % 9 % 2 == 0 ? 7 : -7) : weight }
        let layer = IntegerForm(activation: activation, codes: codes, scales: [Float](repeating: 1, count: 16))
        for alternates in [false, true] {
            let values = (0..<12 * 12 * 64).map { !alternates || ($0 / 64 + $0 / (64 * 12)) % 2 == 0 ? Float(15) : 0 }
            try Self.expectWholeMaps(layer, inputs: 64, outputs: 16, width: 12, height: 12, values: values, set: set)
        }
    }

    /// What does not fit is computed in the next format, which says why; where the format is demanded, the layer is refused by
    /// name.
    @Test func whatDoesNotFitIsRefused() throws {
        let kernels = srq_kernels().pointee
        try #require(kernels.gaussian_convolution != nil)
        let wide = try #require(UniformQuantizer(bits: 5, lower: 0, upper: 31).snapped())
        let narrow = try #require(UniformQuantizer(bits: 4, lower: 0, upper: 15).snapped())
        let cases: [(any ActivationQuantizer, weight: Int16, reason: String)] = [
            (wide, 1, "its input's codes span 31"), (narrow, 8, "a transformed weight would be 128"),
            (try LevelQuantizer(bits: 2, levels: [0, 1, 3]), 1, "not evenly spaced"),
        ]
        let network = Network.oneLayer(inputs: 16, outputs: 1)
        for (activation, weight, reason) in cases where activation.integerGrid != nil {
            let layer = IntegerForm(activation: activation, codes: [Int16](repeating: weight, count: 16 * 9), scales: [1])
            let program = try IntegerProgram(network: network, layers: [1: layer])
            #expect(program.formats[0].format == "winograd")
            #expect(program.formats[0].reason.contains("not gaussian: \(reason)"), "\(program.formats[0].reason)")
            let error = #expect(throws: IntegerEngineError.self) {
                try IntegerProgram(network: network, layers: [1: layer], kernels: kernels, format: .gaussian)
            }
            let message = try #require(error).description
            #expect(message.hasPrefix("layer layer: not gaussian: \(reason)"), "\(message)")
        }
    }
}
