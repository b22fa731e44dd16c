import CKernels
import Quantizers
import Tensors
import TestSupport
import Testing

/// Every instruction set must give the bytes of the scalar kernels.
@Suite struct KernelTests {
    static let vectorSets: [srq_instruction_set] = [
        SRQ_NEON, SRQ_NEON_DOT, SRQ_NEON_I8MM, SRQ_AVX2, SRQ_AVX_VNNI, SRQ_AVX512, SRQ_AVX512_VNNI,
    ]
    .filter { srq_has_instruction_set($0) }
    static let counts = Array(0...70) + [1000, 4099, 16384]

    private let scalar = srq_kernels_of(SRQ_SCALAR)!.pointee

    private func kernels(_ set: srq_instruction_set) throws -> srq_kernel_table { try #require(srq_kernels_of(set)).pointee }

    /// Random numbers that often sit exactly on one of `places`.
    private func inputs(_ count: Int, places: [Float], random: inout SplitMix64) -> [Float] {
        (0..<count).map { _ in
            switch Int.random(in: 0..<4, using: &random) {
            case 0: places.randomElement(using: &random)!
            case 1: places.randomElement(using: &random)!.nextUp
            default: Float.random(in: -20...20, using: &random)
            }
        }
    }

    @Test(arguments: vectorSets, counts)
    func affineKernelsAgreeBitForBit(set: srq_instruction_set, count: Int) throws {
        let vector = try kernels(set)
        var random = SplitMix64(state: UInt64(count))
        for var q in [
            srq_affine(lower: -10, upper: 12, base: -10, step: 22 / 15), srq_affine(lower: 0, upper: 7.3, base: 0, step: 7.3 / 3),
            srq_affine(lower: -0.7, upper: 0.7, base: 0, step: 0.1),
        ] {
            let x = inputs(count, places: [q.lower, q.upper, 0, -0.0, q.base + q.step / 2, .nan], random: &random)
            let g = random.floats(count, in: -1...1)
            #expect(forward { vector.affine_forward(&q, x, $0, count) } == forward { scalar.affine_forward(&q, x, $0, count) })
            func backward(_ table: srq_kernel_table) -> [UInt64] {
                var dx = [Float](repeating: 7, count: count + 1)
                let clean = x.map { $0.isNaN ? 1 : $0 }
                let sums = table.affine_backward(&q, clean, g, &dx, count)
                return [sums.lower, sums.upper, sums.step].map(\.bitPattern) + dx.map { UInt64($0.bitPattern) }
            }
            #expect(backward(vector) == backward(scalar))
        }

        func forward(_ kernel: (UnsafeMutablePointer<Float>) -> Void) -> [UInt32] {
            var y = [Float](repeating: 7, count: count + 1)
            kernel(&y)
            return y.map { $0.isNaN ? 0x7FC0_0000 : $0.bitPattern }
        }
    }

    @Test(arguments: vectorSets, counts)
    func piecewiseKernelsAgreeBitForBit(set: srq_instruction_set, count: Int) throws {
        let vector = try kernels(set)
        var random = SplitMix64(state: UInt64(count))
        let below = srq_segment(
            lower: -10, upper: -3, base: -10, width: 7, steps: 3, top: 3, at_lower: 0, at_upper: -1, per_error: -1 / 3)
        let above = srq_segment(
            lower: 3, upper: 12, base: 3, width: 9, steps: 3, top: 3, at_lower: 1, at_upper: 0, per_error: -1 / 3)
        for (steps, width, base, limit) in [(1, 6 / 7, 0, 3), (7, 6, -3, Float.infinity)] as [(Float, Float, Float, Float)] {
            let dense = srq_segment(
                lower: -3, upper: 3, base: base, width: width, steps: steps, top: steps == 1 ? .infinity : steps,
                at_lower: -1, at_upper: 1, per_error: 2 / 7)
            var q = srq_piecewise(
                below: below, dense: dense, above: above, below_start: -3, above_start: 3, limit: limit,
                lower_per_error: -1 / 3, upper_per_error: 1 / 3)
            let x = inputs(count, places: [-10, -3, 3, 12, 0, -0.0, Float(3).nextDown], random: &random)
            let g = random.floats(count, in: -1...1)
            func both(_ table: srq_kernel_table) -> [UInt64] {
                var (y, dx) = ([Float](repeating: 7, count: count + 1), [Float](repeating: 7, count: count + 1))
                table.piecewise_forward(&q, x, &y, count)
                let sums = table.piecewise_backward(&q, x, g, &dx, count)
                return [sums.lower, sums.upper, sums.breakpoint].map(\.bitPattern) + (y + dx).map { UInt64($0.bitPattern) }
            }
            #expect(both(vector) == both(scalar))
        }
    }

    @Test(arguments: vectorSets, counts)
    func encodingKernelsAgree(set: srq_instruction_set, count: Int) throws {
        let vector = try kernels(set)
        var random = SplitMix64(state: UInt64(count))
        func both(_ encode: (srq_kernel_table, UnsafeMutablePointer<Int16>) -> Void) -> (vector: [Int16], scalar: [Int16]) {
            var (a, b) = ([Int16](repeating: 7, count: count + 1), [Int16](repeating: 7, count: count + 1))
            encode(vector, &a)
            encode(scalar, &b)
            return (a, b)
        }
        for var q in [
            srq_affine(lower: -10, upper: 12, base: -10, step: 22 / 15), srq_affine(lower: 0, upper: 7.3, base: 0, step: 7.3 / 255),
        ] {
            var line = srq_integer_line(step: Float(Int.random(in: 1...17, using: &random)), base: -300)
            let x = inputs(
                count, places: [q.lower, q.upper, 0, -0.0, q.base + q.step / 2, .nan, .infinity, -.infinity], random: &random)
            let found = both { $0.affine_encode(&q, &line, x, $1, count) }
            #expect(found.vector == found.scalar)
            #expect(
                found.scalar == x.map { x in
                    let code = ((min(max(x, q.lower), q.upper) - q.base) / q.step).rounded(.toNearestOrEven)
                    return Int16((x.isNaN ? 0 : code) * line.step + line.base)
                } + [7])
        }
        let below = srq_segment(
            lower: -10, upper: -3, base: -10, width: 7, steps: 3, top: 3, at_lower: 0, at_upper: -1, per_error: -1 / 3)
        let above = srq_segment(
            lower: 3, upper: 12, base: 3, width: 9, steps: 3, top: 3, at_lower: 1, at_upper: 0, per_error: -1 / 3)
        let dense = srq_segment(
            lower: -3, upper: 3, base: 0, width: 6 / 7, steps: 1, top: .infinity, at_lower: -1, at_upper: 1, per_error: 2 / 7)
        var q = srq_piecewise(
            below: below, dense: dense, above: above, below_start: -3, above_start: 3, limit: 3, lower_per_error: -1 / 3,
            upper_per_error: 1 / 3)
        var integers = srq_piecewise_integers(
            below: srq_integer_line(step: 200, base: -2000), dense: srq_integer_line(step: 10, base: 1),
            above: srq_integer_line(step: 500, base: 50), of_nan: -9)
        let x = inputs(
            count, places: [-10, -3, 3, 12, 0, -0.0, Float(3).nextDown, .nan, .infinity, -.infinity], random: &random)
        let found = both { $0.piecewise_encode(&q, &integers, x, $1, count) }
        #expect(found.vector == found.scalar)
        #expect(
            found.scalar == x.map { x in
                if x.isNaN { return -9 }
                if x < -3 { return Int16(-2000 + 200 * ((max(x, -10) + 10) / 7 * 3).rounded(.toNearestOrEven)) }
                if x > 3 { return Int16(50 + 500 * ((min(x, 12) - 3) / 9 * 3).rounded(.toNearestOrEven)) }
                return Int16(1 + 10 * min(max((x / (6 / 7)).rounded(.toNearestOrEven), -3), 3))
            } + [7])
    }

    @Test(arguments: vectorSets, counts)
    func statisticsAgreeBitForBit(set: srq_instruction_set, count: Int) throws {
        let vector = try kernels(set)
        var random = SplitMix64(state: UInt64(count))
        let x = inputs(count, places: [0, -0.0, 20, -20], random: &random)
        let (a, b) = (vector.statistics(x, count), scalar.statistics(x, count))
        #expect(a.minimum.bitPattern == b.minimum.bitPattern && a.maximum.bitPattern == b.maximum.bitPattern)
        #expect(a.sum.bitPattern == b.sum.bitPattern && a.sum_of_squares.bitPattern == b.sum_of_squares.bitPattern)
    }

    @Test(arguments: vectorSets, counts)
    func keptValuesAgree(set: srq_instruction_set, count: Int) throws {
        let vector = try kernels(set)
        var random = SplitMix64(state: UInt64(count))
        let x = inputs(count, places: [0, -0.0, 15, -15, .nan], random: &random)
        for threshold: Float in [-.infinity, -15, 0, 15, 19.9, 100] {
            for (keep, flip) in [(0xFFFF_FFFF, 0), (0x7FFF_FFFF, 0), (0xFFFF_FFFF, 0x8000_0000), (0x7FFF_FFFF, 0x8000_0000)]
                as [(UInt32, UInt32)]
            {
                func kept(_ table: srq_kernel_table) -> [Float] {
                    var out = [Float](repeating: 0, count: count + 1)
                    let length = table.keep_above(x, count, keep, flip, threshold, &out)
                    return Array(out.prefix(length))
                }
                let expected = x.map { Float(bitPattern: ($0.bitPattern & keep) ^ flip) }.filter { $0 > threshold }
                #expect(kept(vector) == expected)
                #expect(kept(scalar) == expected)
            }
        }
    }

    /// Numbers whose product needs more than 24 bits: fused with the addition it would come out different.
    @Test(arguments: [SRQ_SCALAR] + vectorSets, [1, 2, 3, 7, 8, 9, 15, 16, 17, 33, 64])
    func scalingRoundsBeforeItShifts(set: srq_instruction_set, channels: Int) throws {
        let table = try kernels(set)
        var random = SplitMix64(state: UInt64(channels))
        for pixels in [0, 1, 2, 5, 100] {
            let x = (0..<pixels * channels).map { _ in Float(Int.random(in: -16_777_215...16_777_215, using: &random)) }
            let (scale, shift) = (random.floats(channels, in: 1e-6...1e-4), random.floats(channels, in: -300...300))
            var y = [Float](repeating: 7, count: x.count + 1)
            table.scale_shift(x, scale, shift, &y, pixels, channels)
            let expected = x.enumerated().map { (i, x) in
                let product = x * scale[i % channels]
                return product + shift[i % channels]
            }
            #expect(y == expected + [7])
            table.scale_shift(x, scale, shift, &y, 0, channels)
            let fused = x.enumerated().map { (i, x) in shift[i % channels].addingProduct(x, scale[i % channels]) }
            #expect(pixels * channels < 100 || fused != expected)
        }
    }

    @Test func statisticsAreThoseOfAPlainLoop() {
        var random = SplitMix64(state: 3)
        for count in [1, 2, 15, 16, 17, 5000] {
            let x = random.floats(count, in: -3...5)
            let found = srq_kernels().pointee.statistics(x, count)
            #expect(found.minimum == x.min() && found.maximum == x.max())
            let sum = x.reduce(0.0) { $0 + Double($1) }
            let squares = x.reduce(0.0) { $0 + Double($1) * Double($1) }
            // Up to 16 numbers at a time are summed in single precision.
            let magnitudes = x.reduce(0.0) { $0 + Double(abs($1)) }
            #expect(abs(found.sum - sum) <= 5e-7 * magnitudes)
            #expect(abs(found.sum_of_squares - squares) <= 5e-7 * squares)
        }
        #expect(srq_kernels().pointee.statistics([.nan, 1], 2).sum_of_squares.isNaN)
        #expect(srq_kernels().pointee.statistics([.nan, 1], 2).maximum == 1)
    }

    @Test func theWidestAvailableKernelsAreChosen() {
        let best = ([SRQ_SCALAR] + Self.vectorSets).last
        #expect(srq_kernels().pointee.set == best)
        #expect(srq_kernels_of(srq_instruction_set(rawValue: 99)) == nil)
    }
}

extension srq_instruction_set: @retroactive CustomTestStringConvertible {
    public var testDescription: String {
        switch self {
        case SRQ_NEON: "NEON"
        case SRQ_NEON_DOT: "NEON with dot products"
        case SRQ_NEON_I8MM: "NEON with dot products of unsigned with signed bytes"
        case SRQ_AVX2: "AVX2"
        case SRQ_AVX_VNNI: "AVX-VNNI"
        case SRQ_AVX512: "AVX-512"
        case SRQ_AVX512_VNNI: "AVX-512 VNNI"
        default: "scalar"
        }
    }
}
