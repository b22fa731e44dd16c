import CKernels
import Tensors

/// A convolution of one shape, cut into bands, ready to run any of them on any thread.
final class BandedConvolution {
    /// The shape of a convolution and what is fused to it, which decide how it is computed.
    struct Description: Hashable {
        var height, width, inputs, outputs, kernel: Int
        var hasBias = false
        /// Whether the result is added to what is in the output.
        var accumulate = false
        /// Whether another map is added to the result.
        var adds = false
        /// Whether negative results become 0.
        var relu = false
        /// The factor of the pixel shuffle that is fused: the outputs, stored in shuffle order, are spread over `factor × factor`
        /// pixels. 1: there is none.
        var shuffle = 1
        /// The bare result is multiplied by scales before it gets its bias.
        var scaled = false
        /// Somebody looks at the result before what is fused to it.
        var observed = false
        /// Computed by a `RowsConvolution`, so many rows at a time; 0: by oneDNN.
        var rowsTogether = 0
        /// Whether a quantizer is applied to the input, band by band. A kernel of this project reads the map as it stands.
        var quantizes = false
        /// Sums may be rounded as they come: nobody asks for exact ones.
        var rounds = false
        /// What Winograd's transforms multiply, which they do where sums may be rounded.
        var precision = Precision.f32

        /// Whether what is fused to the convolution follows band by band, not inside oneDNN.
        var fusesLater: Bool { scaled || observed || rowsTogether > 0 }

        /// Whether the convolution itself adds to what is in the output.
        var addsInPlace: Bool { accumulate && !fusesLater }

        /// The way in which oneDNN computes few outputs; nil where it computes all directly.
        var taps: TapSums? {
            rowsTogether == 0 && outputs < 8 && !addsInPlace && shuffle == 1 ? TapSums(outputs: outputs, kernel: kernel) : nil
        }

        /// The way in which a kernel of this project computes sums that may be rounded; nil where it does not.
        var fused: FusedWinograd? {
            rowsTogether == 0 && rounds && !scaled && !quantizes
                ? FusedWinograd(inputs: inputs, outputs: outputs, kernel: kernel, bf16: precision == .bf16) : nil
        }

        /// The way in which oneDNN multiplies less where it may round; nil where it computes all directly.
        var tiles: WinogradTiles? {
            rowsTogether == 0 && rounds && fused == nil
                ? WinogradTiles(inputs: inputs, outputs: outputs, kernel: kernel, width: width) : nil
        }

        /// Columns of zeros that are put beside the input instead of being left to oneDNN, whose AVX2 kernels take at most three
        /// columns of padding and leave wider ones (9×9) to code that is twenty times slower.
        var writtenPadding: (left: Int, right: Int) {
            if let tiles { return tiles.padding }
            return taps == nil && kernel / 2 > 3 ? (kernel / 2, kernel / 2) : (0, 0)
        }

        var bands: [Band] {
            Band.cut(
                height: height, width: width, channels: max(inputs, taps?.channels ?? outputs / 2), kernel: kernel,
                multiple: tiles == nil && fused == nil ? max(rowsTogether, 1) : WinogradTiles.side)
        }

        /// Whether a band's result is finished in scratch memory before it goes to the output.
        var resultIsTemporary: Bool { shuffle > 1 && fused == nil || scaled || observed || adds }

        /// Returns how many floats of scratch memory a band takes besides oneDNN's own.
        func demand(keepsResult: Bool) -> (input: Int, products: Int, result: Int) {
            let (bands, tiles, padding) = (bands, tiles, writtenPadding)
            let rows = bands.map(\.input.count).max() ?? 0
            let outputRows = bands.map(\.output.count).max() ?? 0
            if let fused {
                let (transformed, products) = fused.scratchCount
                return (transformed, products, keepsResult || resultIsTemporary ? outputRows * width * outputs : 0)
            }
            let copiedRows = tiles == nil ? rows : WinogradTiles.inputRows(for: outputRows)
            return (
                input: copiedRows * (padding.left + width + padding.right) * inputs,
                products: tiles?.demand(rows: bands.map(\.output.count)) ?? rows * width * (taps?.channels ?? 0),
                result: keepsResult || resultIsTemporary ? outputRows * width * outputs : 0
            )
        }
    }

    /// A function that sees the rows of one band: of the input, and of the result before anything that is fused to it.
    typealias Observer = (_ input: UnsafeBufferPointer<Float>, _ result: UnsafeBufferPointer<Float>) -> Void

    let description: Description
    let bands: [Band]
    private let primitives: [ConvolutionPrimitive]
    private let taps: TapSums?
    private let tiles: WinogradTiles?
    private let fused: FusedWinograd?
    private let writtenPadding: (left: Int, right: Int)

    init(_ description: Description, library: ConvolutionLibrary, node: String) throws(FloatEngineError) {
        self.description = description
        let (outputs, kernel) = (description.outputs, description.kernel)
        (taps, tiles, writtenPadding) = (description.taps, description.tiles, description.writtenPadding)
        fused = description.fused
        bands = description.bands
        var primitives: [ConvolutionPrimitive] = []
        for band in bands where description.rowsTogether == 0 && fused == nil {
            var key = ConvolutionLibrary.Key(
                inputHeight: band.input.count, width: description.width, inputs: description.inputs, outputs: outputs,
                kernel: kernel, paddingTop: band.paddingTop, paddingBottom: band.paddingBottom,
                paddingSide: kernel / 2 - writtenPadding.left, hasBias: description.hasBias && !description.scaled,
                accumulate: description.addsInPlace, relu: description.relu && !description.fusesLater)
            if let taps {
                key = .oneByOne(
                    height: band.input.count, width: description.width, inputs: description.inputs, outputs: taps.channels)
            } else if let tiles {
                key = .oneByOne(
                    height: 1, width: tiles.tilesTogether(rows: band.output.count), inputs: description.inputs, outputs: outputs)
            }
            primitives.append(try library.primitive(key, node: node))
        }
        self.primitives = primitives
    }

    /// Makes sure that a worker has the scratch memory for any band.
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

    /// Returns a layer's weights in the layouts of what computes the bands.
    func packedWeights(_ weights: LayerWeights) throws(FloatEngineError) -> BandWeights {
        if let fused { return .fused(try weights.packed(for: fused), bias: weights.bias) }
        var packed: [AlignedBuffer] = []
        for primitive in primitives { packed.append(try weights.packed(for: primitive, order: order)) }
        return .library(packed, bias: weights.bias, scales: weights.scales)
    }

    /// The order of the weights that the primitives compute with.
    private var order: LayerWeights.WeightOrder { taps.map { .taps($0) } ?? tiles.map { .tiles($0) } ?? .plain }

    /// Computes the output rows of one band. `input`, `added` and `output` point at the sample's first row.
    /// - Parameters:
    ///   - quantizer: applied where oneDNN computes; a `RowsConvolution` has its own.
    ///   - added: the map that is added, where the description says that one is.
    ///   - gathered: the factor of the pixel shuffle that the input went through and that a `RowsConvolution` undoes.
    /// - Returns: the reason why it failed, or nil.
    func run(
        band index: Int, input: UnsafePointer<Float>, quantizer: (any ElementwiseFunction)?, weights: BandWeights,
        added: UnsafePointer<Float>? = nil, gathered: Int = 1, output: UnsafeMutablePointer<Float>, scratch: WorkerScratch,
        observe: Observer? = nil
    ) -> String? {
        let rows = bands[index].output
        let outputRow = description.width * description.outputs
        let target = output + rows.lowerBound * outputRow
        let other = added.map { $0 + rows.lowerBound * outputRow }
        if case .rows(let substitute) = weights, !description.observed {
            guard let memory = scratch.input?.pointer else { return "no scratch memory" }
            substitute.run(
                rows: rows, height: description.height, width: description.width, input: input, into: target,
                fused: RowsFusion(
                    gathered: gathered, relu: description.relu, shuffle: description.shuffle,
                    added: description.accumulate ? UnsafePointer(target) : other), scratch: memory)
            return nil
        }
        guard description.resultIsTemporary else {
            if let fused, case .fused(let weights, let bias) = weights {
                let outputRow = outputRow / description.shuffle
                return fused.run(
                    rows: rows, input: input, description, adds: description.accumulate, relu: description.relu,
                    shuffle: description.shuffle, weights: weights, bias: bias, scratch: scratch
                ) { output + $0 * outputRow }
            }
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
        } else if let other {
            PointwiseOperations.add(result, other, into: target, count: count)
        } else if description.accumulate {
            PointwiseOperations.add(target, result, into: target, count: count)
        } else if description.relu {
            PointwiseOperations.relu(result, into: target, count: count)
        } else {
            target.update(from: result, count: count)
        }
        return failure
    }

    /// Convolves one band, before scales and without shuffling. `output` points at the band's own first row; `gathered` is as for
    /// `run`.
    /// - Returns: the reason why it failed, or nil.
    func compute(
        band index: Int, input: UnsafePointer<Float>, quantizer: (any ElementwiseFunction)?, weights: BandWeights,
        gathered: Int = 1, into output: UnsafeMutablePointer<Float>, scratch: WorkerScratch
    ) -> String? {
        switch weights {
        case .library(let packed, let bias, let scales):
            let source = source(band: index, input: input, quantizer: quantizer, scratch: scratch)
            return compute(
                band: index, source: source, weights: packed[index], bias: scales == nil ? bias : nil, into: output,
                scratch: scratch)
        case .fused(let weights, let bias):
            let rows = bands[index].output
            let outputRow = description.width * description.outputs
            return fused?.run(
                rows: rows, input: input, description, adds: description.addsInPlace,
                relu: description.relu && !description.fusesLater, shuffle: 1, weights: weights, bias: bias, scratch: scratch
            ) { output + ($0 - rows.lowerBound) * outputRow }
        case .rows(let substitute):
            guard let memory = scratch.input?.pointer else { return "no scratch memory" }
            substitute.run(
                rows: bands[index].output, height: description.height, width: description.width, input: input, into: output,
                fused: RowsFusion(gathered: gathered), scratch: memory)
            return nil
        }
    }

    /// Returns what a band's convolution reads: a copy in scratch memory, quantized or padded where that is asked for. oneDNN's
    /// kernels come back to each row many times; out of a copy that has just been written they run 13 % faster than out of the
    /// feature map.
    private func source(
        band index: Int, input: UnsafePointer<Float>, quantizer: (any ElementwiseFunction)?, scratch: WorkerScratch
    ) -> UnsafePointer<Float> {
        let inputRow = description.width * description.inputs
        let copy = source(band: index, row: { input + $0 * inputRow }, quantizer: quantizer, scratch: scratch)
        return copy ?? input + bands[index].input.lowerBound * inputRow
    }

    /// Copies what a band's convolution reads, out of rows that lie anywhere, to scratch memory.
    ///
    /// A quantizer sees the input alone: what lies beside it is zero, quantized or not, as oneDNN's own padding is.
    /// - Returns: nil without scratch memory.
    func source(
        band index: Int, row: (Int) -> UnsafePointer<Float>, quantizer: (any ElementwiseFunction)?, scratch: WorkerScratch
    ) -> UnsafePointer<Float>? {
        guard var target = scratch.input?.pointer else { return nil }
        let start = UnsafePointer(target)
        let band = bands[index]
        let count = description.width * description.inputs
        let (left, right) = (writtenPadding.left * description.inputs, writtenPadding.right * description.inputs)
        // Only tiles read rows of zeros; other convolutions know what is missing above and below a band.
        let above = tiles == nil ? 0 : band.paddingTop
        let below = tiles == nil ? 0 : WinogradTiles.inputRows(for: band.output.count) - above - band.input.count
        func writeZeros(_ amount: Int) {
            target.update(repeating: 0, count: amount)
            target += amount
        }
        writeZeros(above * (left + count + right))
        for y in band.input {
            writeZeros(left)
            if let quantizer {
                quantizer.apply(row(y), into: target, count: count)
            } else {
                target.update(from: row(y), count: count)
            }
            target += count
            writeZeros(right)
        }
        writeZeros(below * (left + count + right))
        return start
    }

    /// Lets oneDNN convolve a `source` that was prepared.
    /// - Returns: the reason why it failed, or nil.
    func compute(
        band index: Int, source: UnsafePointer<Float>, weights: AlignedBuffer, bias: AlignedBuffer?,
        into output: UnsafeMutablePointer<Float>, scratch: WorkerScratch
    ) -> String? {
        guard taps != nil || tiles != nil else { return forward(index, source, weights, bias, into: output, scratch) }
        guard let products = scratch.products?.pointer else { return "no scratch memory" }
        guard let libraryScratch = scratch.library?.pointer else { return "no scratch memory" }
        let (rows, bias) = (bands[index].output.count, bias.map { UnsafePointer($0.pointer) })
        let relu = description.relu && !description.fusesLater
        if let tiles {
            return tiles.run(
                rows: rows, source: source, weights: weights.pointer, primitive: primitives[index], bias: bias,
                accumulates: description.addsInPlace, relu: relu, into: output, tiles: products, scratch: libraryScratch)
        }
        let failure = forward(index, source, weights, nil, into: products, scratch)
        taps?.add(products, band: bands[index], width: description.width, bias: bias, into: output)
        if relu { PointwiseOperations.relu(output, into: output, count: rows * description.width * description.outputs) }
        return failure
    }

    /// Runs the band's primitive.
    private func forward(
        _ index: Int, _ source: UnsafePointer<Float>, _ weights: AlignedBuffer, _ bias: AlignedBuffer?,
        into result: UnsafeMutablePointer<Float>, _ scratch: WorkerScratch
    ) -> String? {
        guard let libraryScratch = scratch.library?.pointer else { return "no scratch memory" }
        return primitives[index].forward(
            source, weights: weights.pointer, bias: bias.map { UnsafePointer($0.pointer) }, into: result, scratch: libraryScratch)
    }
}
