import Networks
import Tensors

/// The gradients of a convolution's own weights and bias.
extension GraphRunner {
    /// The most pieces of work that a layer's gradients are cut into: each has sums of its own.
    private static let mostPieces = 8

    /// Returns the gradients of all weights, `[outputs, inputs, kernel, kernel]` in the network's order, and of the bias:
    ///
    ///     dL/dw[o, i, v, h] = Σ over samples and pixels of g[y, x, o] · q(x)[y + v - k/2, x + h - k/2, i]
    ///     dL/db[o] = Σ over samples and pixels of g[y, x, o]
    ///
    /// oneDNN sums up bands in single precision. Bands are added in double precision, in an order that follows from shapes alone:
    /// a piece of work is a stretch of bands, one after the other, and pieces are added in their order.
    /// - Parameters:
    ///   - quantizers: one per sample; empty where there is none.
    ///   - shuffle: the factor of the pixel shuffle in whose order the outputs are stored; nil where they are stored as they are.
    ///   - outputGradient: the gradient of the layer's result as it is stored.
    func weightGradients(
        node: Int, _ convolution: Convolution, quantizers: [(any ElementwiseFunction)?], shuffle: Int?, input: FeatureMap,
        outputGradient: FeatureMap
    ) throws(FloatEngineError) -> (weights: [Double], bias: [Double]) {
        let (outputs, name, shape) = (convolution.outputs, network.nodes[node].name, input.shape)
        let bands = Band.cut(
            height: shape.height, width: shape.width, channels: max(convolution.inputs, outputs / 2), kernel: convolution.kernel)
        let sums = try BandSums(bands, convolution, width: shape.width, library: library, name: name)
        let rows = bands.map(\.input.count).max() ?? 0
        for worker in scratches.indices {
            try scratches[worker].reserve(
                input: rows * input.rowCount, products: 0, result: sums.weightCount + outputs, library: sums.scratchCount,
                node: name)
        }
        let work = shape.samples * bands.count
        let pieces = min(work, Self.mostPieces)
        var partial = [Double](repeating: 0, count: pieces * sums.count)
        let failure = Guarded<String?>(nil)
        let scratches = scratches
        partial.withUnsafeMutableBufferPointer { partial in
            guard let partial = partial.baseAddress else { return }
            pool.run(pieces: pieces) { piece, worker in
                for index in work * piece / pieces..<work * (piece + 1) / pieces {
                    let (sample, band) = (index / bands.count, index % bands.count)
                    let failed = sums.add(
                        band, input: input, outputGradient: outputGradient, sample: sample,
                        quantizer: quantizers.isEmpty ? nil : quantizers[sample], scratch: scratches[worker],
                        to: partial + piece * sums.count)
                    if let failed { return failure.withLock { $0 = failed } }
                }
            }
        }
        if let message = failure.withLock({ $0 }) { throw .library(node: name, message: message) }
        let total = added(partial, pieces: pieces)
        let weights = try sums.plain(total, convolution, name: name)
        let bias = Array(total.suffix(outputs))
        guard let shuffle else { return (weights, bias) }
        let order = WeightLayout.shuffleOrder(outputs: outputs, factor: shuffle)
        let block = weights.count / outputs
        return (order.flatMap { weights[$0 * block..<($0 + 1) * block] }, order.map { bias[$0] })
    }
}

extension GraphRunner {
    /// Returns the sums of `pieces` arrays that lie one after the other, added in their order.
    private func added(_ partial: [Double], pieces: Int) -> [Double] {
        let (count, stretch) = (partial.count / pieces, 4096)
        return [Double](unsafeUninitializedCapacity: count) { total, initialized in
            initialized = count
            guard let total = total.baseAddress else { return }
            partial.withUnsafeBufferPointer { partial in
                guard let first = partial.baseAddress else { return }
                pool.run(pieces: (count + stretch - 1) / stretch) { part, _ in
                    let places = part * stretch..<min((part + 1) * stretch, count)
                    for place in places { (total + place).initialize(to: first[place]) }
                    for piece in 1..<max(pieces, 1) {
                        let next = first + piece * count
                        for place in places { total[place] += next[place] }
                    }
                }
            }
        }
    }
}

/// The sums of weights' gradients over the bands of a layer: one for each of oneDNN's layouts that the bands have, which are nearly
/// always the same, and that of the bias.
private struct BandSums {
    private let bands: [Band]
    private let primitives: [WeightGradientPrimitive]
    /// For each layout a primitive that has it, and where its sums begin.
    private let layouts: [(primitive: WeightGradientPrimitive, start: Int)]
    /// For each band, where the sums of its layout begin.
    private let starts: [Int]
    private let outputs: Int
    /// How many sums there are, the last `outputs` of them those of the bias.
    let count: Int
    /// How many floats one band's gradient of the weights takes, and oneDNN's scratch memory.
    let weightCount, scratchCount: Int

    init(
        _ bands: [Band], _ convolution: Convolution, width: Int, library: ConvolutionLibrary, name: String
    ) throws(FloatEngineError) {
        var primitives: [WeightGradientPrimitive] = []
        var layouts: [(primitive: WeightGradientPrimitive, start: Int)] = []
        var starts: [Int] = []
        var end = 0
        for band in bands {
            let primitive = try library.weightGradient(
                ConvolutionLibrary.Key(
                    inputHeight: band.input.count, width: width, inputs: convolution.inputs, outputs: convolution.outputs,
                    kernel: convolution.kernel, paddingTop: band.paddingTop, paddingBottom: band.paddingBottom,
                    paddingSide: convolution.kernel / 2, hasBias: true), node: name)
            primitives.append(primitive)
            if let known = layouts.first(where: { $0.primitive.sharesLayout(with: primitive) }) {
                starts.append(known.start)
            } else {
                layouts.append((primitive, end))
                starts.append(end)
                end += primitive.weightCount
            }
        }
        (self.bands, self.primitives, self.layouts, self.starts) = (bands, primitives, layouts, starts)
        outputs = convolution.outputs
        count = end + outputs
        weightCount = primitives.map(\.weightCount).max() ?? 0
        scratchCount = primitives.map(\.scratchCount).max() ?? 0
    }

    /// Adds the gradients of one band of a sample to `sums`.
    /// - Returns: the reason why it failed, or nil.
    func add(
        _ band: Int, input: FeatureMap, outputGradient: FeatureMap, sample: Int, quantizer: (any ElementwiseFunction)?,
        scratch: WorkerScratch, to sums: UnsafeMutablePointer<Double>
    ) -> String? {
        guard let copy = scratch.input?.pointer, let weights = scratch.result?.pointer, let library = scratch.library?.pointer
        else {
            return "no scratch memory"
        }
        let (rows, primitive) = (bands[band], primitives[band])
        var source = UnsafePointer(input.sample(sample) + rows.input.lowerBound * input.rowCount)
        if let quantizer {
            quantizer.apply(source, into: copy, count: rows.input.count * input.rowCount)
            source = UnsafePointer(copy)
        }
        let bias = weights + weightCount
        let failure = primitive.run(
            source, outputGradient: outputGradient.sample(sample) + rows.output.lowerBound * outputGradient.rowCount,
            weights: weights, bias: bias, scratch: library)
        if let failure { return failure }
        let start = sums + starts[band]
        for index in 0..<primitive.weightCount { start[index] += Double(weights[index]) }
        let last = sums + (count - outputs)
        for output in 0..<outputs { last[output] += Double(bias[output]) }
        return nil
    }

    /// Returns the weights' part of sums as `[outputs, inputs, kernel, kernel]`, outputs in the order in which they are stored.
    func plain(_ sums: [Double], _ convolution: Convolution, name: String) throws(FloatEngineError) -> [Double] {
        let size = outputs * convolution.inputs * convolution.kernel * convolution.kernel
        var result = [Double](repeating: 0, count: size)
        var plain = [Float](repeating: 0, count: size)
        for (primitive, start) in layouts {
            let packed = sums[start..<start + primitive.weightCount].map { Float($0) }
            if let failure = primitive.unpack(packed, into: &plain) { throw .library(node: name, message: failure) }
            for index in result.indices { result[index] += Double(plain[index]) }
        }
        return result
    }
}
