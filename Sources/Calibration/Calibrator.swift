import FloatEngine
import Networks
import QuantizedNetworks
import Quantizers
import Tensors

/// A calibrator finds clipping ranges and breakpoints from the float network's activations: the first phase of Algorithm 1
/// (docs/method.md, "Calibration").
public struct Calibrator {
    private let network: Network
    private let recipe: Recipe
    private let pool: ThreadPool

    /// Makes a calibrator.
    /// - Parameters:
    ///   - network: the float network.
    ///   - recipe: what to quantize, and how.
    ///   - pool: the threads to run the network on; it belongs to the calibrator while `calibrate(images:progress:)` runs.
    /// - Throws: `.quantization` for a recipe with an option outside its bounds or an unknown quantizer.
    public init(network: Network, recipe: Recipe, pool: ThreadPool) throws(CalibrationError) {
        self.network = network
        do { self.recipe = try recipe.validated() } catch { throw .quantization(error) }
        self.pool = pool
    }

    /// Runs the float network over the images, in the batches of the recipe, and fits quantizers to what enters its layers.
    ///
    /// - Parameters:
    ///   - images: low-resolution images, each `[1, height, width, 3]`, RGB, 0…255; those of one batch have one size.
    ///   - progress: called on this thread after each image of each pass; it returns false to cancel.
    /// - Returns: a new value; the network is not changed.
    /// - Throws: `.noImages`, `.quantization`, `.notFinite`, `.outputNotFinite`, `.engine`, `.cancelled`.
    ///
    /// Postcondition: the result is the same, bit for bit, for any number of threads.
    public func calibrate(images: [Tensor], progress: ProgressFunction) throws(CalibrationError) -> QuantizedNetwork {
        try calibrateBesideTeacher(images: images, progress: progress).quantized
    }

    /// Does what `calibrate(images:progress:)` does, and tells which float network the result is compared with.
    /// - Returns: besides the quantized network, whose biases may be corrected, the float network that it approximates: the
    ///   calibrator's own, or one of the same results whose channels have other sizes and whose layers all have a bias.
    public func calibrateBesideTeacher(
        images: [Tensor], progress: ProgressFunction
    ) throws(CalibrationError) -> (quantized: QuantizedNetwork, teacher: Network) {
        guard !images.isEmpty else { throw .noImages }
        let nodes = try quantizedNodes()
        let needs: StatisticsNeeds
        do { needs = try recipe.needs } catch { throw .quantization(.option("quantizer: \(error)")) }
        let furtherPasses = [
            recipe.equalisation == .activations, recipe.inputScales != .none, needs.contains(.densityClipping),
            needs.contains(.histogram), recipe.biasCorrection,
        ]
        let total = images.count * (1 + furtherPasses.count { $0 })
        var done = 0
        func advance() throws(CalibrationError) {
            done += 1
            guard progress(ProgressReport(stage: .calibrate, done: done, total: total)) else { throw .cancelled }
        }
        let network = try prepared(images, advance)
        let executor = try Self.executor(network, pool)

        var scales: [Int: InputScales] = [:]
        if recipe.inputScales != .none {
            scales = try magnitudes(of: nodes, executor, images, advance).compactMapValues { recipe.inputScales(magnitudes: $0) }
        }
        let observers = [Int: LayerObserver](
            uniqueKeysWithValues: nodes.map { ($0, LayerObserver(recipe: recipe, needs: needs, scales: scales[$0])) })
        let densities = [Int: DensityObserver](
            uniqueKeysWithValues: needs.contains(.densityClipping)
                ? nodes.map { ($0, DensityObserver(recipe: recipe, scales: scales[$0])) } : [])
        var imageObserver = ImageObserver(momentum: recipe.momentum)
        for start in stride(from: 0, to: images.count, by: recipe.batch) {
            let batch = images[start..<min(start + recipe.batch, images.count)]
            for image in batch {
                if recipe.mapsBits { imageObserver.add(image) }
                let images = batch.count
                try executor.observe(image) { observers[$0.node]?.add($0, images: images) }
                for node in nodes {
                    switch observers[node]?.finishImage() {
                    case .input?: throw .notFinite(layer: network.nodes[node].name)
                    case .output?: throw .outputNotFinite(layer: network.nodes[node].name)
                    case nil: break
                    }
                }
                try advance()
            }
            for (node, density) in densities {
                guard let ends = observers[node]?.batchEnds else { continue }
                density.beginBatch(try histogram(node, ends))
            }
            for image in densities.isEmpty ? [] : batch {
                try executor.observe(image) { densities[$0.node]?.add($0) }
                try advance()
            }
            for density in densities.values { density.finishBatch() }
            pool.run(pieces: nodes.count) { piece, _ in observers[nodes[piece]]?.finishBatch() }
            imageObserver.finishBatch()
        }
        var statistics = observers.mapValues(\.statistics)
        for (node, density) in densities { statistics[node]?.densityRanges = density.ranges }
        if needs.contains(.histogram) { statistics = try withHistograms(statistics, scales, executor, images, advance) }

        var layers: [Int: LayerQuantization] = [:]
        for node in nodes {
            guard let observer = observers[node], let seen = statistics[node] else { continue }
            layers[node] = try quantization(node, network, seen, deviation: observer.deviation, inputScales: scales[node])
        }
        var used = recipe.resolved
        used.images = images.count
        var result = QuantizedNetwork(network: network, layers: layers, recipe: used)
        if recipe.mapsBits {
            result.mapBits(thresholds: imageObserver.thresholds, inputDeviations: observers.mapValues(\.inputDeviation))
        }
        if recipe.biasCorrection { try correctBiases(&result, executor, images, advance) }
        return (result, network)
    }

    private static func executor(_ network: Network, _ pool: ThreadPool) throws(CalibrationError) -> Executor {
        do { return try Executor(network: network, pool: pool) } catch { throw .engine(error) }
    }

    /// Returns the float network that is calibrated: equalised, and with biases to correct, where the recipe says so.
    private func prepared(
        _ images: [Tensor], _ advance: () throws(CalibrationError) -> Void
    ) throws(CalibrationError) -> Network {
        var prepared = network
        if recipe.biasCorrection {
            for node in prepared.layers {
                guard case .convolution(var convolution) = prepared.nodes[node].operation, convolution.bias == nil else { continue }
                convolution.bias = [Float](repeating: 0, count: convolution.outputs)
                prepared.nodes[node].operation = .convolution(convolution)
            }
        }
        switch recipe.equalisation {
        case .none: return prepared
        case .weights: return prepared.equalised(by: prepared.weightEqualisation())
        case .activations:
            let executor = try Self.executor(network, pool)
            let readers = prepared.equalisablePairs.map(\.second)
            // The factors of scales by the largest magnitude are what makes all channels equally large.
            let magnitudes = try magnitudes(of: readers, executor, images, advance)
            return prepared.equalised(by: magnitudes.mapValues { InputScales(magnitudes: $0, power: 1).scales })
        }
    }

    /// Runs the pass that finds the means of all layers' inputs, and corrects the biases by them.
    private func correctBiases(
        _ quantized: inout QuantizedNetwork, _ executor: Executor, _ images: [Tensor],
        _ advance: () throws(CalibrationError) -> Void
    ) throws(CalibrationError) {
        let observers = quantized.layers.mapValues { MeanObserver($0) }
        for image in images {
            try executor.observe(image) { observers[$0.node]?.add($0) }
            for observer in observers.values { observer.finishImage() }
            try advance()
        }
        for (node, layer) in quantized.layers {
            guard case .convolution(let convolution) = quantized.network.nodes[node].operation, let means = observers[node]?.means
            else { continue }
            quantized.network.nodes[node].operation = .convolution(layer.biasCorrected(convolution, means: means))
        }
    }

    /// Returns the nodes to quantize, in execution order, after a check that every layer can have its bits: such errors come
    /// before any work is done.
    private func quantizedNodes() throws(CalibrationError) -> [Int] {
        var nodes: [Int] = []
        for node in network.layers {
            guard case .convolution(let convolution) = network.nodes[node].operation,
                let bits = recipe.scope.bits(convolution.role, asked: recipe.activations)
            else { continue }
            let name = recipe.quantizerName(bits: bits)
            do throws(QuantizerError) {
                let kind = try recipe.quantizers.kind(named: name)
                guard kind.supportedBits.contains(bits) else {
                    throw QuantizerError.unsupportedBits(quantizer: name, bits: bits, supported: kind.supportedBits)
                }
            } catch {
                throw .quantization(.layer(name: network.nodes[node].name, error))
            }
            nodes.append(node)
        }
        guard !nodes.isEmpty else {
            throw .quantization(.option("protocol: '\(recipe.scope.rawValue)' leaves no layer to quantize"))
        }
        return nodes
    }

    /// Returns the quantization of one layer, fitted to its statistics and weights.
    private func quantization(
        _ node: Int, _ network: Network, _ statistics: ActivationStatistics, deviation: Double, inputScales: InputScales?
    ) throws(CalibrationError) -> LayerQuantization {
        guard case .convolution(let convolution) = network.nodes[node].operation,
            let activationBits = recipe.scope.bits(convolution.role, asked: recipe.activations),
            let weightBits = recipe.scope.bits(convolution.role, asked: recipe.weights)
        else { throw .quantization(.option("\(network.nodes[node].name) is not quantized")) }
        do {
            var layer = LayerQuantization(
                activation: try recipe.activationQuantizer(fitting: statistics, bits: activationBits), weight: nil,
                statistics: statistics, deviation: deviation, inputScales: inputScales)
            layer.weight = try recipe.weightQuantizer(
                fitting: layer.scaledWeights(of: convolution), outputs: convolution.outputs, bits: weightBits)
            return layer
        } catch {
            throw .quantization(.layer(name: network.nodes[node].name, error))
        }
    }

    /// Runs the pass that finds the largest magnitudes of the channels of layers' inputs, and returns them by node.
    private func magnitudes(
        of nodes: [Int], _ executor: Executor, _ images: [Tensor], _ advance: () throws(CalibrationError) -> Void
    ) throws(CalibrationError) -> [Int: [Float]] {
        let observers = [Int: ChannelObserver](uniqueKeysWithValues: nodes.map { ($0, ChannelObserver()) })
        for image in images {
            try executor.observe(image) { observers[$0.node]?.add($0) }
            try advance()
        }
        var found: [Int: [Float]] = [:]
        for node in nodes {
            guard let magnitudes = observers[node]?.magnitudes else { throw .notFinite(layer: network.nodes[node].name) }
            found[node] = magnitudes
        }
        return found
    }

    /// Runs the second pass, which fills one histogram per layer over all images, now that the ranges are known.
    private func withHistograms(
        _ seen: [Int: ActivationStatistics], _ scales: [Int: InputScales], _ executor: Executor, _ images: [Tensor],
        _ advance: () throws(CalibrationError) -> Void
    ) throws(CalibrationError) -> [Int: ActivationStatistics] {
        var empty: [Int: Histogram] = [:]
        for (node, seen) in seen {
            empty[node] = try histogram(node, ActivationStatistics.Ends(lower: seen.lower, upper: seen.upper))
        }
        var statistics = seen
        for (node, histogram) in try executor.histograms(filling: empty, scales: scales, images: images, advance) {
            statistics[node]?.histogram = histogram
        }
        return statistics
    }

    /// Returns an empty histogram over the range of a layer's input.
    private func histogram(_ node: Int, _ ends: ActivationStatistics.Ends) throws(CalibrationError) -> Histogram {
        do { return try Histogram(lower: ends.lower, upper: ends.upper) } catch {
            throw .quantization(.layer(name: network.nodes[node].name, error))
        }
    }
}
