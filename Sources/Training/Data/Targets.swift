import FloatEngine
import Networks
import Tensors

/// The outputs and features that the student is compared with, batch by batch.
final class Targets {
    /// The float network that answers; nil where ground truth alone is asked for.
    private let teacher: Teacher?
    /// The ground truth by number of the image; nil where the teacher's output takes its place.
    private let truth: [Tensor]?

    /// How many times a picture of the ground truth is wider and higher than its image.
    private let scale: Int

    /// Makes the targets of a run.
    /// - Parameters:
    ///   - network: the teacher, unless the target names one.
    ///   - features: the nodes whose results losses look at.
    /// - Throws: `.option` for features without a teacher.
    init(_ target: TrainingTarget, network: Network, pool: ThreadPool, features: Set<Int>) throws(FinetuningError) {
        guard target.hasTeacher || features.isEmpty else {
            throw .option("target: a loss on features needs the teacher's; there is no ground truth for them")
        }
        truth = target.truth
        scale = network.scale
        // With ground truth and no features there is nothing to ask the teacher.
        guard target.truth == nil || !features.isEmpty else {
            teacher = nil
            return
        }
        do {
            teacher = try Teacher(network: target.network ?? network, pool: pool, features: features)
        } catch { throw .engine(error) }
    }

    /// Returns what the student's results on a batch are compared with.
    func batch(_ batch: TrainingBatch) throws(FloatEngineError) -> Teacher.Target {
        var target = try teacher?.target(batch) ?? Teacher.Target()
        if let truth { target.output = batch.truth(of: truth, scale: scale) }
        return target
    }
}
