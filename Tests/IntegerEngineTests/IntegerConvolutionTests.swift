import CKernels
import FloatEngine
import IntegerEngine
import Quantizers
import Tensors
import Testing

/// Convolutions of maps of floats in whole numbers, as training needs them, against one multiplication after the other.
@Suite(.enabled(if: srq_kernels().pointee.winograd_convolution != nil, "this machine has no such kernel"))
struct IntegerConvolutionTests {
    private struct Map {
        let width, height, channels: Int
        var values: [Float]

        init(width: Int, height: Int, channels: Int, in range: ClosedRange<Float>, using random: inout SplitMix64) {
            (self.width, self.height, self.channels) = (width, height, channels)
            values = (0..<width * height * channels).map { _ in .random(in: range, using: &random) }
        }
    }

    /// In bands of `rows`.
    /// - Parameter added: what is added to the result.
    private static func run(
        _ convolution: IntegerConvolution, _ map: Map, rows: Int, fused: RowsFusion = RowsFusion(), added: [Float] = []
    ) throws -> [Float] {
        var result = [Float](repeating: .nan, count: map.width * map.height * convolution.outputs)
        let scratch = try #require(AlignedBuffer(count: convolution.scratchCount(rows: rows, width: map.width)))
        scratch.pointer.update(repeating: .nan, count: scratch.count)
        try map.values.withUnsafeBufferPointer { input in
            try result.withUnsafeMutableBufferPointer { result in
                let (input, result) = try (#require(input.baseAddress), #require(result.baseAddress))
                added.withUnsafeBufferPointer { added in
                    for first in stride(from: 0, to: map.height, by: rows) {
                        let place = first * map.width * convolution.outputs
                        var fused = fused
                        fused.added = added.isEmpty ? nil : added.baseAddress.map { $0 + place }
                        convolution.run(
                            rows: first..<min(first + rows, map.height), height: map.height, width: map.width, input: input,
                            into: result + place, fused: fused, scratch: scratch.pointer)
                    }
                }
            }
        }
        return result
    }

    /// A map of integers, `[height][width][channels]`, which may differ from band to band, as may what they stand for.
    private static func slow(
        _ map: Map, rows: Int, codes: [Int16], outputs: Int, scales: [Float], bias: [Float],
        integers: (_ seen: Range<Int>) -> (unit: Float, integer: (_ index: Int) -> Int)
    ) -> [Float] {
        var result: [Float] = []
        for y in 0..<map.height {
            let first = y / rows * rows
            let (unit, integer) = integers(max(0, first - 1)..<min(map.height, min(first + rows, map.height) + 1))
            for x in 0..<map.width {
                for output in 0..<outputs {
                    var sum = 0
                    for (v, h) in (0..<9).map({ ($0 / 3, $0 % 3) }) {
                        let (row, column) = (y + v - 1, x + h - 1)
                        guard (0..<map.height).contains(row), (0..<map.width).contains(column) else { continue }
                        for channel in 0..<map.channels {
                            let code = codes[((output * map.channels + channel) * 3 + v) * 3 + h]
                            sum += Int(code) * integer((row * map.width + column) * map.channels + channel)
                        }
                    }
                    let product = Float(sum) * (scales[output] * unit)
                    result.append(product + bias[output])
                }
            }
        }
        return result
    }

    private static let sizes = [(1, 1), (5, 3), (12, 9), (97, 4), (100, 5)]

    @Test(arguments: sizes, [(16, 3), (32, 17)]) func quantizedInputs(size: (Int, Int), channels: (Int, Int)) throws {
        var random = SplitMix64(state: UInt64(size.0 + channels.1))
        let map = Map(width: size.0, height: size.1, channels: channels.0, in: -3...3, using: &random)
        let activation = try #require(UniformQuantizer(bits: 4, lower: -1, upper: 2).snapped())
        let grid = try #require(activation.integerGrid)
        let codes = (0..<channels.0 * channels.1 * 9).map { _ in Int16.random(in: -7...7, using: &random) }
        let scales = (0..<channels.1).map { _ in Float.random(in: 0.001...0.01, using: &random) }
        let bias = (0..<channels.1).map { _ in Float.random(in: -1...1, using: &random) }
        let convolution = try #require(
            IntegerConvolution(
                codes: codes, outputs: channels.1, inputs: channels.0, reading: .levels(of: activation), scales: scales, bias: bias)
        )
        let wanted = Self.slow(map, rows: 8, codes: codes, outputs: channels.1, scales: scales, bias: bias) { _ in
            (1, { Int(grid.integers[activation.encode(map.values[$0])]) })
        }
        #expect(try Self.run(convolution, map, rows: 8) == wanted)
        #expect(try Self.run(convolution, map, rows: 4) == wanted)

        // Behind another quantizer the weights stay.
        let other = try #require(UniformQuantizer(bits: 6, lower: -2, upper: 2.5).snapped())
        let otherGrid = try #require(other.integerGrid)
        let moved = try #require(
            IntegerConvolution(convolution, reading: .levels(of: other), scales: scales.map { 2 * $0 }))
        let wantedOfMoved = Self.slow(
            map, rows: 8, codes: codes, outputs: channels.1, scales: scales.map { 2 * $0 }, bias: bias
        ) { _ in (1, { Int(otherGrid.integers[other.encode(map.values[$0])]) }) }
        #expect(try Self.run(moved, map, rows: 8) == wantedOfMoved)
    }

    @Test(arguments: sizes, [[], [Float](repeating: 1, count: 15) + [100]])
    func roundedInputs(size: (Int, Int), factors: [Float]) throws {
        var random = SplitMix64(state: UInt64(size.0 + factors.count))
        let map = Map(width: size.0, height: size.1, channels: 16, in: -1e-6...1e-6, using: &random)
        let codes = (0..<16 * 5 * 9).map { _ in Int16.random(in: -127...127, using: &random) }
        let scales = (0..<5).map { _ in Float.random(in: 0.001...0.01, using: &random) }
        let convolution = try #require(
            IntegerConvolution(
                codes: codes, outputs: 5, inputs: 16, reading: .rounding(largest: 327, factors: factors), scales: scales))
        let values = map.values.enumerated().map { factors.isEmpty ? $1 : $1 * factors[$0 % 16] }
        let zeros = [Float](repeating: 0, count: 5)
        let wanted = Self.slow(map, rows: 4, codes: codes, outputs: 5, scales: scales, bias: zeros) { rows in
            let seen = values[rows.lowerBound * map.width * 16..<rows.upperBound * map.width * 16]
            let largest = seen.map(abs).max() ?? 0
            return (largest / 327, { Int((values[$0] * (327 / largest)).rounded(.toNearestOrEven)) })
        }
        #expect(try Self.run(convolution, map, rows: 4) == wanted)
    }

    /// Returns a map after a pixel shuffle of factor 2, its channels being in shuffle order.
    private static func spread(_ values: [Float], width: Int, height: Int, channels: Int) -> [Float] {
        var result = values
        for (index, value) in values.enumerated() {
            let (pixel, channel) = (index / channels, index % channels)
            let (block, inner) = (channel / (channels / 4), channel % (channels / 4))
            let (y, x) = (2 * (pixel / width) + block / 2, 2 * (pixel % width) + block % 2)
            result[(y * 2 * width + x) * (channels / 4) + inner] = value
        }
        return result
    }

    /// What is done on the way is what would be done afterwards, or before.
    @Test(arguments: sizes, [[], [Float](repeating: 1, count: 63) + [9]])
    func fusedOperations(size: (Int, Int), factors: [Float]) throws {
        var random = SplitMix64(state: UInt64(size.0 + 7))
        let map = Map(width: size.0, height: size.1, channels: 64, in: -1...1, using: &random)
        let other = Map(width: size.0, height: size.1, channels: 64, in: -1...1, using: &random)
        let codes = (0..<64 * 64 * 9).map { _ in Int16.random(in: -7...7, using: &random) }
        let convolution = try #require(
            IntegerConvolution(
                codes: codes, outputs: 64, inputs: 64, reading: .rounding(largest: 300, factors: factors),
                scales: [Float](repeating: 0.01, count: 64)))
        let bare = try Self.run(convolution, map, rows: 4)
        #expect(try Self.run(convolution, map, rows: 4, fused: RowsFusion(relu: true)) == bare.map { max($0, 0) })
        #expect(
            try Self.run(convolution, map, rows: 4, added: other.values) == zip(bare, other.values).map { $0 + $1 })
        #expect(
            try Self.run(convolution, map, rows: 4, fused: RowsFusion(shuffle: 2))
                == Self.spread(bare, width: size.0, height: size.1, channels: 64))
        var shuffled = map
        shuffled.values = Self.spread(map.values, width: size.0, height: size.1, channels: 64)
        #expect(try Self.run(convolution, shuffled, rows: 4, fused: RowsFusion(gathered: 2)) == bare)
        // Where all is 0, what is added is left.
        shuffled.values = [Float](repeating: 0, count: map.values.count)
        #expect(try Self.run(convolution, shuffled, rows: 4, added: other.values) == other.values)
    }

    /// What is not a number must not come out as one; where there is nothing, there is no step to round to.
    @Test func zerosAndNoNumbers() throws {
        var random = SplitMix64(state: 1)
        var map = Map(width: 6, height: 4, channels: 16, in: 0...0, using: &random)
        let convolution = try #require(
            IntegerConvolution(
                codes: [Int16](repeating: 1, count: 16 * 9), outputs: 1, inputs: 16, reading: .rounding(largest: 100, factors: []),
                scales: [1]))
        #expect(try Self.run(convolution, map, rows: 4).allSatisfy { $0 == 0 })
        for value in [Float.nan, .infinity, -.infinity] {
            map.values[100] = value
            #expect(try Self.run(convolution, map, rows: 4).allSatisfy(\.isNaN), "\(value)")
        }
    }

    @Test func roundedWeightsAreWithinHalfAStep() throws {
        var random = SplitMix64(state: 3)
        let map = Map(width: 9, height: 6, channels: 16, in: -1...1, using: &random)
        let activation = try #require(UniformQuantizer(bits: 4, lower: -1, upper: 1).snapped())
        // The last output has none.
        let weights: [Float] =
            (0..<2 * 16 * 9).map { _ in Float.random(in: -0.5...0.5, using: &random) }
            + [Float](repeating: 0, count: 16 * 9)
        let convolution = try #require(IntegerConvolution(rounding: weights, outputs: 3, inputs: 16, levelsOf: activation))
        let found = try Self.run(convolution, map, rows: 8)
        for (index, value) in found.enumerated() {
            let (y, x, output) = (index / 3 / 9, index / 3 % 9, index % 3)
            var (sum, magnitudes) = (0.0, 0.0)
            for (v, h) in (0..<9).map({ ($0 / 3, $0 % 3) }) {
                let (row, column) = (y + v - 1, x + h - 1)
                guard (0..<6).contains(row), (0..<9).contains(column) else { continue }
                for channel in 0..<16 {
                    let input = Double(activation.apply(map.values[(row * 9 + column) * 16 + channel]))
                    sum += input * Double(weights[((output * 16 + channel) * 3 + v) * 3 + h])
                    magnitudes += abs(input)
                }
            }
            // 668 steps to the largest weight, 0.5 at most.
            #expect(abs(Double(value) - sum) <= magnitudes * 0.5 * 0.5 / 668 + 1e-5, "\(output)")
        }
    }

    @Test func whatWouldNotBeExactIsRefused() throws {
        let activation = try #require(UniformQuantizer(bits: 8, lower: -1, upper: 1).snapped())
        func make(inputs: Int, code: Int16) -> IntegerConvolution? {
            IntegerConvolution(
                codes: [Int16](repeating: code, count: inputs * 9), outputs: 1, inputs: inputs, reading: .levels(of: activation),
                scales: [1])
        }
        #expect(make(inputs: 16, code: 668) != nil)
        #expect(make(inputs: 16, code: 669) == nil)  // 49 · 669 has more than 16 bits.
        #expect(make(inputs: 24, code: 1) == nil)  // No whole blocks.
        #expect(make(inputs: 1024, code: 100) == nil)  // Sums up to 127 · 1024 · 900, above 2²⁵.
        #expect(IntegerConvolution.largestRounding(codes: [Int16](repeating: 100, count: 1024 * 9), outputs: 1) == 36)
        #expect(IntegerConvolution.largestRounding(codes: [1, 2, 3], outputs: 1) == 327)
    }
}
