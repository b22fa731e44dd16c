public import CSRQ
import Training
import SuperResolution

@c @implementation
public func srq_finetune_options_init(_ options: UnsafeMutablePointer<srq_finetune_options>!, _ struct_size: UInt32) {
    VersionedStruct.initialize(options, size: struct_size, to: .defaults)
}

@c @implementation
public func srq_finetune_options_init_method(
    _ options: UnsafeMutablePointer<srq_finetune_options>!, _ struct_size: UInt32, _ method: UnsafePointer<CChar>!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        let target = try required(options, "options")
        try VersionedStruct.check(size: Int(struct_size), "options")
        _ = try text(method, "method")
        let settings = srq_finetune_options(try choice(method, "method", default: FinetuningMethod.saft))
        VersionedStruct.initialize(target, size: struct_size, to: settings)
    }
}

extension srq_finetune_options {
    static var defaults: srq_finetune_options {
        var options = srq_finetune_options(FinetuningMethod.saft)
        options.method = nil
        return options
    }

    /// Makes the options that a method has by itself. The cycle of "saft" is `FinetuningOptions`' own default, which NULL means
    /// too.
    init(_ method: FinetuningMethod) {
        let options = FinetuningOptions(method: method)
        self.init(
            struct_size: 0, epochs: UInt32(options.epochs),
            batch: UInt32(options.batch), threads: 0,
            cycle: method.cycleText, lambda: options.lambda,
            learning_rate_weights: options.learningRates[.weights] ?? 0, learning_rate_range: options.learningRates[.range] ?? 0,
            learning_rate_breakpoint: options.learningRates[.breakpoint] ?? 0, decay: options.decay,
            reconstruction: options.reconstruction ? 1 : 0, sensitivity: options.sensitivity ? 1 : 0,
            temperature: options.temperature, relative: options.relative ? 1 : 0, seed: options.seed, state_path: nil,
            progress: nil, user: nil, method: method.nameText,
            schedule: options.schedule == .cosine ? CText.constant("cosine") : CText.constant("decay"),
            attention: options.attention, reserved: 0, learning_rate_measures: options.learningRates[.measures] ?? 0,
            learning_rate_image: options.imageLearningRate, snapping: options.snapping ? 1 : 0,
            integers: options.integers ? 1 : 0, student: options.student.text, patch: UInt32(options.patch), drop: options.drop,
            learning_rate_latent: options.learningRates[.latent] ?? 0, learning_rate_biases: options.learningRates[.biases] ?? 0,
            learning_rate_rounding: options.learningRates[.rounding] ?? 0, reserved_end: 0)
    }
}

/// The strings that the defaults of a method point to. They are made once and never freed, so that a caller may keep the
/// pointers for as long as the process lives.
private struct MethodTexts: Sendable {
    let name: CText
    let cycle: CText

    init(_ method: FinetuningMethod) {
        name = CText(method.name)
        cycle = CText(FinetuningOptions(method: method).cycle.map(\.rawValue).joined(separator: ","))
    }

    static let byName = Dictionary(uniqueKeysWithValues: FinetuningMethods.standard.methods.map { ($0.name, MethodTexts($0)) })
}

extension FinetuningMethod {
    fileprivate var nameText: UnsafePointer<CChar> { MethodTexts.byName[name]?.name.pointer ?? CText.empty }
    fileprivate var cycleText: UnsafePointer<CChar> { MethodTexts.byName[name]?.cycle.pointer ?? CText.empty }
}

extension StudentWeights {
    /// The name as C's defaults have it, for as long as the process lives.
    fileprivate var text: UnsafePointer<CChar> {
        switch self {
        case .frozen: CText.constant("frozen")
        case .rounding: CText.constant("rounding")
        case .free: CText.constant("free")
        }
    }
}

/// Returns the method of this name; NULL means the default.
private func choice(
    _ pointer: UnsafePointer<CChar>?, _ name: StaticString, default fallback: FinetuningMethod
) throws(SuperResolutionError) -> FinetuningMethod {
    guard let text = try optionalText(pointer, name) else { return fallback }
    guard let method = FinetuningMethods.standard.named(text) else {
        throw .argument("\(name): unknown '\(text)'; known are \(FinetuningMethods.standard.names.joined(separator: ", "))")
    }
    return method
}

extension FinetuningOptions {
    /// Reads the options of a caller; the ranges of their values are checked when the run begins.
    init(_ options: srq_finetune_options) throws(SuperResolutionError) {
        self.init()
        try reserved(options.reserved, "reserved")
        try reserved(options.reserved_end, "reserved_end")
        (epochs, batch, seed) = (Int(options.epochs), Int(options.batch), options.seed)
        if let text = try optionalText(options.cycle, "cycle") {
            do { cycle = try Self.cycle(text) } catch { throw .finetuning(error) }
        }
        (lambda, decay, temperature) = (options.lambda, options.decay, options.temperature)
        learningRates = [
            .weights: options.learning_rate_weights, .range: options.learning_rate_range,
            .breakpoint: options.learning_rate_breakpoint, .measures: options.learning_rate_measures,
            .latent: options.learning_rate_latent, .biases: options.learning_rate_biases,
            .rounding: options.learning_rate_rounding,
        ]
        imageLearningRate = options.learning_rate_image
        reconstruction = try flag(options.reconstruction, "reconstruction")
        sensitivity = try flag(options.sensitivity, "sensitivity")
        relative = try flag(options.relative, "relative")
        snapping = try flag(options.snapping, "snapping")
        integers = try flag(options.integers, "integers")
        if options.method != nil { method = try choice(options.method, "method", default: FinetuningMethod.saft) }
        schedule = try choice(options.schedule, "schedule", default: schedule)
        attention = options.attention
        student = try choice(options.student, "student", default: student)
        (patch, drop) = (Int(options.patch), options.drop)
    }
}
