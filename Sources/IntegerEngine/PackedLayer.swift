import CKernels
import FloatEngine
import Networks
import Quantizers

/// A layer ready for the kernels: which of them, with the proof that no sum overflows, and the weights in their order.
final class PackedLayer: Sendable {
    enum Format: Equatable {
        /// Inputs as unsigned bytes, raised to start at 0, and weights as bytes. So many steps in a row may be summed in 16 bits.
        case narrow(chain: Int)
        /// Inputs and weights of 16 bits, summed in 32.
        case wide
        /// The same for 3×3 windows, four rows at a time, with a quarter of the multiplications.
        case winograd
    }

    let name: String
    let format: Format
    let quantizer: any ActivationQuantizer
    let kernel, inputs, outputs: Int
    /// Of a stored input pixel: `inputs` and the padding behind them.
    let channels: Int
    /// Added to an input's integer before it is stored.
    let raise: Int
    private let narrowWeights: [Int8]
    private let wideWeights: [Int16]
    private let offsets: [Int32]
    private let scales: [Float]
    private let shifts: [Float]

    /// - Parameter shuffle: of a layer that feeds a pixel shuffle; its outputs are stored in shuffle order.
    init(name: String, _ layer: IntegerLayer, _ convolution: Convolution, shuffle: Int?) throws(IntegerEngineError) {
        guard let grid = layer.activation.integerGrid, let lowest = grid.integers.min(), let highest = grid.integers.max(),
            layer.codes.count == convolution.weight.values.count, layer.scales.count == convolution.outputs
        else { throw .inFloat(layer: name) }
        (self.name, quantizer) = (name, layer.activation)
        let (kernel, inputs, outputs) = (convolution.kernel, convolution.inputs, convolution.outputs)
        (self.kernel, self.inputs, self.outputs) = (kernel, inputs, outputs)
        let inputsOfOutput = inputs * kernel * kernel
        var codes = layer.codes
        var scales = layer.scales
        var bias = convolution.bias ?? [Float](repeating: 0, count: outputs)
        if let shuffle {
            let order = WeightLayout.shuffleOrder(outputs: outputs, factor: shuffle)
            codes = WeightLayout.reordered(codes, by: order)
            scales = WeightLayout.reordered(scales, by: order)
            bias = WeightLayout.reordered(bias, by: order)
        }

        // Zero, which stands beside the image, has to be storable as well.
        let (low, high) = (min(Int(lowest), 0), max(Int(highest), 0))
        let perOutput = stride(from: 0, to: codes.count, by: inputsOfOutput).map { codes[$0..<$0 + inputsOfOutput].map(Int.init) }
        let sumsOfMagnitudes = perOutput.map { $0.reduce(0) { $0 + abs($1) } }
        let largestSum = Double(sumsOfMagnitudes.max() ?? 0) * Double(max(high - low, -low, high))
        guard 2 * largestSum < Double(Int32.max) else { throw .overflow(layer: name, largestSum: 2 * largestSum) }

        let narrow = WeightOrder(codes: codes, outputs: outputs, inputs: inputs, kernel: kernel, step: Int(SRQ_NARROW_STEP))
        let chain =
            high - low <= 255 && codes.allSatisfy { Int8(exactly: $0) != nil }
            ? narrow.longestChain(largestInput: high - low) : 0
        let isWinograd =
            srq_kernels().pointee.winograd_convolution != nil
            && WinogradWeights.fits(
                inputs: inputs, kernel: kernel, largestInput: max(-low, high),
                largestWeight: codes.reduce(0) { max($0, abs(Int($1))) }, largestSum: largestSum)
        if isWinograd {
            format = .winograd
            raise = 0
            channels = inputs
            narrowWeights = []
            wideWeights = WinogradWeights.ordered(codes: codes, outputs: outputs, inputs: inputs)
        } else if chain >= Self.shortestChain {
            format = .narrow(chain: chain)
            raise = -low
            channels = narrow.channels
            narrowWeights = narrow.ordered.map { Int8(truncatingIfNeeded: $0) }
            wideWeights = []
        } else {
            let wide = WeightOrder(codes: codes, outputs: outputs, inputs: inputs, kernel: kernel, step: Int(SRQ_WIDE_STEP))
            format = .wide
            raise = 0
            channels = wide.channels
            narrowWeights = []
            wideWeights = wide.ordered
        }
        let padded = narrow.blocks * Int(SRQ_OUTPUT_BLOCK)
        func filled<Value>(_ values: [Value], _ zero: Value) -> [Value] {
            values + [Value](repeating: zero, count: padded - values.count)
        }
        let raise = raise
        offsets = filled(perOutput.map { Int32(-raise * $0.reduce(0, +)) }, 0)
        self.scales = filled(scales, 0)
        shifts = filled(bias, 0)
    }

    /// Below this, starting the 16-bit sums again costs more than multiplying in 16 bits from the beginning.
    private static let shortestChain = 3

    /// How many rows are computed at a time.
    var rowsTogether: Int { format == .winograd ? Int(SRQ_WINOGRAD_SIDE) : 1 }

    /// Computes `[rowsTogether][pixels][outputs]` numbers.
    /// - Parameters:
    ///   - rows: the first number of each window row of the first pixel, `kernel + rowsTogether - 1` of them.
    ///   - pixels: a multiple of `rowsTogether`.
    func run(
        rows: [UnsafeRawPointer], pixels: Int, relu: Bool, into y: UnsafeMutablePointer<Float>, scratch: WinogradScratch?
    ) {
        offsets.withUnsafeBufferPointer { offsets in
            scales.withUnsafeBufferPointer { scales in
                shifts.withUnsafeBufferPointer { shifts in
                    guard let offsets = offsets.baseAddress, let scales = scales.baseAddress, let shifts = shifts.baseAddress else {
                        return
                    }
                    func layer(_ weights: UnsafeRawPointer, chain: Int) -> srq_integer_layer {
                        srq_integer_layer(
                            kernel: kernel, channels: channels, outputs: outputs, weights: weights, offsets: offsets,
                            scales: scales, shifts: shifts, chain: chain, relu: relu ? 1 : 0)
                    }
                    switch format {
                    case .narrow(let chain):
                        narrowWeights.withUnsafeBytes { weights in
                            guard let start = weights.baseAddress else { return }
                            var layer = layer(start, chain: chain)
                            let rows = rows.map { $0.assumingMemoryBound(to: UInt8.self) }
                            srq_kernels().pointee.narrow_convolution(&layer, rows, pixels, y)
                        }
                    case .wide, .winograd:
                        wideWeights.withUnsafeBytes { weights in
                            guard let start = weights.baseAddress else { return }
                            var layer = layer(start, chain: 0)
                            let rows = rows.map { $0.assumingMemoryBound(to: Int16.self) }
                            guard format == .winograd, let scratch, let convolve = srq_kernels().pointee.winograd_convolution else {
                                return srq_kernels().pointee.wide_convolution(&layer, rows, pixels, y)
                            }
                            convolve(&layer, rows, pixels / rowsTogether, scratch.transformed, scratch.products, y)
                        }
                    }
                }
            }
        }
    }

    var bytesPerNumber: Int {
        if case .narrow = format { 1 } else { 2 }
    }
}
