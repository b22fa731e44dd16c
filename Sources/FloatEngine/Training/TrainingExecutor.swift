import Networks
import Tensors

/// Runs a network forward keeping what gradients need, and then backward.
///
/// The gradients are those of input quantizers' parameters, and derivatives along directions of the (quantized) weights, from
/// which those of weight quantizers' parameters follow; the network's own weights do not change.
/// Belongs to one thread at a time. Sums run in an order that depends on shapes alone.
public final class TrainingExecutor {
    public struct Gradients {
        /// By node index: the gradients of the input quantizer's parameters.
        public var quantizers: [Int: [Double]] = [:]
        /// The same by node index and sample: its summands, where every sample may have had a quantizer of its own.
        public var samples: [Int: [[Double]]] = [:]
        /// By node index and direction of its weights: the derivative of the loss along it, as one summand per output channel.
        public var directions: [Int: [[Double]]] = [:]
    }

    /// A convolution's result (channels in shuffle order where it feeds a pixel shuffle) or that of an addition.
    public struct Feature {
        public let node: Int
        public let shape: Shape
        public let values: UnsafePointer<Float>

        public init(node: Int, shape: Shape, values: UnsafePointer<Float>) {
            (self.node, self.shape, self.values) = (node, shape, values)
        }
    }

    private let runner: GraphRunner
    private let plan: GraphPlan
    private let features: Set<Int>
    private let keeps: Set<Int>
    private let needsGradient: [Bool]
    private var overrides: [Int: ConvolutionOverride]
    private var substitutes: [Int: Substitutes] = [:]
    private var turned: [Int: LayerWeights] = [:]
    private var directionWeights: [Int: [Int: LayerWeights]] = [:]
    private var values: [Int: FeatureMap] = [:]
    private var shapes: [Shape] = []
    /// Of the last `forward`.
    private var variants: [Int] = []

    /// - Parameters:
    ///   - overrides: by node index: quantizers and weights to start with. Empty for a teacher.
    ///   - features: convolutions and additions whose results are asked for with `feature`.
    public init(
        network: Network, pool: ThreadPool, overrides: [Int: ConvolutionOverride], features: Set<Int>
    ) throws(FloatEngineError) {
        for (index, override) in overrides where override.scales != nil {
            throw .input("\(network.nodes[index].name): gradients do not pass through whole numbers")
        }
        runner = try GraphRunner(network: network, pool: pool)
        plan = GraphPlan(network, separate: features, overwrites: false)
        self.overrides = overrides
        self.features = features

        var keeps = features
        var needsGradient = [Bool](repeating: false, count: network.nodes.count)
        for step in plan.steps {
            let quantized = overrides[step.node] != nil
            let upstream = step.inputs.contains { needsGradient[$0] }
            needsGradient[step.node] = quantized || upstream
            needsGradient[step.output] = needsGradient[step.node]
            if quantized { keeps.insert(step.inputs[0]) }
            guard upstream else { continue }
            switch network.nodes[step.node].operation {
            case .relu, .tanh: keeps.insert(step.output)
            case .leakyRelu, .prelu: keeps.insert(step.inputs[0])
            default: break
            }
            if step.relu { keeps.insert(step.output) }
        }
        // A first layer's relu has no quantized layer before it, but the layer itself may be one.
        for step in plan.steps where step.relu && needsGradient[step.node] { keeps.insert(step.output) }
        self.keeps = keeps
        self.needsGradient = needsGradient
    }

    deinit { releaseValues() }

    public func setQuantizer(_ quantizer: any ElementwiseFunction, variants: [any ElementwiseFunction] = [], node: Int) {
        overrides[node]?.input = quantizer
        overrides[node]?.variants = variants
    }

    /// - Parameter weights: `[outputs, inputs, kernel, kernel]`.
    public func setWeights(_ weights: [Float], node: Int) {
        guard case .convolution(let convolution) = runner.network.nodes[node].operation else { return }
        overrides[node]?.weight = weights
        runner.replaceWeights(node, convolution, shuffle: plan.shuffles[node], with: weights)
        turned[node]?.replace(turnedWeights(node, convolution))
    }

    /// What computes a layer's convolutions instead of oneDNN.
    public struct Substitutes: Sendable {
        /// From the layer's input, which it quantizes, to its result, with the bias.
        public var forward: any RowsConvolution
        /// From the gradient of the layer's result to that of its quantized input; nil: oneDNN.
        public var inputGradient: (any RowsConvolution)?
        /// From the layer's input, which it quantizes, to how its result changes along a tensor like its weights, in the order that
        /// results are stored in; nil: oneDNN.
        public var along: @Sendable ([Float]) -> (any RowsConvolution)?

        public init(
            forward: any RowsConvolution, inputGradient: (any RowsConvolution)?,
            along: @escaping @Sendable ([Float]) -> (any RowsConvolution)?
        ) {
            (self.forward, self.inputGradient, self.along) = (forward, inputGradient, along)
        }
    }

    /// From now on. A layer's quantizer and weights still have to be set where oneDNN computes some of its convolutions, and the
    /// quantizer for its gradients.
    public func setSubstitutes(_ substitutes: Substitutes?, node: Int) { self.substitutes[node] = substitutes }

    /// The factor of the pixel shuffle that a convolution alone feeds: its outputs are then stored in the shuffle's order. Nil: in
    /// their own.
    public func shuffle(_ node: Int) -> Int? { plan.shuffles[node] }

    // MARK: - Forward

    /// - Parameters:
    ///   - input: `[samples, height, width, channels]`, colours 0…255.
    ///   - variants: as in `Executor.run`. All quantizers of a layer have as many parameters.
    ///   - prepare: called before every convolution with an override, with its node index and what it reads; may set its
    ///     quantizer.
    /// - Returns: the output, valid until the next `forward`.
    public func forward(
        _ input: Tensor, variants: [Int] = [], prepare: ((_ node: Int, _ input: UnsafeBufferPointer<Float>) -> Void)? = nil
    ) throws(FloatEngineError) -> Feature {
        let network = runner.network
        try runner.requireFits(input)
        releaseValues()
        self.variants = variants
        shapes = try network.shapes(samples: input.dimensions[0], height: input.dimensions[1], width: input.dimensions[2])
        values[0] = try runner.loaded(input, shape: shapes[0])
        var uses = plan.uses
        for step in plan.steps {
            let node = network.nodes[step.node]
            let inputs = step.inputs.compactMap { values[$0] }
            let output: FeatureMap
            let reusable = node.operation.isPointwise && uses[step.inputs[0]] == 1 && !keeps.contains(step.inputs[0])
            if reusable, let map = values.removeValue(forKey: step.inputs[0]) {
                output = FeatureMap(shape: shapes[step.output], buffer: map.buffer)
            } else {
                output = FeatureMap(
                    shape: shapes[step.output], buffer: try runner.buffers.acquire(shapes[step.output].count, for: node.name))
            }
            values[step.output] = output
            if case .convolution(let convolution) = node.operation {
                if let prepare, overrides[step.node] != nil {
                    prepare(step.node, UnsafeBufferPointer(start: inputs[0].pointer, count: inputs[0].shape.count))
                }
                try runner.convolve(
                    step, convolution, input: inputs[0], override: overrides[step.node], variants: variants,
                    storedShuffle: plan.shuffles[step.node], output: output, substitute: substitutes[step.node]?.forward)
            } else {
                runner.operate(node.operation, storedShuffle: plan.shuffles[step.inputs[0]] != nil, inputs: inputs, output: output)
            }
            for input in step.inputs {
                uses[input] -= 1
                if uses[input] == 0, !keeps.contains(input), let map = values.removeValue(forKey: input) {
                    runner.buffers.release(map.buffer)
                }
            }
        }
        let last = network.nodes.count - 1
        guard let result = values[last] else { throw .input("the network has no output") }
        return Feature(node: last, shape: result.shape, values: UnsafePointer(result.pointer))
    }

    /// The result of one of the `features`, valid until the next `forward`.
    public func feature(_ node: Int) -> Feature? {
        values[node].map { Feature(node: node, shape: $0.shape, values: UnsafePointer($0.pointer)) }
    }

    private func releaseValues() {
        for map in values.values { runner.buffers.release(map.buffer) }
        values.removeAll()
    }

    // MARK: - Backward

    /// - Parameters:
    ///   - outputGradient: of the last `forward`'s output, same shape, channels last.
    ///   - directions: by node index: tensors like the layer's weights along which derivatives are wanted. Where there are any,
    ///     only they and what leads to them are computed.
    ///   - contribute: for every one of the `features`, in backward order: adds the gradient of a loss on that feature to the
    ///     given memory (as many floats as the feature has).
    public func backward(
        outputGradient: Tensor, directions: [Int: [[Float]]], contribute: (Feature, UnsafeMutablePointer<Float>) -> Void
    ) throws(FloatEngineError) -> Gradients {
        let network = runner.network
        var result = Gradients()
        var gradients: [Int: FeatureMap] = [:]
        defer { for map in gradients.values { runner.buffers.release(map.buffer) } }

        let last = network.nodes.count - 1
        let seed = FeatureMap(shape: shapes[last], buffer: try runner.buffers.acquire(shapes[last].count, for: "output"))
        outputGradient.values.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { seed.pointer.update(from: base, count: min(source.count, seed.shape.count)) }
        }
        gradients[last] = seed

        for step in plan.steps.reversed() where needsGradient[step.node] {
            guard var gradient = gradients.removeValue(forKey: step.output) else { continue }
            let node = network.nodes[step.node]
            guard case .convolution(let convolution) = node.operation else {
                if features.contains(step.node), let feature = feature(step.node) { contribute(feature, gradient.pointer) }
                try backwardOperation(step, node.operation, gradient, &gradients)
                continue
            }
            if step.relu, let value = values[step.output] { maskInPlace(gradient, value) }
            if step.shuffle > 1 { gradient = try gather(gradient, step) }
            if features.contains(step.node), let feature = feature(step.node) { contribute(feature, gradient.pointer) }
            let quantizers = overrides[step.node]?.inputs(samples: shapes[step.node].samples, choices: variants) ?? []
            let isQuantized = quantizers.contains { $0 != nil }
            let input = step.inputs[0]
            if let wanted = directions[step.node], let map = values[input] {
                result.directions[step.node] = try derivatives(
                    step.node, convolution, along: wanted, quantizers: quantizers, input: map, outputGradient: gradient)
            }
            // Below the first quantized layer nothing is trained; its own range is, unless only directions are asked for.
            if needsGradient[input] || (isQuantized && directions.isEmpty) {
                let existing = gradients[input]
                let target: FeatureMap
                if let existing {
                    target = existing
                } else {
                    target = FeatureMap(
                        shape: shapes[input], buffer: try runner.buffers.acquire(shapes[input].count, for: node.name))
                }
                let substitute = substitutes[step.node]?.inputGradient
                let sums = try runner.inputGradient(
                    node: step.node, weights: substitute == nil ? turnedLayerWeights(step.node, convolution) : nil,
                    substitute: substitute, convolution: convolution, quantizers: quantizers, input: values[input],
                    outputGradient: gradient, target: target,
                    adds: existing != nil)
                gradients[input] = target
                if isQuantized {
                    result.samples[step.node] = sums
                    result.quantizers[step.node] = Self.total(sums)
                }
            }
            runner.buffers.release(gradient.buffer)
        }
        return result
    }

    private static func total(_ samples: [[Double]]) -> [Double] {
        samples.dropFirst().reduce(samples.first ?? []) { total, sample in zip(total, sample).map { $0 + $1 } }
    }

    private func derivatives(
        _ node: Int, _ convolution: Convolution, along directions: [[Float]], quantizers: [(any ElementwiseFunction)?],
        input: FeatureMap, outputGradient: FeatureMap
    ) throws(FloatEngineError) -> [[Double]] {
        let shuffle = plan.shuffles[node]
        var kept = directionWeights[node] ?? [:]
        var work: [Direction] = []
        for (index, direction) in directions.enumerated() {
            let stored = runner.stored(direction, convolution, shuffle: shuffle)
            if let substitute = substitutes[node]?.along(stored) {
                work.append(.rows(substitute))
                continue
            }
            if let known = kept[index] {
                known.replace(stored)
                work.append(.library(known))
                continue
            }
            let made = try LayerWeights(stored, bias: nil, node: runner.network.nodes[node].name)
            kept[index] = made
            work.append(.library(made))
        }
        directionWeights[node] = kept
        let sums = try runner.directionalDerivatives(
            node: node, directions: work, convolution: convolution, quantizers: quantizers, input: input,
            outputGradient: outputGradient)
        guard let shuffle else { return sums }
        let order = WeightLayout.shuffleOrder(outputs: convolution.outputs, factor: shuffle)
        return sums.map { stored in order.map { stored[$0] } }
    }

    private func turnedLayerWeights(_ node: Int, _ convolution: Convolution) throws(FloatEngineError) -> LayerWeights {
        if let known = turned[node] { return known }
        let made = try LayerWeights(turnedWeights(node, convolution), bias: nil, node: runner.network.nodes[node].name)
        turned[node] = made
        return made
    }

    private func turnedWeights(_ node: Int, _ convolution: Convolution) -> [Float] {
        let stored = runner.stored(overrides[node]?.weight ?? convolution.weight.values, convolution, shuffle: plan.shuffles[node])
        return WeightLayout.transposed(
            stored, outputs: convolution.outputs, inputs: convolution.inputs, kernel: convolution.kernel)
    }

    private func maskInPlace(_ gradient: FeatureMap, _ value: FeatureMap) {
        runner.overPixels(gradient.shape) { first, count in
            let at = first * gradient.shape.channels
            PointwiseOperations.reluGradient(
                value.pointer + at, outputGradient: gradient.pointer + at, into: gradient.pointer + at,
                count: count * gradient.shape.channels)
        }
    }

    private func gather(_ gradient: FeatureMap, _ step: GraphPlan.Step) throws(FloatEngineError) -> FeatureMap {
        let shape = shapes[step.node]
        let result = FeatureMap(
            shape: shape, buffer: try runner.buffers.acquire(shape.count, for: runner.network.nodes[step.node].name))
        runner.pool.run(pieces: shape.samples * shape.height) { piece, _ in
            let (sample, row) = (piece / shape.height, piece % shape.height)
            PixelShuffle.gatherRuns(
                gradient.sample(sample), rows: row..<row + 1, width: shape.width, channels: shape.channels, factor: step.shuffle,
                into: result.sample(sample))
        }
        runner.buffers.release(gradient.buffer)
        return result
    }

    /// Takes over `gradient`.
    private func backwardOperation(
        _ step: GraphPlan.Step, _ operation: Operation, _ gradient: FeatureMap, _ gradients: inout [Int: FeatureMap]
    ) throws(FloatEngineError) {
        let shape = gradient.shape
        let channels = shape.channels
        let pointer = gradient.pointer
        let input = step.inputs[0]
        var owned: FeatureMap? = gradient
        switch operation {
        case .input, .convolution: break
        case .affine(let scale, _):
            runner.overPixels(shape) { first, count in
                PointwiseOperations.affine(
                    pointer + first * channels, scale: scale, shift: nil, into: pointer + first * channels, pixels: count,
                    channels: channels)
            }
            try give(&owned, to: input, &gradients)
        case .relu:
            if let value = values[step.output] { maskInPlace(gradient, value) }
            try give(&owned, to: input, &gradients)
        case .leakyRelu(let slope):
            preluInPlace(gradient, values[input], slopes: [slope])
            try give(&owned, to: input, &gradients)
        case .prelu(let slopes):
            preluInPlace(gradient, values[input], slopes: slopes)
            try give(&owned, to: input, &gradients)
        case .multiply(let factor):
            runner.overPixels(shape) { first, count in
                PointwiseOperations.multiply(
                    pointer + first * channels, by: factor, into: pointer + first * channels, count: count * channels)
            }
            try give(&owned, to: input, &gradients)
        case .tanh:
            if let value = values[step.output] {
                runner.overPixels(shape) { first, count in
                    let at = first * channels
                    PointwiseOperations.tanhGradient(
                        value.pointer + at, outputGradient: pointer + at, into: pointer + at, count: count * channels)
                }
            }
            try give(&owned, to: input, &gradients)
        case .add:
            let readers = step.inputs.filter { needsGradient[$0] }
            for (index, reader) in readers.enumerated() {
                if index == readers.count - 1 {
                    try give(&owned, to: reader, &gradients)
                } else {
                    try addCopy(of: gradient, to: reader, &gradients)
                }
            }
        case .concatenate:
            var offset = 0
            for reader in step.inputs {
                let part = shapes[reader]
                if needsGradient[reader] {
                    let slice = FeatureMap(shape: part, buffer: try runner.buffers.acquire(part.count, for: "concatenate"))
                    let begin = offset
                    runner.overPixels(part) { first, count in
                        PointwiseOperations.extractChannels(
                            pointer + first * channels, width: channels, offset: begin, into: slice.pointer + first * part.channels,
                            channels: part.channels, pixels: count)
                    }
                    var passed: FeatureMap? = slice
                    try give(&passed, to: reader, &gradients)
                }
                offset += part.channels
            }
        case .pixelShuffle(let factor):
            var gathered: FeatureMap? = try gatherUnfused(gradient, input: input, factor: factor)
            owned = nil
            try give(&gathered, to: input, &gradients)
        case .resizeBilinear(let factor):
            let target = shapes[input]
            let map = FeatureMap(shape: target, buffer: try runner.buffers.acquire(target.count, for: "resize"))
            map.pointer.update(repeating: 0, count: target.count)
            runner.pool.run(pieces: target.samples) { sample, _ in
                BilinearResize.addGradient(
                    gradient.sample(sample), height: target.height, width: target.width, channels: target.channels, factor: factor,
                    to: map.sample(sample))
            }
            var passed: FeatureMap? = map
            try give(&passed, to: input, &gradients)
        }
        if let owned { runner.buffers.release(owned.buffer) }
    }

    private func preluInPlace(_ gradient: FeatureMap, _ value: FeatureMap?, slopes: [Float]) {
        guard let value else { return }
        let channels = gradient.shape.channels
        runner.overPixels(gradient.shape) { first, count in
            let at = first * channels
            PointwiseOperations.preluGradient(
                value.pointer + at, slopes: slopes, outputGradient: gradient.pointer + at, into: gradient.pointer + at,
                pixels: count,
                channels: channels)
        }
    }

    private func gatherUnfused(_ gradient: FeatureMap, input: Int, factor: Int) throws(FloatEngineError) -> FeatureMap {
        let step = GraphPlan.Step(node: input, output: input, inputs: [], shuffle: factor)
        let result = try gather(gradient, step)
        guard plan.shuffles[input] == nil else { return result }
        // The map before this shuffle is in plain channel order.
        let order = WeightLayout.shuffleOrder(outputs: result.shape.channels, factor: factor)
        let channels = result.shape.channels
        runner.overPixels(result.shape) { first, count in
            var sorted = [Float](repeating: 0, count: channels)
            for pixel in first..<first + count {
                let at = result.pointer + pixel * channels
                for (plain, stored) in order.enumerated() { sorted[plain] = at[stored] }
                for channel in 0..<channels { at[channel] = sorted[channel] }
            }
        }
        return result
    }

    /// Hands a gradient on to the node that made the value, or adds it to what is there.
    private func give(_ gradient: inout FeatureMap?, to node: Int, _ gradients: inout [Int: FeatureMap]) throws(FloatEngineError) {
        guard needsGradient[node], let map = gradient else { return }
        if gradients[node] == nil {
            gradients[node] = map
        } else {
            try addCopy(of: map, to: node, &gradients)
            runner.buffers.release(map.buffer)
        }
        gradient = nil
    }

    private func addCopy(of gradient: FeatureMap, to node: Int, _ gradients: inout [Int: FeatureMap]) throws(FloatEngineError) {
        let source = gradient.pointer
        let channels = gradient.shape.channels
        if let existing = gradients[node] {
            runner.overPixels(gradient.shape) { first, count in
                let at = first * channels
                PointwiseOperations.add(existing.pointer + at, source + at, into: existing.pointer + at, count: count * channels)
            }
        } else {
            let copy = FeatureMap(shape: gradient.shape, buffer: try runner.buffers.acquire(gradient.shape.count, for: "gradient"))
            copy.pointer.update(from: source, count: gradient.shape.count)
            gradients[node] = copy
        }
    }
}
