import Quantizers
import Tensors

/// Collects one layer's statistics: exactly within a batch, as moving averages over batches (Algorithm 1).
struct LayerObserver {
    private let momentum: Float
    private let percentile: Float
    private let batch: Int
    private var lower: Float?
    private var upper: Float = 0
    private var percentileAbsolute: Float = 0
    private var deviations: [Double] = []
    private var inputDeviations: [Double] = []

    // Of the batch at hand.
    private var batchLower = Float.infinity
    private var batchUpper = -Float.infinity
    private var selector: TailSelector?
    private var batchDeviation = 0.0
    private var batchInputDeviation = 0.0
    private var samples = 0

    /// - Parameter batch: images in a full batch.
    init(recipe: Recipe) {
        (momentum, percentile, batch) = (recipe.momentum, recipe.percentile, recipe.batch)
    }

    /// Takes one image's input and output of the layer. `images` are in this batch, all of this size.
    /// - Returns: false if a value is not finite.
    mutating func add(
        input: UnsafeBufferPointer<Float>, output: UnsafeBufferPointer<Float>, images: Int, pool: ThreadPool
    ) -> Bool {
        var selector = self.selector ?? TailSelector(percentile: Double(percentile), count: input.count * images)
        var inputStatistics = BufferStatistics()
        var outputStatistics = BufferStatistics()
        // Selecting costs about as much as all the sums, so two threads share the work evenly.
        withUnsafeMutablePointer(to: &selector) { selector in
            withUnsafeMutablePointer(to: &inputStatistics) { inputStatistics in
                withUnsafeMutablePointer(to: &outputStatistics) { outputStatistics in
                    pool.run(pieces: 2) { piece, _ in
                        if piece == 0 {
                            selector.pointee.add(input, absolute: true)
                        } else {
                            inputStatistics.pointee = BufferStatistics(input)
                            outputStatistics.pointee = BufferStatistics(output)
                        }
                    }
                }
            }
        }
        self.selector = selector
        batchLower = min(batchLower, inputStatistics.minimum)
        batchUpper = max(batchUpper, inputStatistics.maximum)
        batchDeviation += outputStatistics.standardDeviation
        batchInputDeviation += inputStatistics.standardDeviation
        samples += 1
        return inputStatistics.isFinite
    }

    /// Folds the batch into the moving averages.
    mutating func finishBatch() {
        guard samples > 0, let percentileOfBatch = selector?.value else { return }
        if let old = lower {
            lower = momentum * old + (1 - momentum) * batchLower
            upper = momentum * upper + (1 - momentum) * batchUpper
            percentileAbsolute = momentum * percentileAbsolute + (1 - momentum) * percentileOfBatch
        } else {
            (lower, upper, percentileAbsolute) = (batchLower, batchUpper, percentileOfBatch)
        }
        deviations.append(batchDeviation / Double(samples))
        inputDeviations.append(batchInputDeviation / Double(samples))
        (batchLower, batchUpper, samples) = (.infinity, -.infinity, 0)
        (batchDeviation, batchInputDeviation) = (0, 0)
        self.selector = nil
    }

    var statistics: ActivationStatistics {
        ActivationStatistics(lower: lower ?? 0, upper: upper, percentileAbsolute: percentileAbsolute)
    }

    /// Mean over batches of the mean over images of the output's standard deviation.
    var deviation: Double { Self.mean(deviations) }

    /// The same of the input.
    var inputDeviation: Double { Self.mean(inputDeviations) }

    private static func mean(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }
}
