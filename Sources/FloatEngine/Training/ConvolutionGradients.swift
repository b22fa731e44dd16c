import Networks
import Tensors

/// The backward pass of one convolution, over the same bands as its forward pass.
extension GraphRunner {
    /// Carries a gradient from a layer's output back to its input: a convolution with inputs and outputs exchanged and the kernel
    /// turned by 180 degrees.
    ///
    /// - Parameters:
    ///   - weights: these turned weights; nil for a `substitute`, which computes the convolution instead of oneDNN.
    ///   - quantizers: by sample; empty where there is none.
    ///   - wantsParameters: whether the gradients of quantizers' parameters are wanted.
    ///   - input: what the layer read, before its quantizer; needed where there is one, and where it comes from a ReLU.
    ///   - isRelu: whether the gradient is to be 0 where the input, a ReLU's result, is.
    ///   - shuffled: the factor of the pixel shuffle after which `outputGradient` is, for a `substitute`; 1: it is the layer's own.
    ///   - target: overwritten, or added to if `adds`.
    /// - Returns: by sample, the gradients of its quantizer's parameters; 0 where they are not wanted.
    func inputGradient(
        node: Int, weights: LayerWeights?, substitute: (any RowsConvolution)?, convolution: Convolution,
        quantizers: [(any ElementwiseFunction)?], wantsParameters: Bool, input: FeatureMap?, isRelu: Bool,
        outputGradient: FeatureMap, shuffled: Int, target: FeatureMap, adds: Bool
    ) throws(FloatEngineError) -> [[Double]] {
        let shape = target.shape
        let banded = try banded(
            .init(
                height: shape.height, width: shape.width, inputs: convolution.outputs, outputs: convolution.inputs,
                kernel: convolution.kernel, rowsTogether: substitute?.rowsTogether ?? 0, rounds: true), node: node)
        try reserveScratch(for: banded, substitute: substitute, keepsResult: adds, node: node)
        let bandWeights: BandWeights
        if let substitute {
            bandWeights = .rows(substitute)
        } else if let weights {
            bandWeights = try banded.packedWeights(weights)
        } else {
            throw .input("\(network.nodes[node].name): nothing computes its gradients")
        }
        let parameters = quantizers.map { $0?.parameterCount ?? 0 }.max() ?? 0
        let pieces = shape.samples * banded.bands.count
        var partial = [Double](repeating: 0, count: pieces * parameters)
        let failure = Guarded<String?>(nil)
        let scratches = scratches
        partial.withUnsafeMutableBufferPointer { partial in
            // An empty array still needs an address to hand on.
            var none = 0.0
            withUnsafeMutablePointer(to: &none) { none in
                let sums = partial.baseAddress ?? none
                pool.run(pieces: pieces) { piece, worker in
                    let (sample, index) = (piece / banded.bands.count, piece % banded.bands.count)
                    let rows = banded.bands[index].output
                    let (at, count) = (rows.lowerBound * target.rowCount, rows.count * target.rowCount)
                    let whole = target.sample(sample) + at
                    // What is added to other gradients is finished in the worker's own memory.
                    guard let gradient = adds ? scratches[worker].result?.pointer : whole else {
                        return failure.withLock { $0 = "no scratch memory" }
                    }
                    let failed = banded.compute(
                        band: index, input: outputGradient.sample(sample), quantizer: nil, weights: bandWeights,
                        gathered: shuffled, into: gradient, scratch: scratches[worker])
                    if let failed { failure.withLock { $0 = failed } }
                    if !quantizers.isEmpty, let quantizer = quantizers[sample], let input {
                        let input = input.sample(sample) + at
                        if wantsParameters {
                            quantizer.differentiate(
                                input, outputGradient: gradient, into: gradient, parameterGradients: sums + piece * parameters,
                                count: count)
                        } else {
                            quantizer.passGradient(input, outputGradient: gradient, into: gradient, count: count)
                        }
                    }
                    if isRelu, let input {
                        PointwiseOperations.reluGradient(
                            input.sample(sample) + at, outputGradient: gradient, into: gradient, count: count)
                    }
                    if adds { PointwiseOperations.add(whole, gradient, into: whole, count: count) }
                }
            }
        }
        if let message = failure.withLock({ $0 }) { throw .library(node: network.nodes[node].name, message: message) }
        return (0..<shape.samples).map { sample in
            (0..<parameters).map { parameter in
                (0..<banded.bands.count).reduce(0) { $0 + partial[(sample * banded.bands.count + $1) * parameters + parameter] }
            }
        }
    }

    /// Returns how the loss changes along some directions of a layer's weights: for each direction D and stored output channel o,
    /// the sum over o's pixels of outputGradient · conv(input, D).
    ///
    /// Weight quantizers have one or two parameters per layer or channel. This costs a forward convolution per parameter, where the
    /// gradient of all weights would cost a backward one, at two thirds of the speed, that is then reduced to as few numbers.
    /// - Parameters:
    ///   - directions: each with its outputs in the order in which the layer's results are stored.
    ///   - shuffled: the factor of the pixel shuffle after which `outputGradient` is; all directions are in rows then.
    /// - Returns: by direction, one sum per stored output channel.
    func directionalDerivatives(
        node: Int, directions: [Direction], convolution: Convolution, quantizers: [(any ElementwiseFunction)?],
        input: FeatureMap, outputGradient: FeatureMap, shuffled: Int
    ) throws(FloatEngineError) -> [[Double]] {
        let outputs = convolution.outputs
        var work: [(banded: BandedConvolution, weights: BandWeights)] = []
        for direction in directions {
            let substitute: (any RowsConvolution)? = if case .rows(let rows) = direction { rows } else { nil }
            let banded = try banded(
                .init(
                    height: input.shape.height, width: input.shape.width, inputs: convolution.inputs, outputs: outputs,
                    kernel: convolution.kernel, observed: true, rowsTogether: substitute?.rowsTogether ?? 0,
                    quantizes: quantizers.contains { $0 != nil }, rounds: true),
                node: node)
            try reserveScratch(for: banded, substitute: substitute, node: node)
            switch direction {
            case .library(let weights): work.append((banded, try banded.packedWeights(weights)))
            case .rows(let rows): work.append((banded, .rows(rows)))
            }
        }
        return try work.map { banded, weights throws(FloatEngineError) in
            try derivative(
                node: node, banded, weights, outputs: outputs, quantizers: quantizers, input: input,
                outputGradient: outputGradient, shuffled: shuffled)
        }
    }

    /// Returns these sums along one direction.
    private func derivative(
        node: Int, _ banded: BandedConvolution, _ weights: BandWeights, outputs: Int, quantizers: [(any ElementwiseFunction)?],
        input: FeatureMap, outputGradient: FeatureMap, shuffled: Int
    ) throws(FloatEngineError) -> [Double] {
        let pieces = input.shape.samples * banded.bands.count
        var partial = [Double](repeating: 0, count: pieces * outputs)
        let failure = Guarded<String?>(nil)
        let scratches = scratches
        partial.withUnsafeMutableBufferPointer { partial in
            guard let sums = partial.baseAddress else { return }
            pool.run(pieces: pieces) { piece, worker in
                let (sample, index) = (piece / banded.bands.count, piece % banded.bands.count)
                guard let result = scratches[worker].result?.pointer else { return failure.withLock { $0 = "no scratch memory" } }
                let rows = banded.bands[index].output
                let width = input.shape.width
                let gradient = outputGradient.sample(sample) + rows.lowerBound * width * outputs
                if case .rows(let substitute) = weights, let memory = scratches[worker].input?.pointer {
                    substitute.run(
                        rows: rows, height: input.shape.height, width: width, input: input.sample(sample), into: result,
                        fused: RowsFusion(shuffle: shuffled), scratch: memory)
                    // After a shuffle, one of `shuffled` rows has its share of the outputs of every pixel side by side.
                    let share = outputs / shuffled
                    for row in 0..<rows.count * shuffled where shuffled > 1 {
                        PointwiseOperations.addProducts(
                            result + row * width * share, gradient + row * width * share,
                            to: sums + piece * outputs + row % shuffled * share, pixels: width, channels: share)
                    }
                    if shuffled > 1 { return }
                    return PointwiseOperations.addProducts(
                        result, gradient, to: sums + piece * outputs, pixels: rows.count * width, channels: outputs)
                }
                let failed = banded.compute(
                    band: index, input: UnsafePointer(input.sample(sample)),
                    quantizer: quantizers.isEmpty ? nil : quantizers[sample], weights: weights, into: result,
                    scratch: scratches[worker])
                if let failed { failure.withLock { $0 = failed } }
                PointwiseOperations.addProducts(
                    result, gradient, to: sums + piece * outputs, pixels: rows.count * width, channels: outputs)
            }
        }
        if let message = failure.withLock({ $0 }) { throw .library(node: network.nodes[node].name, message: message) }
        return (0..<outputs).map { channel in
            stride(from: channel, to: partial.count, by: outputs).reduce(0) { $0 + partial[$1] }
        }
    }
}

/// Weights along which a derivative is wanted, in the form that computes the convolution with them.
enum Direction {
    /// oneDNN computes it.
    case library(LayerWeights)
    /// Something else computes it.
    case rows(any RowsConvolution)

    /// Whether something else than oneDNN computes it.
    var isInRows: Bool { if case .rows = self { true } else { false } }
}
