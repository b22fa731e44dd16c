import CKernels
import FloatEngine
import Networks
import QuantizedNetworks
import Quantizers
import Tensors

/// A layer in whole numbers, ready for the kernels: the format that is chosen for it, with the proof that its sums are exact,
/// and its numbers in the order in which that format's kernel reads them.
///
/// The first of `LayerFormat.fastestFirst` that is exact for the layer's own weights and input levels is taken, unless bytes would
/// have to be summed in 16 bits over so few steps that the next format is faster. A layer is immutable and shared by all threads.
final class PackedLayer: @unchecked Sendable {
    // Invariant behind @unchecked: `memory` is written in init alone.

    /// The format in which a layer is computed, with what its kernel has to know.
    enum Format: Equatable {
        /// Inputs are unsigned bytes, raised so that the lowest is 0, and weights are signed bytes. The products of `chain`
        /// steps in a row are summed in 16 bits; nil where the kernel sums in 32 bits at once.
        case narrow(chain: Int?)
        /// Inputs and weights have 16 bits, and are summed in 32.
        case wide
        /// Inputs and weights have 16 bits; 3×3 windows are computed four rows at a time, with a quarter of the multiplications
        /// (`integer_winograd.h`).
        case winograd
        /// Inputs are codes of at most 16 levels and weights small, and both are bytes also when transformed; 3×3 windows are
        /// computed four rows at a time, with a third of the multiplications (`gaussian_winograd.h`).
        case gaussian

        /// The format without what its kernel has to know.
        var kind: LayerFormat {
            switch self {
            case .narrow: .narrow
            case .wide: .wide
            case .winograd: .winograd
            case .gaussian: .gaussian
            }
        }
    }

    /// The name of the convolution in the network.
    let name: String
    let format: Format
    /// The reasons why the formats that are tried before `format` do not fit, one clause for each.
    let refusals: [String]
    /// The function from the floats that the layer reads to the integers that are stored for it.
    let encoder: Encoder
    /// The side of the convolution's window, and the number of its output channels.
    let kernel, outputs: Int
    /// How many numbers a stored input pixel has: the layer's input channels and the padding behind them.
    let channels: Int
    /// The stored number that stands for 0 outside the image, where numbers are bytes; 0 where they have 16 bits.
    let border: UInt8
    private let kernels: srq_kernel_table
    /// The memory of the weights, which another layer may share, and of the offsets, scales and shifts. The pointers below lie
    /// in them.
    private let weightMemory, memory: AlignedBuffer
    private let weights: UnsafeRawPointer
    private let offsets: UnsafePointer<Int32>
    private let scales, shifts: UnsafePointer<Float>
    private let gaussian: GaussianMemory?

    /// Chooses a layer's format and orders its numbers for the kernel.
    /// - Parameters:
    ///   - name: The name of the convolution, for errors.
    ///   - layer: The integer form of the layer.
    ///   - convolution: The convolution, for its shape and its bias.
    ///   - shuffle: The factor of the pixel shuffle that the layer feeds, whose outputs are then stored in shuffle order, or nil.
    ///   - known: A packed layer of the same convolution with the same codes, or nil; weights are shared if both have one format.
    ///   - kernels: The kernels that the layer will run on, whose abilities the choice depends on.
    ///   - forced: The only format that is tried, or nil for all of them.
    /// - Throws: `.inFloat`, `.overflow`, `.inexact`, `.memory`.
    init(
        name: String, _ layer: IntegerForm, _ convolution: Convolution, shuffle: Int?, sharing known: PackedLayer? = nil,
        kernels: srq_kernel_table, forced: LayerFormat? = nil
    ) throws(IntegerEngineError) {
        guard let grid = layer.activation.integerGrid, layer.codes.count == convolution.weight.values.count,
            layer.scales.count == convolution.outputs
        else { throw .inFloat(layer: name) }
        let (kernel, inputs, outputs) = (convolution.kernel, convolution.inputs, convolution.outputs)
        /// Returns the values of the outputs in the order in which these are stored.
        func stored<Value>(_ values: [Value]) -> [Value] { WeightLayout.stored(values, outputs: outputs, shuffle: shuffle) }
        let (codes, scales) = (stored(layer.codes), stored(layer.scales))
        let bias = stored(convolution.bias ?? [Float](repeating: 0, count: outputs))

        // The 0 that stands for pixels outside the image is an input as well.
        let (low, high) = (min(grid.lowest, 0), max(grid.highest, 0))
        let inputsOfOutput = inputs * kernel * kernel
        let sums = OutputSums(codes, inputsOfOutput: inputsOfOutput)
        let largestSum = Double(sums.largestMagnitude) * Double(high - low)
        // The sum of raised inputs and the offset that takes the raise back may each be as large as `largestSum`, and are added.
        guard 2 * largestSum < Double(Int32.max) else { throw .overflow(layer: name, largestSum: 2 * largestSum) }

        let largestWeight = codes.reduce(0) { max($0, abs(Int($1))) }
        var (refusals, chosen) = ([String](), nil as (Format, raise: Int, channels: Int, border: UInt8, bytes: () -> [UInt8])?)
        var gaussian: GaussianWeights?
        for candidate in forced.map({ [$0] })
            ?? LayerFormat.fastestFirst(inputs: inputs, outputs: outputs, kernel: kernel, on: kernels) where chosen == nil
        {
            /// Notes why this format does not fit.
            func refuse(_ why: String) { refusals.append("not \(candidate): \(why)") }
            switch candidate {
            case .gaussian:
                guard kernels.gaussian_convolution != nil else {
                    refuse("this machine has no such kernel")
                    break
                }
                do {
                    let weights = try GaussianWeights(
                        codes: codes, outputs: outputs, inputs: inputs, kernel: kernel, grid: grid, largestSum: largestSum,
                        kernels: kernels)
                    // The kernel's results are 16 times too large, so scales are divided by 16, which is exact unless a scale
                    // becomes subnormal.
                    guard scales.allSatisfy({ $0 == 0 || ($0 / 16).isNormal }) else {
                        refuse("its scales are too small")
                        break
                    }
                    gaussian = weights
                    chosen = (.gaussian, 0, inputs, weights.border, { weights.weights })
                } catch {
                    refuse("\(error)")
                }
            case .winograd:
                guard kernels.winograd_convolution != nil else {
                    refuse("this machine has no such kernel")
                    break
                }
                guard
                    WinogradWeights.fits(
                        inputs: inputs, kernel: kernel, largestInput: max(-low, high), largestWeight: largestWeight,
                        largestSum: largestSum)
                else {
                    refuse("its window, channels or numbers do not fit 16 bits")
                    break
                }
                chosen = (
                    .winograd, 0, inputs, 0,
                    { WinogradWeights.ordered(codes: codes, outputs: outputs, inputs: inputs).withUnsafeBytes { [UInt8]($0) } }
                )
            case .narrow:
                guard high - low <= IntegerGrid.byteSpan, codes.allSatisfy({ Int8(exactly: $0) != nil }) else {
                    refuse("its inputs or weights are no bytes")
                    break
                }
                let order = WeightOrder(codes: codes, outputs: outputs, inputs: inputs, kernel: kernel, step: Int(SRQ_NARROW_STEP))
                guard let narrow = Self.narrow(order, largestInput: high - low, kernels) else {
                    refuse("too few of its products fit a sum of 16 bits")
                    break
                }
                chosen = (
                    narrow, -low, order.channels, UInt8(-low),
                    { order.ordered.map { UInt8(bitPattern: Int8(truncatingIfNeeded: $0)) } }
                )
            case .wide:
                let wide = WeightOrder(codes: codes, outputs: outputs, inputs: inputs, kernel: kernel, step: Int(SRQ_WIDE_STEP))
                chosen = (.wide, 0, wide.channels, 0, { wide.ordered.withUnsafeBytes { [UInt8]($0) } })
            }
        }
        guard let (format, raise, channels, border, bytes) = chosen else {
            throw .inexact(layer: name, reason: refusals.joined(separator: "; "))
        }
        guard
            let encoder = Encoder(
                layer.activation, raise: raise, storesCodes: format == .gaussian, scales: layer.inputScales)
        else {
            throw .inFloat(layer: name)
        }
        (self.format, self.refusals, self.channels, self.border, self.encoder) = (format, refusals, channels, border, encoder)
        (self.name, self.kernel, self.outputs, self.kernels) = (name, kernel, outputs, kernels)

        let padded = (outputs + Int(SRQ_OUTPUT_BLOCK) - 1) / Int(SRQ_OUTPUT_BLOCK) * Int(SRQ_OUTPUT_BLOCK)
        if let known, known.format.kind == format.kind {
            weightMemory = known.weightMemory
        } else {
            weightMemory = try Self.buffer(bytes())
        }
        guard let memory = AlignedBuffer(count: 3 * padded) else { throw .memory(bytes: 12 * padded) }
        self.memory = memory
        let (offsets, numbers) = (UnsafeMutableRawPointer(memory.pointer), memory.pointer + padded)
        numbers.update(repeating: 0, count: 2 * padded)
        let integers = offsets.bindMemory(to: Int32.self, capacity: padded)
        integers.update(repeating: 0, count: padded)
        let part: Float = if let gaussian, gaussian.offsets.isEmpty { 16 } else { 1 }
        for output in 0..<outputs {
            integers[output] = Int32(-raise * sums.sums[output])
            numbers[output] = scales[output] / part
            numbers[padded + output] = bias[output]
        }
        (weights, self.offsets) = (UnsafeRawPointer(weightMemory.pointer), UnsafePointer(integers))
        (self.scales, shifts) = (UnsafePointer(numbers), UnsafePointer(numbers + padded))
        self.gaussian = try gaussian.map { weights throws(IntegerEngineError) in try GaussianMemory(weights) }
    }

    /// Returns aligned memory with a copy of `bytes`.
    private static func buffer(_ bytes: [UInt8]) throws(IntegerEngineError) -> AlignedBuffer {
        // Whole blocks of weights are whole floats.
        guard let buffer = AlignedBuffer(count: bytes.count / MemoryLayout<Float>.stride) else { throw .memory(bytes: bytes.count) }
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: buffer.pointer, count: bytes.count).copyMemory(from: $0) }
        return buffer
    }

    /// The shortest chain for which bytes are worth while: with chains of one or two steps, adding the 16-bit sums to those of
    /// 32 bits costs more than the products of bytes save.
    private static let shortestChain = 3

    /// Returns the narrow format with the longest chain that cannot overflow; nil where 16-bit numbers are faster.
    private static func narrow(_ order: WeightOrder, largestInput: Int, _ kernels: srq_kernel_table) -> Format? {
        if kernels.narrow_is_unchained { return .narrow(chain: nil) }
        guard let chain = order.longestChain(largestInput: largestInput), chain >= shortestChain else { return nil }
        return .narrow(chain: chain)
    }

    /// How many rows of results the kernel computes at a time.
    var rowsTogether: Int { hasFewOutputs || format == .winograd || format == .gaussian ? Int(SRQ_WINOGRAD_SIDE) : 1 }

    /// Whether the layer takes the kernel for few outputs, whose registers hold pixels side by side instead of outputs.
    var hasFewOutputs: Bool {
        format == .narrow(chain: nil)
            && LayerFormat.hasFewOutputs(inputs: channels, outputs: outputs, kernel: kernel, on: kernels)
    }

    /// Computes a stretch of `rowsTogether` rows of results and finishes them as `results` says.
    /// - Parameters:
    ///   - rows: The first number that the first pixel's windows read in each row; `kernel + rowsTogether - 1` places.
    ///   - pixels: The number of pixels to compute, a multiple of the tiles' side where tiles are computed.
    ///   - edges: The places where the image ends within the stretch; only the gaussian format reads them.
    ///   - scratch: The calling thread's memory; nil only where one row is computed at a time.
    ///   - results: The description of what becomes of the results.
    func run(
        rows: UnsafePointer<UnsafeRawPointer>, pixels: Int, edges: srq_gaussian_edges, scratch: WinogradScratch?,
        into results: UnsafePointer<srq_results>
    ) {
        let rows = UnsafeRawPointer(rows)
        let (bytes, shorts) = (
            rows.assumingMemoryBound(to: UnsafePointer<UInt8>.self), rows.assumingMemoryBound(to: UnsafePointer<Int16>.self)
        )
        if let gaussian {
            guard let scratch else { return }
            var edges = edges
            var layer = srq_gaussian_layer(
                channels: channels, outputs: outputs, weights: weights.assumingMemoryBound(to: Int8.self), starts: gaussian.starts,
                raises: gaussian.raises, chains: gaussian.chains, scales: scales, shifts: shifts, step: gaussian.step,
                offsets: gaussian.offsets)
            kernels.gaussian_convolution?(
                &layer, &edges, bytes, pixels / rowsTogether, scratch.transformed, scratch.products, results)
            return
        }
        var chain = 0
        if case .narrow(let steps?) = format { chain = steps }
        var layer = srq_integer_layer(
            kernel: kernel, channels: channels, outputs: outputs, weights: weights, offsets: offsets, scales: scales,
            shifts: shifts, chain: chain)
        switch format {
        case .narrow:
            if hasFewOutputs, let scratch {
                kernels.few_convolution?(&layer, bytes, results.pointee.columns, scratch.transformed, results)
            } else {
                kernels.narrow_convolution(&layer, bytes, pixels, results)
            }
        case .wide: kernels.wide_convolution(&layer, shorts, pixels, results)
        case .winograd:
            guard let scratch else { return }
            kernels.winograd_convolution?(
                &layer, shorts, pixels / rowsTogether,
                UnsafeMutableRawPointer(scratch.transformed).assumingMemoryBound(to: Int16.self), scratch.products, results)
        case .gaussian: break
        }
    }

    /// How many bytes each number of a stored input pixel has.
    var bytesPerNumber: Int {
        switch format {
        case .narrow, .gaussian: 1
        case .wide, .winograd: 2
        }
    }
}

/// The sums over the weights of each output, which bound its sums of products.
private struct OutputSums {
    /// The sum of each output's weights.
    private(set) var sums: [Int] = []
    /// The largest sum of the magnitudes of one output's weights.
    private(set) var largestMagnitude = 0

    /// Sums up codes of which each output has `inputsOfOutput` in a row.
    init(_ codes: [Int16], inputsOfOutput: Int) {
        for first in stride(from: 0, to: codes.count, by: inputsOfOutput) {
            var (sum, magnitude) = (0, 0)
            for code in codes[first..<first + inputsOfOutput] {
                sum += Int(code)
                magnitude += Int(code.magnitude)
            }
            sums.append(sum)
            largestMagnitude = max(largestMagnitude, magnitude)
        }
    }
}

/// The memory for what the kernel over the Gaussian integers reads beside weights, scales and shifts: copies of the arrays of
/// `GaussianWeights`, at addresses that stay.
private final class GaussianMemory: @unchecked Sendable {
    // The invariant behind @unchecked: the memory is written in `init` alone.
    private let buffers: [AlignedBuffer]
    /// The numbers that sums start with: see `GaussianWeights.starts`.
    let starts: UnsafePointer<Int32>
    /// The raises and chains by position: see `GaussianWeights.raises`.
    let raises, chains: UnsafePointer<UInt8>
    /// The numbers that are added to sums: see `GaussianWeights.offsets`; nil where there are none.
    let offsets: UnsafePointer<Float>?
    /// The distance of two codes' integers, divided by the 16 by which the kernel's sums are too large.
    let step: Float

    /// Copies the arrays of `weights`, but for the weights themselves, which `PackedLayer` keeps.
    /// - Throws: `.memory` where the system has none.
    init(_ weights: GaussianWeights) throws(IntegerEngineError) {
        func buffer<Value: BitwiseCopyable>(_ values: [Value]) throws(IntegerEngineError) -> AlignedBuffer {
            let bytes = values.count * MemoryLayout<Value>.stride
            guard let buffer = AlignedBuffer(count: (bytes + 3) / 4) else { throw .memory(bytes: bytes) }
            values.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: buffer.pointer, count: bytes).copyMemory(from: $0) }
            return buffer
        }
        let (starts, raises, chains) = (try buffer(weights.starts), try buffer(weights.raises), try buffer(weights.chains))
        let offsets = try buffer(weights.offsets)
        buffers = [starts, raises, chains, offsets]
        self.starts = UnsafeRawPointer(starts.pointer).assumingMemoryBound(to: Int32.self)
        self.raises = UnsafeRawPointer(raises.pointer).assumingMemoryBound(to: UInt8.self)
        self.chains = UnsafeRawPointer(chains.pointer).assumingMemoryBound(to: UInt8.self)
        self.offsets = weights.offsets.isEmpty ? nil : UnsafePointer(offsets.pointer)
        step = Float(weights.step) / 16
    }
}
