import FloatEngine
import Networks
import Tensors

/// What the float network makes of the images, computed once per image and kept while it fits.
///
/// A sample's result does not depend on the batch it is in, so what comes from memory is the same bytes.
final class Teacher {
    /// Of a batch, sample after sample.
    struct Target {
        var output: [Float] = []
        var features: [Int: [Float]] = [:]
    }

    /// Kept results take at most this many floats (1 GiB): a hundred patches of 96×96 with one feature map take 0.4.
    private static let memoryFloats = 1 << 28

    private let executor: TrainingExecutor
    private let features: Set<Int>
    private var known: [Int: Target] = [:]
    private var floats = 0

    init(network: Network, pool: ThreadPool, features: Set<Int>) throws(FloatEngineError) {
        executor = try TrainingExecutor(network: network, pool: pool, overrides: [:], features: features)
        self.features = features
    }

    /// - Parameter numbers: which images these are; the same number must always come with the same image.
    func target(_ images: Tensor, numbers: [Int]) throws(FloatEngineError) -> Target {
        if numbers.contains(where: { known[$0] == nil }) { return try computed(images, numbers) }
        return Self.joined(numbers.compactMap { known[$0] })
    }

    private func computed(_ images: Tensor, _ numbers: [Int]) throws(FloatEngineError) -> Target {
        let output = try executor.forward(images)
        var samples = [Target](repeating: Target(), count: numbers.count)
        for sample in samples.indices {
            samples[sample].output = Self.values(output, sample)
            for node in features {
                if let feature = executor.feature(node) { samples[sample].features[node] = Self.values(feature, sample) }
            }
            let size = samples[sample].output.count + samples[sample].features.values.reduce(0) { $0 + $1.count }
            if known[numbers[sample]] == nil, floats + size <= Self.memoryFloats {
                known[numbers[sample]] = samples[sample]
                floats += size
            }
        }
        return Self.joined(samples)
    }

    private static func values(_ feature: TrainingExecutor.Feature, _ sample: Int) -> [Float] {
        let count = feature.shape.countPerSample
        return Array(UnsafeBufferPointer(start: feature.values + sample * count, count: count))
    }

    private static func joined(_ samples: [Target]) -> Target {
        var result = Target()
        for sample in samples {
            result.output += sample.output
            for (node, values) in sample.features { result.features[node, default: []] += values }
        }
        return result
    }
}
