import CKernels
import Tensors

/// A convolution of one shape, cut into bands, ready to run any of them on any thread.
final class BandedConvolution {
    struct Description: Hashable {
        var height, width, inputs, outputs, kernel: Int
        var hasBias = false
        /// Adds to what is in the output.
        var accumulate = false
        var relu = false
        /// Above 1: the outputs, stored in shuffle order, are spread over `factor × factor` pixels.
        var shuffle = 1
        /// The bare result is multiplied by scales before it gets its bias.
        var scaled = false
        /// Somebody looks at the result before what is fused to it.
        var observed = false
        /// Computed by a `RowsConvolution`, so many rows at a time; 0: by oneDNN.
        var rowsTogether = 0

        /// What is fused to the convolution follows band by band, not inside oneDNN.
        var fusesLater: Bool { scaled || observed || rowsTogether > 0 }
    }

    /// Sees the rows of one band: of the input, and of the result before anything that is fused to it.
    typealias Observer = (_ input: UnsafeBufferPointer<Float>, _ result: UnsafeBufferPointer<Float>) -> Void

    let description: Description
    let bands: [Band]
    private let primitives: [ConvolutionPrimitive]
    /// How few outputs are computed.
    private let taps: TapSums?
    /// Columns of zeros that are put beside the input instead of being left to oneDNN, whose AVX2 kernels take at most three
    /// columns of padding and leave wider ones (9×9) to code that is twenty times slower.
    private let writtenPadding: Int

    init(_ description: Description, library: ConvolutionLibrary, node: String) throws(FloatEngineError) {
        self.description = description
        let addsInPlace = description.accumulate && !description.fusesLater
        let (outputs, kernel) = (description.outputs, description.kernel)
        let isLibrarys = description.rowsTogether == 0
        taps =
            isLibrarys && outputs < 8 && !addsInPlace && description.shuffle == 1 ? TapSums(outputs: outputs, kernel: kernel) : nil
        let reach = kernel / 2
        writtenPadding = taps == nil && reach > 3 ? reach : 0
        bands = Band.cut(
            height: description.height, width: description.width,
            channels: max(description.inputs, taps?.channels ?? description.outputs / 2), kernel: kernel,
            multiple: max(description.rowsTogether, 1))
        var primitives: [ConvolutionPrimitive] = []
        for band in bands where isLibrarys {
            var key = ConvolutionLibrary.Key(
                inputHeight: band.input.count, width: description.width, inputs: description.inputs, outputs: outputs,
                kernel: kernel, paddingTop: band.paddingTop, paddingBottom: band.paddingBottom,
                paddingSide: reach - writtenPadding, hasBias: description.hasBias && !description.scaled, accumulate: addsInPlace,
                relu: description.relu && !description.fusesLater)
            if let taps {
                key = ConvolutionLibrary.Key(
                    inputHeight: band.input.count, width: description.width, inputs: description.inputs, outputs: taps.channels,
                    kernel: 1, paddingTop: 0, paddingBottom: 0, paddingSide: 0)
            }
            primitives.append(try library.primitive(key, node: node))
        }
        self.primitives = primitives
    }

    /// Whether a band's result is finished in scratch memory before it goes to the output.
    private var resultIsTemporary: Bool {
        description.shuffle > 1 || description.scaled || description.observed
            || description.rowsTogether > 0 && (description.accumulate || description.relu)
    }

    /// - Parameter substitute: what computes the convolution instead of oneDNN.
    func reserve(
        _ scratch: inout WorkerScratch, quantizes: Bool, substitute: (any RowsConvolution)?, node: String
    ) throws(FloatEngineError) {
        let rows = bands.map(\.input.count).max() ?? 0
        let outputRows = bands.map(\.output.count).max() ?? 0
        if let substitute {
            return try scratch.reserve(
                input: substitute.scratchCount(rows: outputRows, width: description.width), products: 0,
                result: outputRows * description.width * description.outputs, library: 0, node: node)
        }
        try scratch.reserve(
            input: rows * (description.width + 2 * writtenPadding) * description.inputs,
            products: rows * description.width * (taps?.channels ?? 0),
            result: resultIsTemporary ? outputRows * description.width * description.outputs : 0,
            library: primitives.map(\.scratchCount).max() ?? 0, node: node)
    }

    func packedWeights(_ weights: LayerWeights) throws(FloatEngineError) -> BandWeights {
        var packed: [AlignedBuffer] = []
        for primitive in primitives { packed.append(try weights.packed(for: primitive, taps: taps)) }
        return .library(packed, bias: weights.bias, scales: weights.scales)
    }

    /// Computes the output rows of one band. `input` and `output` point at the sample's first row.
    /// - Parameter quantizer: for oneDNN; a `RowsConvolution` has its own.
    /// - Returns: what failed, or nil.
    func run(
        band index: Int, input: UnsafePointer<Float>, quantizer: (any ElementwiseFunction)?, weights: BandWeights,
        output: UnsafeMutablePointer<Float>, scratch: WorkerScratch, observe: Observer? = nil
    ) -> String? {
        let rows = bands[index].output
        let outputRow = description.width * description.outputs
        let target = output + rows.lowerBound * outputRow
        guard resultIsTemporary else {
            return compute(band: index, input: input, quantizer: quantizer, weights: weights, into: target, scratch: scratch)
        }
        guard let result = scratch.result?.pointer else { return "no scratch memory" }
        let failure = compute(band: index, input: input, quantizer: quantizer, weights: weights, into: result, scratch: scratch)
        let count = rows.count * outputRow
        if case .library(_, let bias?, let scales?) = weights {
            srq_kernels().pointee.scale_shift(
                result, scales.pointer, bias.pointer, result, rows.count * description.width, description.outputs)
        }
        if let observe {
            let inputRow = description.width * description.inputs
            observe(
                UnsafeBufferPointer(start: input + rows.lowerBound * inputRow, count: rows.count * inputRow),
                UnsafeBufferPointer(start: result, count: count))
        }
        if description.shuffle > 1 {
            PixelShuffle.spreadRuns(
                result, rows: rows, width: description.width, channels: description.outputs, factor: description.shuffle,
                into: output)
        } else if description.accumulate {
            PointwiseOperations.add(target, result, into: target, count: count)
        } else if description.relu {
            PointwiseOperations.relu(result, into: target, count: count)
        } else {
            target.update(from: result, count: count)
        }
        return failure
    }

    /// Convolves one band, before scales and without shuffling. `output` points at the band's own first row.
    /// - Returns: what failed, or nil.
    func compute(
        band index: Int, input: UnsafePointer<Float>, quantizer: (any ElementwiseFunction)?, weights: BandWeights,
        into output: UnsafeMutablePointer<Float>, scratch: WorkerScratch
    ) -> String? {
        switch weights {
        case .library(let packed, let bias, let scales):
            let source = source(band: index, input: input, quantizer: quantizer, scratch: scratch)
            return compute(
                band: index, source: source, weights: packed[index], bias: scales == nil ? bias : nil, into: output,
                scratch: scratch)
        case .rows(let substitute):
            guard let memory = scratch.input?.pointer else { return "no scratch memory" }
            substitute.run(
                rows: bands[index].output, height: description.height, width: description.width, input: input, into: output,
                scratch: memory)
            return nil
        }
    }

    /// What a band's convolution reads: a copy in scratch memory, quantized or padded where that is asked for. oneDNN's kernels come
    /// back to each row many times; out of a copy that has just been written they run 13 % faster than out of the feature map.
    private func source(
        band index: Int, input: UnsafePointer<Float>, quantizer: (any ElementwiseFunction)?, scratch: WorkerScratch
    ) -> UnsafePointer<Float> {
        let rows = bands[index].input
        let inputRow = description.width * description.inputs
        let source = input + rows.lowerBound * inputRow
        guard let target = scratch.input?.pointer else { return source }
        if writtenPadding > 0 {
            writePadded(source, rows: rows.count, quantizer: quantizer, into: target)
        } else if let quantizer {
            quantizer.apply(source, into: target, count: rows.count * inputRow)
        } else {
            target.update(from: source, count: rows.count * inputRow)
        }
        return UnsafePointer(target)
    }

    private func compute(
        band index: Int, source: UnsafePointer<Float>, weights: AlignedBuffer, bias: AlignedBuffer?,
        into output: UnsafeMutablePointer<Float>, scratch: WorkerScratch
    ) -> String? {
        guard let taps else { return forward(index, source, weights, bias, into: output, scratch) }
        guard let products = scratch.products?.pointer else { return "no scratch memory" }
        let failure = forward(index, source, weights, nil, into: products, scratch)
        taps.add(
            products, band: bands[index], width: description.width, bias: bias.map { UnsafePointer($0.pointer) }, into: output)
        if description.relu, !description.fusesLater {
            PointwiseOperations.relu(output, into: output, count: bands[index].output.count * description.width * taps.outputs)
        }
        return failure
    }

    private func forward(
        _ index: Int, _ source: UnsafePointer<Float>, _ weights: AlignedBuffer, _ bias: AlignedBuffer?,
        into result: UnsafeMutablePointer<Float>, _ scratch: WorkerScratch
    ) -> String? {
        guard let libraryScratch = scratch.library?.pointer else { return "no scratch memory" }
        return primitives[index].forward(
            source, weights: weights.pointer, bias: bias.map { UnsafePointer($0.pointer) }, into: result, scratch: libraryScratch)
    }

    /// A quantizer sees the input alone: what lies beside it is zero, quantized or not, as oneDNN's own padding is.
    private func writePadded(
        _ source: UnsafePointer<Float>, rows: Int, quantizer: (any ElementwiseFunction)?, into target: UnsafeMutablePointer<Float>
    ) {
        let row = description.width * description.inputs
        let side = writtenPadding * description.inputs
        for y in 0..<rows {
            let start = target + y * (row + 2 * side)
            start.update(repeating: 0, count: side)
            if let quantizer {
                quantizer.apply(source + y * row, into: start + side, count: row)
            } else {
                (start + side).update(from: source + y * row, count: row)
            }
            (start + side + row).update(repeating: 0, count: side)
        }
    }
}
