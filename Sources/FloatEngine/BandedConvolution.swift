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
    }

    let description: Description
    let bands: [Band]
    private let primitives: [ConvolutionPrimitive]
    /// oneDNN's kernels work on 8 channels at least; three output channels cost five times their share.
    private let computedOutputs: Int

    init(_ description: Description, library: ConvolutionLibrary, node: String) throws(FloatEngineError) {
        self.description = description
        let padded = description.outputs < 8 && !description.accumulate && description.shuffle == 1 ? 8 : description.outputs
        computedOutputs = padded
        bands = Band.cut(
            height: description.height, width: description.width, channels: max(description.inputs, description.outputs / 2),
            kernel: description.kernel)
        var primitives: [ConvolutionPrimitive] = []
        for band in bands {
            primitives.append(
                try library.primitive(
                    .init(
                        inputHeight: band.input.count, width: description.width, inputs: description.inputs, outputs: padded,
                        kernel: description.kernel, paddingTop: band.paddingTop, paddingBottom: band.paddingBottom,
                        hasBias: description.hasBias, accumulate: description.accumulate, relu: description.relu), node: node))
        }
        self.primitives = primitives
    }

    /// How many outputs weights and bias must be padded to.
    var weightOutputs: Int { computedOutputs }

    private var writesThroughScratch: Bool { computedOutputs != description.outputs || description.shuffle > 1 }

    func reserve(_ scratch: inout WorkerScratch, quantizes: Bool, node: String) throws(FloatEngineError) {
        let rows = bands.map(\.input.count).max() ?? 0
        let outputRows = bands.map(\.output.count).max() ?? 0
        try scratch.reserve(
            input: quantizes ? rows * description.width * description.inputs : 0,
            output: writesThroughScratch ? outputRows * description.width * computedOutputs : 0,
            library: primitives.map(\.scratchCount).max() ?? 0, node: node)
    }

    func packedWeights(_ weights: LayerWeights) throws(FloatEngineError) -> [AlignedBuffer] {
        var packed: [AlignedBuffer] = []
        for primitive in primitives { packed.append(try weights.packed(for: primitive)) }
        return packed
    }

    /// Computes the output rows of one band. `input` and `output` point at the sample's first row.
    /// - Returns: what failed, or nil.
    func run(
        band index: Int, input: UnsafePointer<Float>, quantizer: (any ElementwiseFunction)?, weights: AlignedBuffer,
        bias: AlignedBuffer?, output: UnsafeMutablePointer<Float>, scratch: WorkerScratch
    ) -> String? {
        let band = bands[index]
        let inputRow = description.width * description.inputs
        var source = input + band.input.lowerBound * inputRow
        if let quantizer, let quantized = scratch.input?.pointer {
            quantizer.apply(source, into: quantized, count: band.input.count * inputRow)
            source = UnsafePointer(quantized)
        }
        guard let libraryScratch = scratch.library?.pointer else { return "no scratch memory" }
        let outputRow = description.width * description.outputs
        guard writesThroughScratch else {
            return primitives[index].forward(
                source, weights: weights.pointer, bias: bias.map { UnsafePointer($0.pointer) },
                into: output + band.output.lowerBound * outputRow, scratch: libraryScratch)
        }
        guard let result = scratch.output?.pointer else { return "no scratch memory" }
        let failure = primitives[index].forward(
            source, weights: weights.pointer, bias: bias.map { UnsafePointer($0.pointer) }, into: result, scratch: libraryScratch)
        if description.shuffle > 1 {
            PixelShuffle.spreadRuns(
                result, rows: band.output, width: description.width, channels: description.outputs, factor: description.shuffle,
                into: output)
        } else {
            let target = output + band.output.lowerBound * outputRow
            for pixel in 0..<band.output.count * description.width {
                for channel in 0..<description.outputs {
                    target[pixel * description.outputs + channel] = result[pixel * computedOutputs + channel]
                }
            }
        }
        return failure
    }
}
