public import CSRQ
import SuperResolution

@c @implementation
public func srq_ptq_options_init(_ options: UnsafeMutablePointer<srq_ptq_options>!, _ struct_size: UInt32) {
    VersionedStruct.initialize(options, size: struct_size, to: .defaults)
}

@c @implementation
public func srq_model_ptq(
    _ out: UnsafeMutablePointer<OpaquePointer?>!, _ model: OpaquePointer!, _ images: OpaquePointer!,
    _ options: UnsafePointer<srq_ptq_options>!
) -> srq_status {
    status(making: out) { () throws(SuperResolutionError) in
        let model: ModelObject = try Handle.object(model, "model")
        let images: ImagesObject = try Handle.object(images, "images")
        let options = try VersionedStruct.read(options, "options", defaults: srq_ptq_options.defaults)
        let progress = ProgressCallback(options.progress, options.user)
        return try ModelObject(
            try model.model.ptq(
                images: images.patches, options: try PresetOptions(options), threads: threads(options.threads),
                statePath: try optionalPath(options.state_path, "state_path"), progress: { progress($0) }))
    }
}

extension srq_ptq_options {
    /// The defaults of `PresetOptions`, which NULL in place of the options means too.
    static var defaults: srq_ptq_options {
        let options = PresetOptions()
        return srq_ptq_options(
            struct_size: 0, weights: UInt32(options.weights), activations: UInt32(options.activations),
            steps: UInt32(options.steps ?? 0), preset: OptionTable.text(.ptq, "preset"),
            protocol: OptionTable.text(.ptq, "protocol"), seed: options.seed, snapping: options.snapping ? 1 : 0, threads: 0,
            state_path: nil, progress: nil, user: nil)
    }
}

extension PresetOptions {
    /// Reads the options of a caller; the ranges of bits are checked where the recipe is used.
    init(_ options: srq_ptq_options) throws(SuperResolutionError) {
        self.init()
        preset = try choice(options.preset, "preset", default: preset)
        (weights, activations) = (Int(options.weights), Int(options.activations))
        scope = try choice(options.protocol, "protocol", default: scope)
        steps = options.steps == 0 ? nil : Int(options.steps)
        (seed, snapping) = (options.seed, try flag(options.snapping, "snapping"))
    }
}
