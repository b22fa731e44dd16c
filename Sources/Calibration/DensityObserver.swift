import FloatEngine
import QuantizedNetworks
import Quantizers
import Tensors

/// An observer that collects what PTQ4SR's double clipping leaves of one layer's input (docs/baselines.md, "Density-based double
/// clipping"). It works batch by batch, in a pass after the one that finds the batch's extremes, and its result is the mean over
/// batches.
///
/// Thread rule: `add` may be called by many threads at once; the rest is called by one thread at a time, between passes.
final class DensityObserver: Sendable {
    private struct State {
        var empty: Histogram?
        var narrow = Sums()
        var wide = Sums()
    }

    private struct Sums {
        var lower = 0.0
        var upper = 0.0
        var batches = 0

        mutating func add(_ range: (lower: Float, upper: Float)) {
            lower += Double(range.lower)
            upper += Double(range.upper)
            batches += 1
        }

        var mean: ActivationStatistics.Ends {
            ActivationStatistics.Ends(lower: Float(lower / Double(max(batches, 1))), upper: Float(upper / Double(max(batches, 1))))
        }
    }

    private let scales: InputScales?
    private let narrow, wide: DensityClipping
    private let shards = Shards<Histogram>()
    private let state = Guarded(State())

    /// Makes the observer of a layer.
    /// - Parameter scales: the scales that the input is divided by before it counts; nil: there are none.
    init(recipe: Recipe, scales: InputScales?) {
        self.scales = scales
        narrow = DensityClipping(share: Double(recipe.clippedShare))
        wide = DensityClipping(share: Double(recipe.clippedShare8Bits))
    }

    /// Begins a batch.
    /// - Parameter empty: an empty histogram over the extremes of that batch.
    func beginBatch(_ empty: Histogram) { state.withLock { $0.empty = empty } }

    /// Counts a band of one image's input.
    func add(_ observation: ConvolutionObservation) {
        guard let empty = state.withLock({ $0.empty }) else { return }
        InputScales.dividing(observation.input, by: scales) { input in shards.use(orMake: { empty }, { $0.add(input) }) }
    }

    /// Clips the batch's histogram and adds its ranges to the means.
    func finishBatch() {
        let seen = shards.takeAll()
        state.withLock { state in
            guard var histogram = state.empty else { return }
            for shard in seen { histogram.add(shard) }
            state.narrow.add(narrow.range(of: histogram))
            state.wide.add(wide.range(of: histogram))
            state.empty = nil
        }
    }

    /// The mean over batches of the doubly clipped ranges.
    var ranges: ActivationStatistics.DensityRanges {
        state.withLock { ActivationStatistics.DensityRanges(narrow: $0.narrow.mean, wide: $0.wide.mean) }
    }
}
