import Tensors

/// What the student is to come close to.
public struct TrainingTarget: Sendable {
    /// One picture per image, `[1, height · scale, width · scale, 3]` in 0…255; nil: the output is compared with the teacher's.
    let truth: [Tensor]?
    /// Whether feature maps are compared with the teacher's.
    let hasTeacher: Bool

    /// The float network's output and features: no ground truth is needed.
    public static let teacher = TrainingTarget(truth: nil, hasTeacher: true)

    /// Ground truth for the output. There is none for features, so that losses on these are refused.
    public static func groundTruth(_ pictures: [Tensor]) -> TrainingTarget { TrainingTarget(truth: pictures, hasTeacher: false) }

    /// Ground truth for the output, and the float network's features.
    public static func groundTruthAndTeacher(_ pictures: [Tensor]) -> TrainingTarget {
        TrainingTarget(truth: pictures, hasTeacher: true)
    }

    /// - Throws: `.option` unless there is one picture per image, `scale` times as wide and high.
    func validate(images: [Tensor], scale: Int) throws(FinetuningError) {
        guard let truth else { return }
        guard truth.count == images.count else { throw .option("target: \(truth.count) pictures for \(images.count) images") }
        for (picture, image) in zip(truth, images) {
            let wanted = [1, image.dimensions[1] * scale, image.dimensions[2] * scale, 3]
            guard picture.dimensions == wanted else {
                throw .option("target: a picture is \(picture.dimensions), not \(wanted) as its image and the scale ask for")
            }
        }
    }
}
