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

        /// oneDNN itself adds to what is in the output.
        var addsInPlace: Bool { accumulate && !fusesLater }

        /// How oneDNN computes few outputs.
        var taps: TapSums? {
            rowsTogether == 0 && outputs < 8 && !addsInPlace && shuffle == 1 ? TapSums(outputs: outputs, kernel: kernel) : nil
        }

        /// Columns of zeros that are put beside the input instead of being left to oneDNN, whose AVX2 kernels take at most three
        /// columns of padding and leave wider ones (9×9) to code that is twenty times slower.
        var writtenPadding: Int { taps == nil && kernel / 2 > 3 ? kernel / 2 : 0 }

        var bands: [Band] {
            Band.cut(
                height: height, width: width, channels: max(inputs, taps?.channels ?? outputs / 2), kernel: kernel,
                multiple: max(rowsTogether, 1))
        }

        /// Whether a band's result is finished in scratch memory before it goes to the output.
        var resultIsTemporary: Bool { shuffle > 1 || scaled || observed || rowsTogether > 0 && (accumulate || relu) }

        /// Floats of scratch memory that a band takes besides oneDNN's own.
        func demand(keepsResult: Bool) -> (input: Int, products: Int, result: Int) {
            let bands = bands
            let rows = bands.map(\.input.count).max() ?? 0
            let outputRows = bands.map(\.output.count).max() ?? 0
            return (
                input: rows * (width + 2 * writtenPadding) * inputs, products: rows * width * (taps?.channels ?? 0),
                result: keepsResult || resultIsTemporary ? outputRows * width * outputs : 0
            )
        }
    }

    /// Sees the rows of one band: of the input, and of the result before anything that is fused to it.
    typealias Observer = (_ input: UnsafeBufferPointer<Float>, _ result: UnsafeBufferPointer<Float>) -> Void

    let description: Description
    let bands: [Band]
    private let primitives: [ConvolutionPrimitive]
    private let taps: TapSums?
    private let writtenPadding: Int

    init(_ description: Description, library: ConvolutionLibrary, node: String) throws(FloatEngineError) {
        self.description = description
        let (outputs, kernel) = (description.outputs, description.kernel)
        (taps, writtenPadding, bands) = (description.taps, description.writtenPadding, description.bands)
        var primitives: [ConvolutionPrimitive] = []
        for band in bands where description.rowsTogether == 0 {
            var key = ConvolutionLibrary.Key(
                inputHeight: band.input.count, width: description.width, inputs: description.inputs, outputs: outputs,
                kernel: kernel, paddingTop: band.paddingTop, paddingBottom: band.paddingBottom,
                paddingSide: kernel / 2 - writtenPadding, hasBias: description.hasBias && !description.scaled,
                accumulate: description.addsInPlace, relu: description.relu && !description.fusesLater)
            if let taps {
                key = ConvolutionLibrary.Key(
                    inputHeight: band.input.count, width: description.width, inputs: description.inputs, outputs: taps.channels,
                    kernel: 1, paddingTop: 0, paddingBottom: 0, paddingSide: 0)
            }
            primitives.append(try library.primitive(key, node: node))
        }
        self.primitives = primitives
    }

    /// - Parameters:
    ///   - substitute: what computes the convolution instead of oneDNN.
    ///   - keepsResult: whether results stay in scratch memory in any case.
    func reserve(
        _ scratch: inout WorkerScratch, substitute: (any RowsConvolution)? = nil, keepsResult: Bool = false, node: String
    ) throws(FloatEngineError) {
        let outputRows = bands.map(\.output.count).max() ?? 0
        if let substitute {
            return try scratch.reserve(
                input: substitute.scratchCount(rows: outputRows, width: description.width), products: 0,
                result: outputRows * description.width * description.outputs, library: 0, node: node)
        }
        let demand = description.demand(keepsResult: keepsResult)
        try scratch.reserve(
            input: demand.input, products: demand.products, result: demand.result,
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
        guard description.resultIsTemporary else {
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
        let inputRow = description.width * description.inputs
        let copy = source(band: index, row: { input + $0 * inputRow }, quantizer: quantizer, scratch: scratch)
        return copy ?? input + bands[index].input.lowerBound * inputRow
    }

    /// The same of rows that lie anywhere.
    ///
    /// A quantizer sees the input alone: what lies beside it is zero, quantized or not, as oneDNN's own padding is.
    /// - Returns: nil without scratch memory.
    func source(
        band index: Int, row: (Int) -> UnsafePointer<Float>, quantizer: (any ElementwiseFunction)?, scratch: WorkerScratch
    ) -> UnsafePointer<Float>? {
        guard var target = scratch.input?.pointer else { return nil }
        let start = UnsafePointer(target)
        let count = description.width * description.inputs
        let side = writtenPadding * description.inputs
        for y in bands[index].input {
            target.update(repeating: 0, count: side)
            if let quantizer {
                quantizer.apply(row(y), into: target + side, count: count)
            } else {
                (target + side).update(from: row(y), count: count)
            }
            (target + side + count).update(repeating: 0, count: side)
            target += count + 2 * side
        }
        return start
    }

    /// oneDNN's part of it, of a `source` that was prepared.
    func compute(
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
}
