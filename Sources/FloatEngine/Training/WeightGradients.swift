import Networks
import Tensors

/// The gradients of a convolution's own weights and bias.
extension GraphRunner {
    /// Returns the gradients of all weights, `[outputs, inputs, kernel, kernel]` in the network's order, and of the bias:
    ///
    ///     dL/dw[o, i, v, h] = Σ over samples and pixels of g[y, x, o] · q(x)[y + v - k/2, x + h - k/2, i]
    ///     dL/db[o] = Σ over samples and pixels of g[y, x, o]
    ///
    /// Sums are in double precision, in an order that follows from shapes alone: every output channel is one piece of work.
    /// This is the plain sum, several times slower than oneDNN's backward convolution would be.
    /// - Parameters:
    ///   - quantizers: one per sample; empty where there is none.
    ///   - shuffle: the factor of the pixel shuffle in whose order the outputs are stored; nil where they are stored as they are.
    ///   - outputGradient: the gradient of the layer's result as it is stored.
    func weightGradients(
        node: Int, _ convolution: Convolution, quantizers: [(any ElementwiseFunction)?], shuffle: Int?, input: FeatureMap,
        outputGradient: FeatureMap
    ) throws(FloatEngineError) -> (weights: [Double], bias: [Double]) {
        let read = try quantized(input, quantizers, node: node)
        defer { if read.buffer !== input.buffer { buffers.release(read.buffer) } }
        let (outputs, inputs, kernel) = (convolution.outputs, convolution.inputs, convolution.kernel)
        let block = inputs * kernel * kernel
        let order = shuffle.map { WeightLayout.shuffleOrder(outputs: outputs, factor: $0) }
        var weights = [Double](repeating: 0, count: outputs * block)
        var bias = [Double](repeating: 0, count: outputs)
        weights.withUnsafeMutableBufferPointer { weights in
            bias.withUnsafeMutableBufferPointer { bias in
                guard let weights = weights.baseAddress, let bias = bias.baseAddress else { return }
                pool.run(pieces: outputs) { output, _ in
                    bias[output] = Self.addGradients(
                        of: order?[output] ?? output, kernel: kernel, input: read, outputGradient: outputGradient,
                        to: weights + output * block)
                }
            }
        }
        return (weights, bias)
    }

    /// Returns the numbers that the convolution multiplies its weights by: the input, or a copy that went through the quantizers.
    private func quantized(
        _ input: FeatureMap, _ quantizers: [(any ElementwiseFunction)?], node: Int
    ) throws(FloatEngineError) -> FeatureMap {
        guard quantizers.contains(where: { $0 != nil }) else { return input }
        let shape = input.shape
        let copy = FeatureMap(shape: shape, buffer: try buffers.acquire(shape.count, for: network.nodes[node].name))
        pool.run(pieces: shape.samples * shape.height) { piece, _ in
            let (sample, row) = (piece / shape.height, piece % shape.height)
            let (from, to) = (input.sample(sample) + row * input.rowCount, copy.sample(sample) + row * input.rowCount)
            if let quantizer = quantizers[sample] {
                quantizer.apply(from, into: to, count: input.rowCount)
            } else {
                to.update(from: from, count: input.rowCount)
            }
        }
        return copy
    }

    /// Adds the gradients of one output channel's weights, `[inputs, kernel, kernel]`, to `target`.
    /// - Returns: the gradient of its bias.
    private static func addGradients(
        of channel: Int, kernel: Int, input: FeatureMap, outputGradient: FeatureMap, to target: UnsafeMutablePointer<Double>
    ) -> Double {
        let (shape, radius, area) = (input.shape, kernel / 2, kernel * kernel)
        let inputs = shape.channels
        var bias = 0.0
        // One tap's inputs lie side by side here, as they do in the map.
        var sums = [Double](repeating: 0, count: area * inputs)
        sums.withUnsafeMutableBufferPointer { sums in
            for sample in 0..<shape.samples {
                let (values, gradient) = (input.sample(sample), outputGradient.sample(sample) + channel)
                for y in 0..<shape.height {
                    for x in 0..<shape.width {
                        let slope = Double(gradient[(y * shape.width + x) * outputGradient.shape.channels])
                        bias += slope
                        guard slope != 0 else { continue }
                        for v in max(0, radius - y)..<min(kernel, shape.height + radius - y) {
                            for h in max(0, radius - x)..<min(kernel, shape.width + radius - x) {
                                let pixel = values + ((y + v - radius) * shape.width + x + h - radius) * inputs
                                let tap = (v * kernel + h) * inputs
                                for i in 0..<inputs { sums[tap + i] += slope * Double(pixel[i]) }
                            }
                        }
                    }
                }
            }
            for i in 0..<inputs { for tap in 0..<area { target[i * area + tap] += sums[tap * inputs + i] } }
        }
        return bias
    }
}
