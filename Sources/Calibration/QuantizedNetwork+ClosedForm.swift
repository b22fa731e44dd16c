import FloatEngine
import Networks
import QuantizedNetworks
import Quantizers
import Tensors

/// The passes that find weights in closed form: one of the float network, which keeps what enters every layer, and one of the
/// quantized network, in which every layer gets its weights right before it runs.
extension QuantizedNetwork {
    /// The most numbers in a layer's window: the work grows with the third power. Layers with more keep their weights.
    private static let largestWindow = 1200
    /// The windows that are sampled of a layer, for each number in one.
    private static let windowsPerNumber = 8
    /// The images that are looked at, and the side of the square in their middle.
    private static let (images, side) = (8, 48)

    /// Solves for the weights and biases of all layers whose weights are quantized, from the first to the last, and refits their
    /// weight quantizers: those of a layer to what the layers before it have made of its input.
    ///
    /// - Parameters:
    ///   - teacher: the float network of this network's graph.
    ///   - images: each `[1, height, width, 3]`, all of one size.
    /// - Throws: `.engine`; `.quantization` where a quantizer cannot be fitted to a layer's new weights.
    mutating func solveWeights(teacher: Network, images: [Tensor], pool: ThreadPool) throws(CalibrationError) {
        let batch = Self.middles(of: images)
        var inputs: [Int: [Float]] = [:]
        var failure: CalibrationError?
        var result = self
        do {
            let nodes = quantizedNodes.filter { layers[$0]?.weight != nil }
            // An override that changes nothing, so that the input is shown.
            let float = try TrainingExecutor(
                network: teacher, pool: pool,
                overrides: Dictionary(uniqueKeysWithValues: nodes.map { ($0, ConvolutionOverride()) }), features: [])
            _ = try float.forward(batch) { node, input in inputs[node] = Array(input) }
            let student = try TrainingExecutor(network: network, pool: pool, overrides: simulated, features: [])
            _ = try student.forward(batch) { node, input in
                guard failure == nil, let float = inputs.removeValue(forKey: node), let layer = result.layers[node],
                    case .convolution(var convolution) = result.network.nodes[node].operation
                else { return }
                do throws(QuantizerError) {
                    let solved = try result.recipe.solved(
                        layer, &convolution, quantized: Array(input), float: float, shape: batch.dimensions, pool: pool)
                    result.layers[node]?.weight = solved
                } catch {
                    failure = .quantization(.layer(name: result.network.nodes[node].name, error))
                }
                result.network.nodes[node].operation = .convolution(convolution)
                if let weights = result.layers[node]?.effectiveWeights(of: convolution) { student.setWeights(weights, node: node) }
                if let bias = convolution.bias { student.setBias(bias, node: node) }
            }
        } catch { throw .engine(error) }
        if let failure { throw failure }
        self = result
    }

    /// The overrides without snapping, by which gradients could pass.
    private var simulated: [Int: ConvolutionOverride] {
        var free = self
        free.recipe.snapping = false
        return free.overrides
    }

    /// Returns squares from the middle of images that are spread over all of them, as one batch.
    private static func middles(of all: [Tensor]) -> Tensor {
        let count = min(images, all.count)
        let chosen = (0..<count).map { all[$0 * all.count / count] }.filter { $0.dimensions == all[0].dimensions }
        let (height, width) = (all[0].dimensions[1], all[0].dimensions[2])
        let (rows, columns) = (min(height, side), min(width, side))
        var values: [Float] = []
        for image in chosen {
            for y in (height - rows) / 2..<(height - rows) / 2 + rows {
                let start = (y * width + (width - columns) / 2) * 3
                values += image.values[start..<start + columns * 3]
            }
        }
        return Tensor(dimensions: [chosen.count, rows, columns, 3], values: values)
    }

    fileprivate static func stride(windows: Int, size: Int) -> Int? {
        guard size <= largestWindow else { return nil }
        let stride = max(windows / (windowsPerNumber * size), 1)
        // An odd stride walks over all columns of an image whose width is even.
        return stride % 2 == 0 ? stride - 1 : stride
    }
}

extension Recipe {
    /// Changes a layer's weights and bias to those in closed form, and returns the quantizer that has rounded the weights.
    ///
    /// - Parameters:
    ///   - quantized: what the layer reads in the quantized network, before its quantizer.
    ///   - float: what it reads in the float network.
    ///   - shape: the shape of the network's input; a layer's has as many samples and the same proportions.
    fileprivate func solved(
        _ layer: LayerQuantization, _ convolution: inout Convolution, quantized: [Float], float: [Float], shape: [Int],
        pool: ThreadPool
    ) throws(QuantizerError) -> (any WeightQuantizer)? {
        let (channels, window) = (convolution.inputs, convolution.kernel * convolution.kernel)
        let scale = Int((Double(quantized.count / channels) / Double(shape[0] * shape[1] * shape[2])).squareRoot().rounded())
        let (height, width) = (shape[1] * scale, shape[2] * scale)
        guard let weight = layer.weight,
            let stride = QuantizedNetwork.stride(windows: shape[0] * height * width, size: channels * window + 1)
        else { return layer.weight }
        // Both behind the scales where the input is quantized, as the weights are then as well.
        let isScaled = layer.activation != nil && layer.inputScales != nil
        func scaled(_ values: [Float]) -> [Float] {
            values.withUnsafeBufferPointer { InputScales.dividing($0, by: isScaled ? layer.inputScales : nil) { Array($0) } }
        }
        var read = scaled(quantized)
        if let activation = layer.activation(imageStep: 0) {
            read.withUnsafeMutableBufferPointer { values in
                if let start = values.baseAddress { activation.apply(start, into: start, count: values.count) }
            }
        }
        let sums = ProductSums(
            quantized: read, float: scaled(float), samples: shape[0], height: height, width: width, channels: channels,
            kernel: convolution.kernel, stride: stride, pool: pool)
        guard let equations = ClosedForm(sums) else { return weight }
        let weights = isScaled ? layer.scaledWeights(of: convolution) : convolution.weight.values
        let (size, outputs) = (channels * window, convolution.outputs)
        let fitted = (0..<outputs).map { output in
            equations.fitted([convolution.bias?[output] ?? 0] + weights[output * size..<(output + 1) * size])
        }
        var moved = convolution
        moved.weight.values = fitted.flatMap { $0.dropFirst() }
        if isScaled { moved.weight.values = layer.unscaled(moved.weight.values, of: convolution) }
        let quantizer = try weightQuantizer(fitting: layer.scaledWeights(of: moved), outputs: outputs, bits: weight.bits)
        var rounded = fitted
        if let symmetric = quantizer as? SymmetricWeightQuantizer, isScaled || layer.inputScales == nil {
            rounded = fitted.enumerated().map { output, values in
                let levels = symmetric[symmetric.groups == 1 ? 0 : output]
                return equations.rounded(values) { levels.decode(levels.encode($0)) }
            }
        }
        let values = rounded.flatMap { $0.dropFirst() }
        convolution.weight.values = isScaled ? layer.unscaled(values, of: convolution) : values
        convolution.bias = rounded.map { $0[0] }
        return quantizer
    }
}
