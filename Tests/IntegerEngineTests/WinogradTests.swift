import CKernels
import IntegerEngine
import Networks
import QuantizedNetworks
import Quantizers
import Tensors
import TestSupport
import Testing

/// A quarter of the multiplications, the same sums: 3×3 layers that are computed with Winograd's transforms.
@Suite(.enabled(if: srq_kernels().pointee.winograd_convolution != nil, "this machine has no such kernel"))
struct WinogradTests {
    private static func expectWholeMaps(
        _ layer: IntegerForm, inputs: Int, outputs: Int, width: Int, height: Int, values: [Float], format: String
    ) throws {
        let network = Network.oneLayer(inputs: inputs, outputs: outputs)
        let program = try IntegerProgram(network: network, layers: [1: layer])
        #expect(program.formats[0].format == format, "\(program.formats[0].reason)")
        let input = Tensor(dimensions: [1, height, width, inputs], values: values)
        let output = try program.run(input, outputs: outputs, threads: 2)
        #expect(output.map(\.bitPattern) == network.slowlyRunInIntegers(input, layers: [1: layer]).map(\.bitPattern))
    }

    @Test(arguments: [(16, 1), (16, 16), (32, 3), (48, 24), (64, 65), (16, 9)], [(1, 1), (4, 4), (7, 5), (66, 3), (131, 9)])
    func randomLayers(channels: (Int, Int), size: (Int, Int)) throws {
        var random = SplitMix64(state: UInt64(channels.0 * 1000 + size.0))
        let activation = try #require(UniformQuantizer(bits: 8, lower: -100, upper: 120).snapped())
        let count = channels.0 * channels.1 * 9
        let layer = IntegerForm(
            activation: activation, codes: (0..<count).map { _ in .random(in: -127...127, using: &random) },
            scales: (0..<channels.1).map { _ in .random(in: 0...0.01, using: &random) })
        let values = (0..<size.0 * size.1 * channels.0).map { _ in Float.random(in: -130...130, using: &random) }
        try Self.expectWholeMaps(
            layer, inputs: channels.0, outputs: channels.1, width: size.0, height: size.1, values: values, format: "winograd")
    }

    /// The largest sum of all: 255 · 127 · 9 · 112 = 32.6 million, just below 2²⁵; intermediate sums go round 2³² many times.
    @Test(arguments: [Int16(127), -127]) func theLargestSums(weight: Int16) throws {
        let inputs = 112
        let activation = try #require(UniformQuantizer(bits: 8, lower: 0, upper: 255).snapped())
        let layer = IntegerForm(
            activation: activation, codes: [Int16](repeating: weight, count: inputs * 9 * 2), scales: [1, 0.5])
        let values = [Float](repeating: 255, count: 9 * 9 * inputs)
        try Self.expectWholeMaps(layer, inputs: inputs, outputs: 2, width: 9, height: 9, values: values, format: "winograd")
    }

    /// Inputs and weights that alternate make the transforms' own numbers as large as they get.
    @Test func theLargestTransforms() throws {
        let activation = try #require(UniformQuantizer(bits: 8, lower: -127, upper: 128).snapped())
        let codes = (0..<16 * 9).map { Int16($0 % 9 % 2 == 0 ? 127 : -127) }
        let layer = IntegerForm(activation: activation, codes: codes, scales: [1])
        let values = (0..<12 * 12 * 16).map { Float(($0 / 16 + $0 / (16 * 12)) % 2 == 0 ? 128 : -127) }
        try Self.expectWholeMaps(layer, inputs: 16, outputs: 1, width: 12, height: 12, values: values, format: "winograd")
    }

    /// One input channel more and sums could reach 2²⁵: such a layer is computed directly, as are inputs beyond 327.
    @Test func whatDoesNotFitIsComputedDirectly() throws {
        // 255 · 127 · 2 does not fit 16 bits.
        let direct = srq_kernels().pointee.narrow_is_unchained ? "narrow" : "wide"
        let bytes = try #require(UniformQuantizer(bits: 8, lower: 0, upper: 255).snapped())
        let many = IntegerForm(activation: bytes, codes: [Int16](repeating: 127, count: 128 * 9), scales: [1])
        try Self.expectWholeMaps(
            many, inputs: 128, outputs: 1, width: 5, height: 5, values: [Float](repeating: 255, count: 25 * 128), format: direct)
        let far = try #require(UniformQuantizer(bits: 8, lower: 100, upper: 355).snapped())
        let one = IntegerForm(activation: far, codes: [Int16](repeating: 127, count: 16 * 9), scales: [1])
        try Self.expectWholeMaps(
            one, inputs: 16, outputs: 1, width: 5, height: 5, values: [Float](repeating: 355, count: 25 * 16), format: "wide")
    }
}
