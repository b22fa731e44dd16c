public import CSRQ
import SuperResolution

/// The object behind an `srq_evaluation`. It never changes, and neither do the strings that it lends out: threads share it.
final class EvaluationObject: HandleObject, Sendable {
    static var handleName: StaticString { "srq_evaluation" }
    static var handleTag: UInt64 { 0x6c61_7665_7171_7273 }

    let evaluation: Evaluation
    let name: CText
    let imageNames: [CText]
    let skipped: [(name: CText, reason: CText)]

    init(_ evaluation: Evaluation) {
        self.evaluation = evaluation
        name = CText(evaluation.name)
        imageNames = evaluation.images.map { CText($0.name) }
        skipped = evaluation.skipped.map { (CText($0.name), CText($0.reason)) }
    }
}

@c @implementation
public func srq_evaluation_options_init(_ options: UnsafeMutablePointer<srq_evaluation_options>!, _ struct_size: UInt32) {
    VersionedStruct.initialize(options, size: struct_size, to: .defaults)
}

@c @implementation
public func srq_model_evaluate(
    _ out: UnsafeMutablePointer<OpaquePointer?>!, _ model: OpaquePointer!, _ folder: UnsafePointer<CChar>!,
    _ options: UnsafePointer<srq_evaluation_options>!
) -> srq_status {
    status(making: out) { () throws(SuperResolutionError) in
        let model: ModelObject = try Handle.object(model, "model")
        let folder = try path(folder, "folder")
        let options = try VersionedStruct.read(options, "options", defaults: srq_evaluation_options.defaults)
        try reserved(options.reserved, "reserved")
        try reserved(options.reserved_end, "reserved_end")
        let progress = ProgressCallback(options.progress, options.user)
        return EvaluationObject(
            try model.model.evaluate(
                folder: folder, shave: options.shave == UInt32.max ? nil : Int(options.shave), patches: try options.patches(),
                keepGoing: try flag(options.keep_going, "keep_going"), threads: threads(options.threads),
                precision: try choice(options.precision, "precision", default: .f32),
                alpha: try choice(options.alpha, "alpha", default: .bicubic),
                outputFolder: try optionalPath(options.output_folder, "output_folder"), progress: { progress($0) }))
    }
}

@c @implementation
public func srq_evaluation_warnings(
    _ evaluation: OpaquePointer!, _ warning: srq_warning_function!, _ user: UnsafeMutableRawPointer!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        let object: EvaluationObject = try Handle.object(evaluation, "evaluation")
        try WarningCallback(warning, user).tell(object.evaluation.warnings)
    }
}

@c @implementation
public func srq_evaluation_count(_ evaluation: OpaquePointer!) -> Int {
    guard let object: EvaluationObject = try? Handle.object(evaluation) else { return 0 }
    return object.evaluation.images.count
}

@c @implementation
public func srq_evaluation_image(
    _ evaluation: OpaquePointer!, _ index: Int, _ score: UnsafeMutablePointer<srq_image_score>!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        let object: EvaluationObject = try Handle.object(evaluation, "evaluation")
        let index = try checkedIndex(index, count: object.evaluation.images.count, "images")
        let image = object.evaluation.images[index]
        let result = srq_image_score(image.score, name: object.imageNames[index].pointer, bits: image.bits)
        try VersionedStruct.write(result, to: score, "score")
    }
}

@c @implementation
public func srq_evaluation_skipped_count(_ evaluation: OpaquePointer!) -> Int {
    guard let object: EvaluationObject = try? Handle.object(evaluation) else { return 0 }
    return object.skipped.count
}

@c @implementation
public func srq_evaluation_skipped(
    _ evaluation: OpaquePointer!, _ index: Int, _ skipped: UnsafeMutablePointer<srq_skipped_image>!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        let object: EvaluationObject = try Handle.object(evaluation, "evaluation")
        let image = object.skipped[try checkedIndex(index, count: object.skipped.count, "skipped images")]
        let description = srq_skipped_image(struct_size: 0, reserved: 0, name: image.name.pointer, reason: image.reason.pointer)
        try VersionedStruct.write(description, to: skipped, "skipped")
    }
}

@c @implementation
public func srq_evaluation_mean(_ evaluation: OpaquePointer!, _ score: UnsafeMutablePointer<srq_image_score>!) -> srq_status {
    status { () throws(SuperResolutionError) in
        let object: EvaluationObject = try Handle.object(evaluation, "evaluation")
        let evaluation = object.evaluation
        let mean = srq_image_score(evaluation.mean, name: object.name.pointer, bits: evaluation.meanBits)
        try VersionedStruct.write(mean, to: score, "score")
    }
}

@c @implementation
public func srq_evaluation_free(_ evaluation: OpaquePointer!) { Handle.free(evaluation, as: EvaluationObject.self) }

extension srq_evaluation_options {
    static var defaults: srq_evaluation_options {
        srq_evaluation_options(
            struct_size: 0, shave: .max, threads: 0, reserved: 0,
            output_folder: nil, progress: nil, user: nil, patch: 0, patch_step: 0, keep_going: 0, reserved_end: 0, precision: nil,
            alpha: OptionTable.text(.evaluate, "alpha"))
    }

    /// Returns how images are cut, or nil where they are not.
    fileprivate func patches() throws(SuperResolutionError) -> PatchTest? {
        guard patch != 0 else {
            guard patch_step == 0 else { throw .argument("patch_step: is \(patch_step) without a patch") }
            return nil
        }
        return try PatchTest(side: Int(patch), step: patch_step == 0 ? nil : Int(patch_step))
    }
}
