import Networks
import Synchronization
import Tensors

/// The backward pass of one convolution, over the same bands as its forward pass.
extension GraphRunner {
    /// Carries a gradient from a layer's output back to its input: a convolution with turned weights.
    ///
    /// - Parameters:
    ///   - input: what the layer read, before its quantizer; needed where there is one.
    ///   - target: overwritten, or added to if `adds`.
    /// - Returns: the gradients of the quantizer's parameters.
    func inputGradient(
        node: Int, weights: LayerWeights, convolution: Convolution, quantizer: (any ElementwiseFunction)?, input: FeatureMap?,
        outputGradient: FeatureMap, target: FeatureMap, adds: Bool
    ) throws(FloatEngineError) -> [Double] {
        let shape = target.shape
        let banded = try banded(
            .init(
                height: shape.height, width: shape.width, inputs: convolution.outputs, outputs: convolution.inputs,
                kernel: convolution.kernel), node: node)
        try reserveScratch(for: banded, quantizes: false, node: node)
        let packed = try banded.packedWeights(weights)
        let result =
            adds ? FeatureMap(shape: shape, buffer: try buffers.acquire(shape.count, for: network.nodes[node].name)) : target
        defer { if adds { buffers.release(result.buffer) } }
        let parameters = quantizer?.parameterCount ?? 0
        let pieces = shape.samples * banded.bands.count
        var partial = [Double](repeating: 0, count: pieces * parameters)
        let failure = Mutex<String?>(nil)
        let scratches = scratches
        partial.withUnsafeMutableBufferPointer { partial in
            // An empty array still needs an address to hand on.
            var none = 0.0
            withUnsafeMutablePointer(to: &none) { none in
                let sums = partial.baseAddress ?? none
                pool.run(pieces: pieces) { piece, worker in
                    let (sample, index) = (piece / banded.bands.count, piece % banded.bands.count)
                    let failed = banded.run(
                        band: index, input: outputGradient.sample(sample), quantizer: nil, weights: packed[index], bias: nil,
                        output: result.sample(sample), scratch: scratches[worker])
                    if let failed { failure.withLock { $0 = failed } }
                    let rows = banded.bands[index].output
                    let at = rows.lowerBound * result.rowCount
                    let count = rows.count * result.rowCount
                    let gradient = result.sample(sample) + at
                    if let quantizer, let input {
                        quantizer.differentiate(
                            input.sample(sample) + at, outputGradient: gradient, into: gradient,
                            parameterGradients: sums + piece * parameters, count: count)
                    }
                    if adds {
                        PointwiseOperations.add(
                            target.sample(sample) + at, gradient, into: target.sample(sample) + at, count: count)
                    }
                }
            }
        }
        if let message = failure.withLock({ $0 }) { throw .library(node: network.nodes[node].name, message: message) }
        return (0..<parameters).map { parameter in
            stride(from: parameter, to: partial.count, by: max(parameters, 1)).reduce(0) { $0 + partial[$1] }
        }
    }

    /// The gradient of a layer's weights, `[outputs, inputs, kernel, kernel]`, channels as the checkpoint has them.
    func weightGradient(
        node: Int, convolution: Convolution, quantizer: (any ElementwiseFunction)?, input: FeatureMap, outputGradient: FeatureMap,
        shuffle: Int?
    ) throws(FloatEngineError) -> [Float] {
        let shape = input.shape
        let name = network.nodes[node].name
        let bands = Band.cut(
            height: shape.height, width: shape.width, channels: max(convolution.inputs, convolution.outputs / 2),
            kernel: convolution.kernel)
        var primitives: [ConvolutionPrimitive] = []
        for band in bands {
            primitives.append(
                try library.primitive(
                    .init(
                        backwardWeights: true, inputHeight: band.input.count, width: shape.width, inputs: convolution.inputs,
                        outputs: convolution.outputs, kernel: convolution.kernel, paddingTop: band.paddingTop,
                        paddingBottom: band.paddingBottom, paddingSide: convolution.kernel / 2), node: name))
        }
        // Sums add up in one layout. Bands of different heights can have different ones: then it is the plain one.
        guard let first = primitives.first else { return [] }
        let shared = primitives.allSatisfy { $0.sharesWeightLayout(with: first) }
        let plainCount = convolution.weight.values.count
        let sumCount = shared ? first.weightCount : plainCount
        let rows = bands.map(\.input.count).max() ?? 0
        let library = primitives.map(\.scratchCount).max() ?? 0
        let packedCount = primitives.map(\.weightCount).max() ?? 0
        for worker in scratches.indices {
            try scratches[worker].reserve(
                input: quantizer == nil ? 0 : rows * input.rowCount, output: packedCount, library: library, node: name)
        }
        // At most four sums a sample: enough pieces for many threads, little memory for wide layers.
        let groups = min(4, bands.count)
        let pieces = shape.samples * groups
        // Behind each sum a place for the next summand.
        let sums = try buffers.acquire(2 * pieces * sumCount, for: name)
        defer { buffers.release(sums) }
        let failure = Mutex<String?>(nil)
        let scratches = scratches
        pool.run(pieces: pieces) { piece, worker in
            let (sample, group) = (piece / groups, piece % groups)
            let total = sums.pointer + 2 * piece * sumCount
            let summand = total + sumCount
            guard let packed = scratches[worker].output?.pointer, let libraryScratch = scratches[worker].library?.pointer else {
                return failure.withLock { $0 = "no scratch memory" }
            }
            let range = group * bands.count / groups..<(group + 1) * bands.count / groups
            for index in range {
                var source = UnsafePointer(input.sample(sample) + bands[index].input.lowerBound * input.rowCount)
                if let quantizer, let quantized = scratches[worker].input?.pointer {
                    quantizer.apply(source, into: quantized, count: bands[index].input.count * input.rowCount)
                    source = UnsafePointer(quantized)
                }
                let isFirst = index == range.lowerBound
                let target = isFirst ? total : summand
                var failed = primitives[index].backwardWeights(
                    source,
                    outputGradient: outputGradient.sample(sample) + bands[index].output.lowerBound * outputGradient.rowCount,
                    into: shared ? target : packed, scratch: libraryScratch)
                if !shared, failed == nil { failed = primitives[index].unpack(packed, into: target) }
                if let failed { failure.withLock { $0 = failed } }
                if !isFirst { PointwiseOperations.add(total, summand, into: total, count: sumCount) }
            }
        }
        if let message = failure.withLock({ $0 }) { throw .library(node: name, message: message) }
        for piece in 1..<max(1, pieces) where piece < pieces {
            PointwiseOperations.add(sums.pointer, sums.pointer + 2 * piece * sumCount, into: sums.pointer, count: sumCount)
        }
        var result = [Float](repeating: 0, count: plainCount)
        let message = result.withUnsafeMutableBufferPointer { result -> String? in
            guard let start = result.baseAddress else { return nil }
            if shared { return first.unpack(sums.pointer, into: start) }
            start.update(from: sums.pointer, count: plainCount)
            return nil
        }
        if let message { throw .library(node: name, message: message) }
        if let shuffle {
            result = WeightLayout.restored(result, by: WeightLayout.shuffleOrder(outputs: convolution.outputs, factor: shuffle))
        }
        return result
    }
}
