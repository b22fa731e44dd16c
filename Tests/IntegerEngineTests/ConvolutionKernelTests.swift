import CKernels
import Tensors
import Testing

/// Every instruction set against one multiplication after the other, bit for bit.
@Suite struct ConvolutionKernelTests {
    struct Shape: CustomTestStringConvertible {
        var kernel, channels, outputs, pixels: Int
        var testDescription: String { "\(kernel)x\(kernel), \(channels) to \(outputs), \(pixels) pixels" }
    }

    static let shapes: [Shape] = [
        .init(kernel: 1, channels: 4, outputs: 1, pixels: 1), .init(kernel: 1, channels: 64, outputs: 16, pixels: 6),
        .init(kernel: 3, channels: 4, outputs: 3, pixels: 5), .init(kernel: 3, channels: 64, outputs: 64, pixels: 7),
        .init(kernel: 3, channels: 12, outputs: 17, pixels: 13), .init(kernel: 9, channels: 4, outputs: 33, pixels: 8),
        .init(kernel: 5, channels: 8, outputs: 48, pixels: 66), .init(kernel: 3, channels: 32, outputs: 15, pixels: 12),
    ]
    static let sets: [srq_instruction_set] = [
        SRQ_AVX2, SRQ_AVX_VNNI, SRQ_AVX512, SRQ_AVX512_VNNI, SRQ_NEON, SRQ_NEON_DOT,
        SRQ_NEON_I8MM,
    ]
    .filter { srq_has_instruction_set($0) }

    private struct Layer<Input: FixedWidthInteger, Weight: FixedWidthInteger> {
        let shape: Shape
        var input: [Input]
        var weights: [Weight]
        var offsets: [Int32]
        var scales, shifts: [Float]
        var rowLength: Int { (shape.pixels + shape.kernel - 1) * shape.channels }

        init(_ shape: Shape, inputs: ClosedRange<Input>, weights range: ClosedRange<Weight>, seed: UInt64) {
            var random = SplitMix64(state: seed)
            self.shape = shape
            let blocks = (shape.outputs + Int(SRQ_OUTPUT_BLOCK) - 1) / Int(SRQ_OUTPUT_BLOCK)
            let padded = blocks * Int(SRQ_OUTPUT_BLOCK)
            let length = (shape.pixels + shape.kernel - 1) * shape.channels
            input = (0..<shape.kernel * length).map { _ in .random(in: inputs, using: &random) }
            weights = (0..<padded * shape.kernel * shape.kernel * shape.channels).map { _ in .random(in: range, using: &random) }
            offsets = (0..<padded).map { _ in .random(in: -100_000...100_000, using: &random) }
            scales = (0..<padded).map { _ in .random(in: 0...1, using: &random) }
            shifts = (0..<padded).map { _ in .random(in: -50...50, using: &random) }
        }

        func run(
            _ convolution: (
                UnsafePointer<srq_integer_layer>, UnsafePointer<UnsafePointer<Input>>, Int, UnsafePointer<srq_results>
            ) -> Void, chain: Int, relu: Bool
        ) -> [UInt32] {
            var result = [Float](repeating: -1, count: shape.pixels * shape.outputs)
            input.withUnsafeBufferPointer { input in
                guard let start = input.baseAddress else { return }
                let rows = (0..<shape.kernel).map { start + $0 * rowLength }
                weights.withUnsafeBytes { weights in
                    guard let weights = weights.baseAddress else { return }
                    offsets.withUnsafeBufferPointer { offsets in
                        scales.withUnsafeBufferPointer { scales in
                            shifts.withUnsafeBufferPointer { shifts in
                                guard let offsets = offsets.baseAddress, let scales = scales.baseAddress,
                                    let shifts = shifts.baseAddress
                                else { return }
                                var layer = srq_integer_layer(
                                    kernel: shape.kernel, channels: shape.channels, outputs: shape.outputs, weights: weights,
                                    offsets: offsets, scales: scales, shifts: shifts, chain: chain)
                                result.withUnsafeMutableBytes { result in
                                    guard let result = result.baseAddress else { return }
                                    var operation = srq_operation()
                                    operation.kind = SRQ_THEN_RELU
                                    withUnsafePointer(to: operation) { operation in
                                        withUnsafePointer(to: result) { row in
                                            var sink = srq_sink(
                                                kind: SRQ_TO_FLOATS, encoder: nil, rows: row,
                                                pixel: shape.outputs * MemoryLayout<Float>.stride)
                                            withUnsafePointer(to: &sink) { sink in
                                                var results = srq_results(
                                                    operations: operation, operation_count: relu ? 1 : 0, sinks: sink,
                                                    sink_count: 1,
                                                    factor: 1, rows: 1, columns: shape.pixels)
                                                convolution(&layer, rows, shape.pixels, &results)
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            return result.map(\.bitPattern)
        }
    }

    @Test(arguments: sets, shapes)
    func narrowConvolutionsAgree(set: srq_instruction_set, shape: Shape) throws {
        let vector = try #require(srq_kernels_of(set)).pointee
        let scalar = try #require(srq_kernels_of(SRQ_SCALAR)).pointee
        // 255 · 7 · 2 · 9 = 32130: as many steps as 16 bits take at worst; 15 · 7 · 2 allows 156.
        for (largest, chains) in [(255, [1, 2, 9]), (15, [5, 156])] as [(UInt8, [Int])] {
            for relu in [false, true] {
                let layer = Layer<UInt8, Int8>(shape, inputs: 0...largest, weights: -7...7, seed: UInt64(shape.channels))
                let expected = layer.run(scalar.narrow_convolution, chain: 1, relu: relu)
                for chain in chains { #expect(layer.run(vector.narrow_convolution, chain: chain, relu: relu) == expected) }
            }
        }
    }

    /// All products at their largest: the sums come as near to overflowing as they can.
    @Test(arguments: sets, [Int8(7), -7])
    func narrowConvolutionsReachTheirBounds(set: srq_instruction_set, weight: Int8) throws {
        let vector = try #require(srq_kernels_of(set)).pointee
        let scalar = try #require(srq_kernels_of(SRQ_SCALAR)).pointee
        let layer = Layer<UInt8, Int8>(
            .init(kernel: 3, channels: 64, outputs: 16, pixels: 9), inputs: 255...255, weights: weight...weight, seed: 1)
        #expect(
            layer.run(vector.narrow_convolution, chain: 9, relu: false)
                == layer.run(scalar.narrow_convolution, chain: 9, relu: false))
    }

    @Test(arguments: sets, shapes)
    func wideConvolutionsAgree(set: srq_instruction_set, shape: Shape) throws {
        let vector = try #require(srq_kernels_of(set)).pointee
        let scalar = try #require(srq_kernels_of(SRQ_SCALAR)).pointee
        for (inputs, weights) in [(-255...255, -127...127), (-2047...2047, -127...127), (0...0, -1...1)]
            as [(ClosedRange<Int16>, ClosedRange<Int16>)]
        {
            for relu in [false, true] {
                let layer = Layer<Int16, Int16>(shape, inputs: inputs, weights: weights, seed: UInt64(shape.outputs))
                #expect(
                    layer.run(vector.wide_convolution, chain: 0, relu: relu)
                        == layer.run(scalar.wide_convolution, chain: 0, relu: relu))
            }
        }
    }

    /// The kernels that all others are compared with, by hand: 1 · 2 + 2 · (-3) + 3 · 4 + 4 · 0, plus 10, times 0.5, plus 1.
    @Test func thePlainConvolutionIsTheFormula() throws {
        let scalar = try #require(srq_kernels_of(SRQ_SCALAR)).pointee
        var layer = Layer<UInt8, Int8>(
            .init(kernel: 1, channels: 4, outputs: 1, pixels: 1), inputs: 0...0, weights: 0...0, seed: 1)
        layer.input = [1, 2, 3, 4]
        layer.weights.replaceSubrange(0..<4, with: [2, -3, 4, 0])
        (layer.offsets[0], layer.scales[0], layer.shifts[0]) = (10, 0.5, 1)
        #expect(layer.run(scalar.narrow_convolution, chain: 1, relu: false) == [Float(10).bitPattern])
        layer.shifts[0] = -100
        #expect(layer.run(scalar.narrow_convolution, chain: 1, relu: true) == [Float(0).bitPattern])
    }
}
