import FloatEngine
import Networks
import Tensors

/// The float network's results on the images, computed once per image and kept while they fit.
///
/// A sample's result does not depend on the batch it is in, so what comes from memory is the same bytes. Used by one thread at a
/// time.
final class Teacher {
    /// The results for a batch, sample after sample.
    struct Target {
        /// The colours of the output, `[samples, height · scale, width · scale, 3]`.
        var output: [Float] = []
        /// The feature maps that were asked for, by node, each `[samples, height, width, channels]`.
        var features: [Int: [Float]] = [:]
    }

    /// The largest number of floats that kept results take (1 GiB): a hundred patches of 96×96 with one feature map take 0.4 GiB.
    private static let memoryFloats = 1 << 28

    private let executor: TrainingExecutor
    /// The nodes whose results are kept.
    private let features: Set<Int>
    /// The results kept so far, by number of the image.
    private var known: [Int: Target] = [:]
    /// How many floats `known` holds.
    private var floats = 0

    /// Makes a teacher that keeps its output and the results of the nodes `features`.
    init(network: Network, pool: ThreadPool, features: Set<Int>) throws(FloatEngineError) {
        executor = try TrainingExecutor(network: network, pool: pool, overrides: [:], features: features, rounds: true)
        self.features = features
    }

    /// Returns the results for a batch. Those of whole images are kept; a patch seldom comes up twice.
    func target(_ batch: TrainingBatch) throws(FloatEngineError) -> Target {
        let numbers = batch.numbers
        if !batch.isWhole || numbers.contains(where: { known[$0] == nil }) { return try computed(batch) }
        return Self.joined(numbers.compactMap { known[$0] })
    }

    /// Runs the batch, and keeps what fits of whole images.
    private func computed(_ batch: TrainingBatch) throws(FloatEngineError) -> Target {
        let numbers = batch.numbers
        let output = try executor.forward(batch.images)
        var samples = [Target](repeating: Target(), count: numbers.count)
        for sample in samples.indices {
            samples[sample].output = Self.values(output, sample)
            for node in features {
                if let feature = executor.feature(node) { samples[sample].features[node] = Self.values(feature, sample) }
            }
            let size = samples[sample].output.count + samples[sample].features.values.reduce(0) { $0 + $1.count }
            if batch.isWhole, known[numbers[sample]] == nil, floats + size <= Self.memoryFloats {
                known[numbers[sample]] = samples[sample]
                floats += size
            }
        }
        return Self.joined(samples)
    }

    /// Returns one sample of a map.
    private static func values(_ feature: TrainingExecutor.Feature, _ sample: Int) -> [Float] {
        let count = feature.shape.countPerSample
        return Array(UnsafeBufferPointer(start: feature.values + sample * count, count: count))
    }

    /// Returns the results of samples as those of one batch.
    private static func joined(_ samples: [Target]) -> Target {
        var result = Target()
        for sample in samples {
            result.output += sample.output
            for (node, values) in sample.features { result.features[node, default: []] += values }
        }
        return result
    }
}
