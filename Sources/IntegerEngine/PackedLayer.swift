import CKernels
import FloatEngine
import Networks
import QuantizedNetworks
import Quantizers
import Tensors

/// A layer ready for the kernels: which of them, with the proof that no sum overflows, and the numbers in their order.
final class PackedLayer: @unchecked Sendable {
    // Invariant behind @unchecked: `memory` is written in init alone.

    enum Format: Equatable {
        /// Inputs as unsigned bytes, raised to start at 0, and weights as bytes. So many steps in a row are summed in 16 bits; nil where
        /// the kernel sums in 32 bits at once.
        case narrow(chain: Int?)
        /// Inputs and weights of 16 bits, summed in 32.
        case wide
        /// The same for 3×3 windows, four rows at a time, with a quarter of the multiplications.
        case winograd

        /// Whether weights lie in memory alike.
        func hasWeights(of other: Format) -> Bool {
            switch (self, other) {
            case (.narrow, .narrow), (.wide, .wide), (.winograd, .winograd): true
            default: false
            }
        }
    }

    let name: String
    let format: Format
    let quantizer: any ActivationQuantizer
    let kernel, outputs: Int
    /// Of a stored input pixel: the layer's inputs and the padding behind them.
    let channels: Int
    /// Added to an input's integer before it is stored.
    let raise: Int
    private let kernels: srq_kernel_table
    private let weightMemory, memory: AlignedBuffer
    private let weights: UnsafeRawPointer
    private let offsets: UnsafePointer<Int32>
    private let scales, shifts: UnsafePointer<Float>

    /// - Parameters:
    ///   - shuffle: of a layer that feeds a pixel shuffle; its outputs are stored in shuffle order.
    ///   - sharing: of the same convolution with the same codes.
    ///   - kernels: what the layer will run on, which may decide how.
    init(
        name: String, _ layer: IntegerForm, _ convolution: Convolution, shuffle: Int?, sharing known: PackedLayer? = nil,
        kernels: srq_kernel_table
    ) throws(IntegerEngineError) {
        guard let grid = layer.activation.integerGrid, layer.codes.count == convolution.weight.values.count,
            layer.scales.count == convolution.outputs
        else { throw .inFloat(layer: name) }
        let (kernel, inputs, outputs) = (convolution.kernel, convolution.inputs, convolution.outputs)
        func stored<Value>(_ values: [Value]) -> [Value] { WeightLayout.stored(values, outputs: outputs, shuffle: shuffle) }
        let (codes, scales) = (stored(layer.codes), stored(layer.scales))
        let bias = stored(convolution.bias ?? [Float](repeating: 0, count: outputs))

        // Zero, which stands beside the image, has to be storable as well.
        let (low, high) = (min(grid.lowest, 0), max(grid.highest, 0))
        let inputsOfOutput = inputs * kernel * kernel
        let perOutput = stride(from: 0, to: codes.count, by: inputsOfOutput).map { codes[$0..<$0 + inputsOfOutput].map(Int.init) }
        let sumOfMagnitudes = perOutput.map { $0.reduce(0) { $0 + abs($1) } }.max() ?? 0
        let largestSum = Double(sumOfMagnitudes) * Double(high - low)
        // A raised input's sum and what takes the raise back are added to each other.
        guard 2 * largestSum < Double(Int32.max) else { throw .overflow(layer: name, largestSum: 2 * largestSum) }

        let order = WeightOrder(codes: codes, outputs: outputs, inputs: inputs, kernel: kernel, step: Int(SRQ_NARROW_STEP))
        let isNarrow = high - low <= IntegerGrid.byteSpan && codes.allSatisfy { Int8(exactly: $0) != nil }
        let largestWeight = codes.reduce(0) { max($0, abs(Int($1))) }
        let bytes: () -> [UInt8]
        if kernels.winograd_convolution != nil,
            WinogradWeights.fits(
                inputs: inputs, kernel: kernel, largestInput: max(-low, high), largestWeight: largestWeight, largestSum: largestSum)
        {
            (format, raise, channels) = (.winograd, 0, inputs)
            bytes = {
                WinogradWeights.ordered(codes: codes, outputs: outputs, inputs: inputs).withUnsafeBytes { [UInt8]($0) }
            }
        } else if isNarrow, let narrow = Self.narrow(order, largestInput: high - low, kernels) {
            (format, raise, channels) = (narrow, -low, order.channels)
            bytes = { order.ordered.map { UInt8(bitPattern: Int8(truncatingIfNeeded: $0)) } }
        } else {
            let wide = WeightOrder(codes: codes, outputs: outputs, inputs: inputs, kernel: kernel, step: Int(SRQ_WIDE_STEP))
            (format, raise, channels) = (.wide, 0, wide.channels)
            bytes = { wide.ordered.withUnsafeBytes { [UInt8]($0) } }
        }
        (self.name, quantizer, self.kernel, self.outputs, self.kernels) = (name, layer.activation, kernel, outputs, kernels)

        let padded = order.blocks * Int(SRQ_OUTPUT_BLOCK)
        if let known, known.format.hasWeights(of: format) {
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
        for output in 0..<outputs {
            integers[output] = Int32(-raise * perOutput[output].reduce(0, +))
            numbers[output] = scales[output]
            numbers[padded + output] = bias[output]
        }
        (weights, self.offsets) = (UnsafeRawPointer(weightMemory.pointer), UnsafePointer(integers))
        (self.scales, shifts) = (UnsafePointer(numbers), UnsafePointer(numbers + padded))
    }

    private static func buffer(_ bytes: [UInt8]) throws(IntegerEngineError) -> AlignedBuffer {
        // Whole blocks of weights are whole floats.
        guard let buffer = AlignedBuffer(count: bytes.count / MemoryLayout<Float>.stride) else { throw .memory(bytes: bytes.count) }
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: buffer.pointer, count: bytes.count).copyMemory(from: $0) }
        return buffer
    }

    /// Below this, starting the 16-bit sums again costs more than multiplying in 16 bits from the beginning.
    private static let shortestChain = 3

    /// How bytes are summed; nil where 16-bit numbers are faster.
    private static func narrow(_ order: WeightOrder, largestInput: Int, _ kernels: srq_kernel_table) -> Format? {
        if kernels.narrow_is_unchained { return .narrow(chain: nil) }
        guard let chain = order.longestChain(largestInput: largestInput), chain >= shortestChain else { return nil }
        return .narrow(chain: chain)
    }

    /// How many rows are computed at a time.
    var rowsTogether: Int { format == .winograd ? Int(SRQ_WINOGRAD_SIDE) : 1 }

    /// Computes `[rowsTogether][pixels][outputs]` numbers.
    /// - Parameters:
    ///   - rows: the first number of each window row of the first pixel, `kernel + rowsTogether - 1` of them.
    ///   - pixels: a multiple of `rowsTogether`.
    func run(
        rows: UnsafePointer<UnsafeRawPointer>, pixels: Int, relu: Bool, into y: UnsafeMutablePointer<Float>,
        scratch: WinogradScratch?
    ) {
        var chain = 0
        if case .narrow(let steps?) = format { chain = steps }
        var layer = srq_integer_layer(
            kernel: kernel, channels: channels, outputs: outputs, weights: weights, offsets: offsets, scales: scales,
            shifts: shifts, chain: chain, relu: relu ? 1 : 0)
        let rows = UnsafeRawPointer(rows)
        let ofShorts = rows.assumingMemoryBound(to: UnsafePointer<Int16>.self)
        switch format {
        case .narrow: kernels.narrow_convolution(&layer, rows.assumingMemoryBound(to: UnsafePointer<UInt8>.self), pixels, y)
        case .wide: kernels.wide_convolution(&layer, ofShorts, pixels, y)
        case .winograd:
            guard let scratch else { return }
            kernels.winograd_convolution?(&layer, ofShorts, pixels / rowsTogether, scratch.transformed, scratch.products, y)
        }
    }

    var bytesPerNumber: Int {
        if case .narrow = format { 1 } else { 2 }
    }
}
