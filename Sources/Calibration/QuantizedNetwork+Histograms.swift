import Files
import FloatEngine
import Glibc
import QuantizedNetworks
import Quantizers
import Tensors

extension QuantizedNetwork {
    /// Looks at what enters the layers whose name matches a pattern, quantized or not, while the float network runs over the
    /// images twice: once for the ranges, once for the histograms. Where an input's channels have scales, what is looked at is
    /// the input after its division by them, which the layer's quantizer sees.
    ///
    /// - Parameters:
    ///   - pattern: the name of a layer, in which `*` and `?` stand for any characters and any one.
    ///   - images: each `[1, height, width, 3]`, RGB, 0…255.
    ///   - pool: the threads to run on.
    ///   - progress: called on this thread after each image of each pass; it returns false to cancel.
    /// - Returns: one report per layer, in execution order.
    /// - Throws: `.noImages`, `.quantization`, `.notFinite`, `.engine`, `.cancelled`.
    public func histograms(
        matching pattern: String, images: [Tensor], pool: ThreadPool, progress: ProgressFunction
    ) throws(CalibrationError) -> [InputHistogram] {
        guard !images.isEmpty else { throw .noImages }
        let wildcard = WildcardPattern(pattern)
        let nodes = network.layers.filter { wildcard.matches(network.nodes[$0].name) }
        guard !nodes.isEmpty else {
            throw .quantization(.noMatch(pattern: pattern, layers: network.layers.map { network.nodes[$0].name }))
        }
        let executor: Executor
        do { executor = try Executor(network: network, pool: pool) } catch { throw .engine(error) }

        var seen: [Int: InputStatistics] = [:]
        for node in nodes { seen[node] = InputStatistics(layers[node]) }
        let observers = seen
        for (index, image) in images.enumerated() {
            try executor.observe(image) { observers[$0.node]?.add($0.input, band: $0.band) }
            for node in nodes where observers[node]?.finishImage() == false { throw .notFinite(layer: network.nodes[node].name) }
            guard progress(ProgressReport(stage: .calibrate, done: index + 1, total: 2 * images.count)) else { throw .cancelled }
        }
        var empty: [Int: Histogram] = [:]
        for (node, statistics) in observers {
            do {
                empty[node] = try Histogram(lower: statistics.lower, upper: statistics.upper)
            } catch {
                throw .quantization(.layer(name: network.nodes[node].name, error))
            }
        }
        var done = images.count
        let scales = layers.compactMapValues(\.inputScales)
        let filled = try executor.histograms(filling: empty, scales: scales, images: images) { () throws(CalibrationError) in
            done += 1
            guard progress(ProgressReport(stage: .calibrate, done: done, total: 2 * images.count)) else { throw .cancelled }
        }
        return nodes.compactMap { node in
            guard let statistics = observers[node], let histogram = filled[node] else { return nil }
            return InputHistogram(
                node: node, histogram: histogram, moments: statistics.moments, signalToNoise: statistics.signalToNoise)
        }
    }
}

/// An observer of one layer's input in the first pass.
///
/// Thread rule: `add` may be called by many threads at once; the rest is called by one thread at a time, between images.
private final class InputStatistics: Sendable {
    /// The statistics of one band of an image, or of all images so far.
    private struct Part {
        var band = 0
        var extremes = BufferStatistics()
        var moments = InputHistogram.Moments()
        var noise = 0.0
    }

    private let quantizer: (any ActivationQuantizer)?
    private let scales: InputScales?
    private let bands = Guarded<[Part]>([])
    private let whole = Guarded(Part())

    init(_ layer: LayerQuantization?) { (quantizer, scales) = (layer?.activation, layer?.inputScales) }

    var lower: Float { whole.withLock { $0.extremes.minimum } }
    var upper: Float { whole.withLock { $0.extremes.maximum } }
    var moments: InputHistogram.Moments { whole.withLock { $0.moments } }

    var signalToNoise: Double? {
        guard quantizer != nil else { return nil }
        return whole.withLock { $0.noise == 0 ? .infinity : 10 * log10($0.moments.power / $0.noise) }
    }

    /// Takes a band of one image's input.
    func add(_ input: UnsafeBufferPointer<Float>, band: Int) {
        InputScales.dividing(input, by: scales) { addScaled($0, band: band) }
    }

    private func addScaled(_ values: UnsafeBufferPointer<Float>, band: Int) {
        var part = Part(band: band, extremes: BufferStatistics(values))
        part.moments.add(values)
        part.noise = noise(values)
        bands.withLock { [part] in $0.append(part) }
    }

    /// Combines the bands of one image.
    /// - Returns: false if a value is not finite.
    func finishImage() -> Bool {
        let bands = bands.withLock { bands in
            defer { bands.removeAll(keepingCapacity: true) }
            return bands
        }
        return whole.withLock { whole in
            // Bands are taken in their order in the image, not in the order in which threads finished: sums of floats depend on
            // it.
            for part in bands.sorted(by: { $0.band < $1.band }) {
                whole.extremes += part.extremes
                whole.moments += part.moments
                whole.noise += part.noise
            }
            return whole.extremes.isFinite
        }
    }

    /// Returns the sum of squared errors that the layer's quantizer makes on the values; 0 without a quantizer.
    private func noise(_ values: UnsafeBufferPointer<Float>) -> Double {
        guard let quantizer, let start = values.baseAddress else { return 0 }
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: values.count) { outputs in
            guard let output = outputs.baseAddress else { return 0 }
            quantizer.apply(start, into: output, count: values.count)
            var sum = 0.0
            for i in 0..<values.count {
                let difference = Double(start[i]) - Double(output[i])
                sum += difference * difference
            }
            return sum
        }
    }
}
