import Networks
import Tensors

/// The single steps of a plan, which inference and training share. Used by one thread at a time; the work inside is shared out.
final class GraphRunner {
    let network: Network
    let pool: ThreadPool
    /// The memory of feature maps.
    let buffers = BufferPool()
    /// oneDNN's primitives, one per shape.
    let library: ConvolutionLibrary
    /// The scratch memory of each of the pool's workers.
    var scratches: [WorkerScratch]
    /// The layers' weights in oneDNN's layouts.
    private let weights: PreparedWeights
    /// The convolutions in bands that were made so far.
    private var convolutions: [BandedConvolution.Description: BandedConvolution] = [:]

    /// Makes a runner of a network's nodes.
    init(network: Network, pool: ThreadPool, weights: PreparedWeights = PreparedWeights()) throws(FloatEngineError) {
        (self.network, self.pool, self.weights) = (network, pool, weights)
        library = try ConvolutionLibrary()
        scratches = [WorkerScratch](repeating: WorkerScratch(), count: pool.threads)
    }

    // MARK: - Input

    /// Checks that a tensor can be the network's input.
    /// - Throws: `.input` unless it is `[samples, height, width, channels]` with the channels that the network reads.
    func requireFits(_ input: Tensor) throws(FloatEngineError) {
        guard input.dimensions.count == 4, case .input(let channels)? = network.nodes.first?.operation,
            input.dimensions[3] == channels, !input.values.isEmpty
        else { throw .input("the network takes [samples, height, width, channels], not \(input.dimensions)") }
    }

    /// Returns a copy of the input in the engine's memory.
    func loaded(_ tensor: Tensor, shape: Shape) throws(FloatEngineError) -> FeatureMap {
        let map = FeatureMap(shape: shape, buffer: try buffers.acquire(shape.count, for: "input"))
        tensor.values.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { map.pointer.update(from: base, count: source.count) }
        }
        return map
    }

    // MARK: - Weights

    /// Returns the weights and bias of a layer in the order in which its results are stored.
    func layerWeights(
        _ node: Int, _ convolution: Convolution, shuffle: Int?, override: ConvolutionOverride?
    ) throws(FloatEngineError) -> LayerWeights {
        try weights.layer(node) { () throws(FloatEngineError) in
            let scales = override?.scales
            // What comes after the scales is always an addition, so that it is the same with and without a bias.
            let bias = convolution.bias.map { override?.bias ?? $0 } ?? scales.map { [Float](repeating: 0, count: $0.count) }
            return try LayerWeights(
                stored(override?.weight ?? convolution.weight.values, convolution, shuffle: shuffle),
                bias: bias.map { stored($0, convolution, shuffle: shuffle) },
                scales: scales.map { stored($0, convolution, shuffle: shuffle) }, node: network.nodes[node].name)
        }
    }

    /// Sets a layer's weights, `[outputs, inputs, kernel, kernel]` in the network's order.
    /// - Returns: the weights that have to be packed again; nil where none have been packed yet.
    func replaceWeights(_ node: Int, _ convolution: Convolution, shuffle: Int?, with values: [Float]) -> LayerWeights? {
        weights.replace(node, with: stored(values, convolution, shuffle: shuffle))
    }

    /// Sets a layer's bias, in the network's order.
    func replaceBias(_ node: Int, _ convolution: Convolution, shuffle: Int?, with values: [Float]) {
        weights.replaceBias(node, with: stored(values, convolution, shuffle: shuffle))
    }

    /// Returns values that are in the network's order of outputs in the order in which results are stored.
    func stored(_ values: [Float], _ convolution: Convolution, shuffle: Int?) -> [Float] {
        WeightLayout.stored(values, outputs: convolution.outputs, shuffle: shuffle)
    }

    /// Returns the convolution of this description, made at the first call.
    func banded(_ description: BandedConvolution.Description, node: Int) throws(FloatEngineError) -> BandedConvolution {
        if let known = convolutions[description] { return known }
        let made = try BandedConvolution(description, library: library, node: network.nodes[node].name)
        convolutions[description] = made
        return made
    }

    /// Makes sure that every worker has the scratch memory that a convolution needs.
    /// - Parameter keepsResult: whether results stay in scratch memory in any case.
    func reserveScratch(
        for convolution: BandedConvolution, substitute: (any RowsConvolution)?, keepsResult: Bool = false, node: Int
    ) throws(FloatEngineError) {
        for worker in scratches.indices {
            try convolution.reserve(
                &scratches[worker], substitute: substitute, keepsResult: keepsResult, node: network.nodes[node].name)
        }
    }

    // MARK: - Steps

    /// Runs a convolution step.
    /// - Parameters:
    ///   - override: the layer's quantizer, weights, bias and scales, where it has others than the network's.
    ///   - variants: the number of the override's variant for each sample; empty: its `input`.
    ///   - storedShuffle: the factor of the pixel shuffle in whose order the result's channels are stored; nil: in their own.
    ///   - rounds: whether sums may be rounded as they come; none are where there are scales.
    ///   - precision: of the products of a convolution that rounds.
    ///   - substitute: computes the convolution and quantizes its input instead of oneDNN and `override`.
    ///   - observe: sees every band of the convolution's own input and result.
    func convolve(
        _ work: ForwardPass.ConvolutionStep, override: ConvolutionOverride?, variants: [Int], storedShuffle: Int?,
        rounds: Bool = false, precision: Precision = .f32, substitute: (any RowsConvolution)? = nil,
        observe: ConvolutionObserver? = nil
    ) throws(FloatEngineError) {
        let (step, convolution, input, output) = (work.step, work.convolution, work.input, work.output)
        let quantizers = try quantizers(override, variants: variants, input: input, node: step.node)
        let banded = try banded(
            .init(
                height: input.shape.height, width: input.shape.width, inputs: convolution.inputs, outputs: convolution.outputs,
                kernel: convolution.kernel, hasBias: convolution.bias != nil, accumulate: step.accumulatesInto != nil,
                adds: work.added != nil, relu: step.relu, shuffle: step.shuffle,
                scaled: override?.scales != nil && substitute == nil, observed: observe != nil,
                rowsTogether: substitute?.rowsTogether ?? 0, quantizes: quantizers.contains { $0 != nil }, rounds: rounds,
                precision: precision),
            node: step.node)
        try reserveScratch(for: banded, substitute: substitute, node: step.node)
        let weights: BandWeights
        if let substitute {
            weights = .rows(substitute)
        } else {
            weights = try banded.packedWeights(layerWeights(step.node, convolution, shuffle: storedShuffle, override: override))
        }
        let failure = Guarded<String?>(nil)
        let scratches = scratches
        var resultShape = input.shape
        resultShape.channels = convolution.outputs
        let (node, inputShape, outputShape) = (step.node, input.shape, resultShape)
        pool.run(pieces: input.shape.samples * banded.bands.count) { piece, worker in
            let (sample, band) = (piece / banded.bands.count, piece % banded.bands.count)
            let watch = observe.map { observe in
                { (input: UnsafeBufferPointer<Float>, result: UnsafeBufferPointer<Float>) in
                    observe(
                        ConvolutionObservation(
                            node: node, band: piece, input: input, inputShape: inputShape, output: result, outputShape: outputShape)
                    )
                }
            }
            let failed = banded.run(
                band: band, input: input.sample(sample), quantizer: quantizers.isEmpty ? nil : quantizers[sample],
                weights: weights, added: work.added.map { UnsafePointer($0.sample(sample)) }, output: output.sample(sample),
                scratch: scratches[worker], observe: watch)
            if let failed { failure.withLock { $0 = failed } }
        }
        if let message = failure.withLock({ $0 }) { throw .library(node: network.nodes[step.node].name, message: message) }
    }

    /// Runs an operation that is no convolution. `output` may share the first input's memory where the operation is pointwise.
    /// - Parameter storedShuffle: whether a pixel shuffle's input has its channels in shuffle order already.
    func operate(_ operation: Operation, storedShuffle: Bool, inputs: [FeatureMap], output: FeatureMap) {
        guard let input = inputs.first else { return }
        switch operation {
        case .input, .convolution: break
        case .affine(let scale, let shift):
            overPixels(input.shape) { first, count in
                let at = first * input.shape.channels
                PointwiseOperations.affine(
                    input.pointer + at, scale: scale, shift: shift, into: output.pointer + at, pixels: count,
                    channels: input.shape.channels)
            }
        case .relu:
            overPixels(input.shape) { first, count in
                let at = first * input.shape.channels
                PointwiseOperations.relu(input.pointer + at, into: output.pointer + at, count: count * input.shape.channels)
            }
        case .leakyRelu(let slope): prelu(input, slopes: [slope], into: output)
        case .prelu(let slopes): prelu(input, slopes: slopes, into: output)
        case .add:
            for (index, other) in inputs.enumerated().dropFirst() {
                let left = index == 1 ? input : output
                overPixels(input.shape) { first, count in
                    let at = first * input.shape.channels
                    PointwiseOperations.add(
                        left.pointer + at, other.pointer + at, into: output.pointer + at, count: count * input.shape.channels)
                }
            }
        case .multiply(let factor):
            overPixels(input.shape) { first, count in
                let at = first * input.shape.channels
                PointwiseOperations.multiply(
                    input.pointer + at, by: factor, into: output.pointer + at, count: count * input.shape.channels)
            }
        case .concatenate:
            var offset = 0
            for map in inputs {
                overPixels(map.shape) { first, count in
                    PointwiseOperations.insertChannels(
                        map.pointer + first * map.shape.channels, channels: map.shape.channels,
                        into: output.pointer + first * output.shape.channels, width: output.shape.channels, offset: offset,
                        pixels: count)
                }
                offset += map.shape.channels
            }
        case .pixelShuffle(let factor):
            // Channels that were not stored in shuffle order are put there first, pixel by pixel.
            let order = storedShuffle ? nil : WeightLayout.shuffleOrder(outputs: input.shape.channels, factor: factor)
            pool.run(pieces: input.shape.samples * input.shape.height) { piece, _ in
                let (sample, row) = (piece / input.shape.height, piece % input.shape.height)
                let source = input.sample(sample) + row * input.rowCount
                if let order {
                    var sorted = [Float](repeating: 0, count: input.rowCount)
                    for x in 0..<input.shape.width {
                        let at = x * input.shape.channels
                        for (from, to) in order.enumerated() { sorted[at + to] = source[at + from] }
                    }
                    PixelShuffle.spreadRuns(
                        sorted, rows: row..<row + 1, width: input.shape.width, channels: input.shape.channels, factor: factor,
                        into: output.sample(sample))
                } else {
                    PixelShuffle.spreadRuns(
                        source, rows: row..<row + 1, width: input.shape.width, channels: input.shape.channels, factor: factor,
                        into: output.sample(sample))
                }
            }
        case .resizeBilinear(let factor):
            pool.run(pieces: output.shape.samples * output.shape.height) { piece, _ in
                let (sample, row) = (piece / output.shape.height, piece % output.shape.height)
                BilinearResize.forward(
                    input.sample(sample), height: input.shape.height, width: input.shape.width, channels: input.shape.channels,
                    factor: factor, rows: row..<row + 1, into: output.sample(sample))
            }
        case .tanh:
            overPixels(input.shape) { first, count in
                let at = first * input.shape.channels
                PointwiseOperations.tanh(input.pointer + at, into: output.pointer + at, count: count * input.shape.channels)
            }
        }
    }

    /// Runs a PReLU with one slope or one per channel.
    private func prelu(_ input: FeatureMap, slopes: [Float], into output: FeatureMap) {
        overPixels(input.shape) { first, count in
            let at = first * input.shape.channels
            PointwiseOperations.prelu(
                input.pointer + at, slopes: slopes, into: output.pointer + at, pixels: count, channels: input.shape.channels)
        }
    }

    /// Calls `body`, on all threads, for stretches of about 32 K floats that cover all pixels. They follow from the shape alone.
    func overPixels(_ shape: Shape, _ body: (_ first: Int, _ count: Int) -> Void) {
        let pixels = shape.samples * shape.height * shape.width
        let stretch = max(1, 32_768 / shape.channels)
        pool.run(pieces: (pixels + stretch - 1) / stretch) { piece, _ in
            body(piece * stretch, min(stretch, pixels - piece * stretch))
        }
    }
}
