import CKernels
import Quantizers

/// The function from the floats that a layer reads to the integers that are stored for it, in the form in which kernels read it.
///
/// It gives exactly the integers of the layer's quantizer. A quantizer of at most 16 levels becomes a table of thresholds, whatever
/// its formula is: the smallest float of each level, found by halving the order of all floats with the quantizer's own `encode`. 16
/// thresholds fit the registers of most instruction sets. Wider quantizers keep their formula, with a multiplication instead of the
/// division wherever both round alike, and those without a formula are searched in a table in memory.
///
/// It is immutable and shared by all threads.
final class Encoder: @unchecked Sendable {
    // The invariant behind @unchecked: the memory is written in `init` alone.

    /// The encoder as the kernels read it; the pointer is valid as long as this object lives.
    let pointer: UnsafePointer<srq_encoder>
    private let memory: UnsafeMutablePointer<srq_encoder>
    private let thresholds: UnsafeMutableBufferPointer<Float>
    private let integers: UnsafeMutableBufferPointer<Int16>
    private let factors: UnsafeMutableBufferPointer<Float>
    /// The encoder whose memory this one's numbers are in; nil where they are in its own.
    private let whole: Encoder?

    /// Makes the encoder of a quantizer; nil where its levels lie on no integer grid.
    /// - Parameters:
    ///   - quantizer: The quantizer of the layer's input.
    ///   - raise: The number that is added to every integer, unless codes are stored: narrow layers store unsigned bytes.
    ///   - storesCodes: Whether the position of a level (its code, from 0 up) is stored instead of its integer.
    ///   - scales: The scales of the layer's input channels, by whose factors floats are multiplied first; nil: there are none.
    init?(_ quantizer: any ActivationQuantizer, raise: Int = 0, storesCodes: Bool = false, scales: InputScales? = nil) {
        guard let grid = quantizer.integerGrid else { return nil }
        let stored = grid.integers.indices.map { storesCodes ? $0 : Int(grid.integers[$0]) + raise }
        var encoder = srq_encoder()
        var table: [Float] = []
        if stored.count <= Int(SRQ_ENCODER_LEVELS) {
            let found = Self.thresholds(of: quantizer, levels: stored.count)
            encoder.kind = SRQ_ENCODE_BY_HALVING
            withUnsafeMutableBytes(of: &encoder.thresholds) { bytes in
                let places = bytes.bindMemory(to: Float.self)
                for place in places.indices { places[place] = place > 0 && place <= found.count ? found[place - 1] : .nan }
            }
            withUnsafeMutableBytes(of: &encoder.integers) { bytes in
                let places = bytes.bindMemory(to: Int32.self)
                for (code, integer) in stored.enumerated() { places[code] = Int32(integer) }
            }
            _ = srq_encoder_find_line(&encoder)
        } else if !storesCodes, let formula = (quantizer as? any KernelEncoded)?.kernelEncoding {
            func raised(_ line: srq_integer_line) -> srq_integer_line {
                srq_integer_line(step: line.step, base: line.base + Float(raise))
            }
            switch formula {
            case .affine(let affine, let line):
                (encoder.kind, encoder.affine, encoder.line) = (SRQ_ENCODE_AFFINE, affine, raised(line))
            case .piecewise(let piecewise, let lines):
                (encoder.kind, encoder.piecewise) = (SRQ_ENCODE_PIECEWISE, piecewise)
                encoder.lines = srq_piecewise_integers(
                    below: raised(lines.below), dense: raised(lines.dense), above: raised(lines.above),
                    of_nan: lines.of_nan + Float(raise))
            }
        } else {
            encoder.kind = SRQ_ENCODE_BY_TABLE
            table = Self.thresholds(of: quantizer, levels: stored.count)
        }
        thresholds = .allocate(capacity: max(table.count, 1))
        integers = .allocate(capacity: stored.count)
        for (place, threshold) in table.enumerated() { thresholds.initializeElement(at: place, to: threshold) }
        for (place, integer) in stored.enumerated() {
            integers.initializeElement(at: place, to: Int16(truncatingIfNeeded: integer))
        }
        encoder.table = UnsafePointer(thresholds.baseAddress)
        encoder.table_integers = UnsafePointer(integers.baseAddress)
        encoder.table_count = table.count
        let padded = ((scales?.channels ?? 0) + Int(SRQ_OUTPUT_BLOCK) - 1) / Int(SRQ_OUTPUT_BLOCK) * Int(SRQ_OUTPUT_BLOCK)
        factors = .allocate(capacity: max(padded, 1))
        factors.initialize(repeating: 1)
        for (channel, factor) in (scales?.factors ?? []).enumerated() { factors[channel] = factor }
        encoder.factors = scales == nil ? nil : UnsafePointer(factors.baseAddress)
        whole = nil
        memory = .allocate(capacity: 1)
        memory.initialize(to: encoder)
        pointer = UnsafePointer(memory)
    }

    /// Makes the encoder of those channels of `whole`'s input that begin with `first`: the factors of a kernel's results are those
    /// from the result's own channel 0 on.
    private init(_ whole: Encoder, from first: Int) {
        self.whole = whole
        (thresholds, integers, factors) = (.allocate(capacity: 0), .allocate(capacity: 0), .allocate(capacity: 0))
        memory = .allocate(capacity: 1)
        memory.initialize(to: whole.pointer.pointee)
        memory.pointee.factors = whole.pointer.pointee.factors.map { $0 + first }
        pointer = UnsafePointer(memory)
    }

    /// Returns the encoder of the channels from `first` on.
    func channels(from first: Int) -> Encoder { first == 0 || pointer.pointee.factors == nil ? self : Encoder(self, from: first) }

    deinit {
        memory.deallocate()
        thresholds.deallocate()
        integers.deallocate()
        factors.deallocate()
    }

    /// Returns the smallest float of each code from 1 on, ascending.
    ///
    /// Edge cases: a code that no float has gets the threshold of the next code, so that it is skipped; codes above that of
    /// infinity get none.
    private static func thresholds(of quantizer: any ActivationQuantizer, levels: Int) -> [Float] {
        var result: [Float] = []
        for code in 1..<max(levels, 1) {
            var (low, high) = (order(of: -.infinity), order(of: .infinity))
            guard quantizer.encode(.infinity) >= code else { break }
            while low < high {
                let middle = low + (high - low) / 2
                if quantizer.encode(float(of: middle)) >= code { high = middle } else { low = middle + 1 }
            }
            result.append(float(of: low))
        }
        return result
    }

    /// Returns the position of a float in the order of all floats, in which -0 comes right before +0: a larger number has a larger
    /// position.
    private static func order(of x: Float) -> UInt32 { x.bitPattern >> 31 == 1 ? ~x.bitPattern : x.bitPattern | 1 << 31 }

    /// Returns the float at a position in the order of all floats: the inverse of `order(of:)`.
    private static func float(of order: UInt32) -> Float {
        Float(bitPattern: order >> 31 == 1 ? order & ~(1 << 31) : ~order)
    }
}
