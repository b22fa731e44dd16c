import Networks
import Tensors

/// The aim of a run, which the student is to come close to: a teacher, ground truth, or both.
public struct TrainingTarget: Sendable {
    /// The ground truth, one picture per image, `[1, height · scale, width · scale, 3]` in 0…255; nil: the output is compared
    /// with the teacher's.
    let truth: [Tensor]?
    /// Whether feature maps are compared with the teacher's.
    let hasTeacher: Bool
    /// The teacher; nil: the float network that the student was quantized from, as it is when the run begins.
    let network: Network?

    /// The output and features of the float network that the student was quantized from: no ground truth is needed.
    public static let teacher = TrainingTarget(truth: nil, hasTeacher: true, network: nil)

    /// The output and features of another network of the same graph: a student whose own weights have moved keeps its teacher.
    public static func teacher(_ network: Network) -> TrainingTarget {
        TrainingTarget(truth: nil, hasTeacher: true, network: network)
    }

    /// Ground truth for the output: one picture per image, `[1, height · scale, width · scale, 3]` in 0…255. There is none for
    /// features, so that losses on these are refused.
    public static func groundTruth(_ pictures: [Tensor]) -> TrainingTarget {
        TrainingTarget(truth: pictures, hasTeacher: false, network: nil)
    }

    /// Ground truth for the output, and the features of a teacher, by default the float network that the student was quantized
    /// from.
    public static func groundTruthAndTeacher(_ pictures: [Tensor], _ teacher: Network? = nil) -> TrainingTarget {
        TrainingTarget(truth: pictures, hasTeacher: true, network: teacher)
    }

    /// Returns this target with a teacher in the place of the network that the student was quantized from.
    func teaching(_ teacher: Network) -> TrainingTarget {
        TrainingTarget(truth: truth, hasTeacher: hasTeacher, network: network ?? (hasTeacher ? teacher : nil))
    }

    /// Checks that the target fits the images and the student.
    /// - Throws: `.option` unless the teacher has the student's graph, and there is one picture per image, `scale` times as wide
    ///   and high.
    func validate(images: [Tensor], student: Network) throws(FinetuningError) {
        if let network {
            guard network.scale == student.scale, network.json == student.json else {
                throw .option("target: the teacher's graph is another than the student's")
            }
        }
        let scale = student.scale
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
