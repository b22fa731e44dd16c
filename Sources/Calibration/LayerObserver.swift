import FloatEngine
import QuantizedNetworks
import Quantizers
import Tensors

/// An observer that collects one layer's statistics, exactly within a batch and as moving averages over batches (Algorithm 1;
/// docs/method.md, "Calibration").
///
/// Thread rule: `add` may be called by many threads at once; the rest is called by one thread at a time, between images.
final class LayerObserver: Sendable {
    /// The statistics of one band of an image, with the band's number from the top.
    private struct Band {
        var number: Int
        var input: BufferStatistics
        var output: BufferStatistics
    }

    /// The selectors of one batch's percentiles.
    private struct Percentiles {
        var ofMagnitudes: TailSelector
        /// The selectors of two percentiles of x itself; nil unless the quantizer needs them.
        var lower: TailSelector?
        var upper: TailSelector?

        mutating func add(_ values: UnsafeBufferPointer<Float>) {
            ofMagnitudes.add(values, absolute: true)
            lower?.add(values, absolute: false)
            upper?.add(values, absolute: false)
        }

        mutating func add(_ other: Percentiles) {
            ofMagnitudes.add(other.ofMagnitudes)
            if let more = other.lower { lower?.add(more) }
            if let more = other.upper { upper?.add(more) }
        }

        var ends: ActivationStatistics.Ends? {
            guard let lower = lower?.value, let upper = upper?.value else { return nil }
            return ActivationStatistics.Ends(lower: lower, upper: upper)
        }
    }

    private struct State {
        var lower: Float?
        var upper: Float = 0
        var percentileAbsolute: Float = 0
        var percentiles: ActivationStatistics.Ends?
        var deviations: [Double] = []
        var inputDeviations: [Double] = []

        // These concern the batch at hand.
        var batchLower = Float.infinity
        var batchUpper = -Float.infinity
        var batchDeviation = 0.0
        var batchInputDeviation = 0.0
        var samples = 0
    }

    private let scales: InputScales?
    private let momentum: Float
    private let percentile: Double
    private let rangePercentile: Double?
    private let selectors = Shards<Percentiles>()
    private let bands = Guarded<[Band]>([])
    private let state = Guarded(State())

    /// Makes the observer of a layer.
    /// - Parameter scales: the scales that the input is divided by before it counts; nil: there are none.
    init(recipe: Recipe, needs: StatisticsNeeds, scales: InputScales?) {
        self.scales = scales
        (momentum, percentile) = (recipe.momentum, Double(recipe.percentile))
        rangePercentile = needs.contains(.percentiles) ? Double(recipe.rangePercentile) : nil
    }

    /// Takes a band of one image's input and output of the layer.
    /// - Parameter images: the number of images in this batch, all of this image's size; selectors must know how long their stream
    ///   is.
    func add(_ observation: ConvolutionObservation, images: Int) {
        InputScales.dividing(observation.input, by: scales) { add($0, observation, images: images) }
    }

    private func add(_ input: UnsafeBufferPointer<Float>, _ observation: ConvolutionObservation, images: Int) {
        let count = observation.inputShape.count * images
        selectors.use(
            orMake: {
                Percentiles(
                    ofMagnitudes: TailSelector(percentile: percentile, count: count),
                    lower: rangePercentile.map { TailSelector(percentile: 100 - $0, count: count) },
                    upper: rangePercentile.map { TailSelector(percentile: $0, count: count) })
            }, { $0.add(input) })
        let band = Band(
            number: observation.band, input: BufferStatistics(input), output: BufferStatistics(observation.output))
        bands.withLock { $0.append(band) }
    }

    /// A side of a layer whose numbers cannot be calibrated with.
    enum Fault {
        /// A value of the input is not finite, or so large that squares overflow in single precision.
        case input
        /// The output has no finite standard deviation, because a value is not finite. Such a network could not be saved.
        case output
    }

    /// Combines the bands of one image.
    /// - Returns: the side whose numbers cannot be used; nil where both can.
    func finishImage() -> Fault? {
        var input = BufferStatistics()
        var output = BufferStatistics()
        // Bands are taken in their order in the image, not in the order in which threads finished: sums of floats depend on it.
        let bands = bands.withLock { bands in
            defer { bands.removeAll(keepingCapacity: true) }
            return bands.sorted { $0.number < $1.number }
        }
        for band in bands {
            input += band.input
            output += band.output
        }
        state.withLock { [input, output] state in
            state.batchLower = min(state.batchLower, input.minimum)
            state.batchUpper = max(state.batchUpper, input.maximum)
            state.batchDeviation += output.standardDeviation
            state.batchInputDeviation += input.standardDeviation
            state.samples += 1
        }
        return !input.isFinite ? .input : !output.hasDeviation ? .output : nil
    }

    /// The extremes of the batch at hand.
    var batchEnds: ActivationStatistics.Ends {
        state.withLock { ActivationStatistics.Ends(lower: $0.batchLower, upper: $0.batchUpper) }
    }

    /// Brings the batch into the moving averages, with momentum · old + (1 - momentum) · new; the first batch starts them.
    func finishBatch() {
        var selectors = selectors.takeAll()
        guard var selector = selectors.popLast() else { return }
        for other in selectors { selector.add(other) }
        let percentileOfBatch = selector.ofMagnitudes.value
        let endsOfBatch = selector.ends
        state.withLock { state in
            guard state.samples > 0, let percentileOfBatch else { return }
            if let old = state.lower {
                state.lower = momentum * old + (1 - momentum) * state.batchLower
                state.upper = momentum * state.upper + (1 - momentum) * state.batchUpper
                state.percentileAbsolute = momentum * state.percentileAbsolute + (1 - momentum) * percentileOfBatch
                if let old = state.percentiles, let new = endsOfBatch {
                    state.percentiles = ActivationStatistics.Ends(
                        lower: momentum * old.lower + (1 - momentum) * new.lower,
                        upper: momentum * old.upper + (1 - momentum) * new.upper)
                }
            } else {
                (state.lower, state.upper, state.percentileAbsolute) = (state.batchLower, state.batchUpper, percentileOfBatch)
                state.percentiles = endsOfBatch
            }
            state.deviations.append(state.batchDeviation / Double(state.samples))
            state.inputDeviations.append(state.batchInputDeviation / Double(state.samples))
            (state.batchLower, state.batchUpper, state.samples) = (.infinity, -.infinity, 0)
            (state.batchDeviation, state.batchInputDeviation) = (0, 0)
        }
    }

    /// The statistics of all finished batches.
    var statistics: ActivationStatistics {
        state.withLock {
            ActivationStatistics(
                lower: $0.lower ?? 0, upper: $0.upper, percentileAbsolute: $0.percentileAbsolute, percentiles: $0.percentiles)
        }
    }

    /// The standard deviation of the layer's output: its mean over the images of a batch, then over batches.
    var deviation: Double { state.withLock { Self.mean($0.deviations) } }

    /// The standard deviation of the layer's input: its mean over the images of a batch, then over batches.
    var inputDeviation: Double { state.withLock { Self.mean($0.inputDeviations) } }

    private static func mean(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }
}
