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

    /// The cycle of "saft" is `FinetuningOptions`' own default, which NULL means too.
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
            integers: options.integers ? 1 : 0)
    }
}

extension FinetuningMethod {
    fileprivate var nameText: UnsafePointer<CChar> {
        switch self {
        case .saft: CText.constant("saft")
        case .vft: CText.constant("vft")
        case .ptq4sr: CText.constant("ptq4sr")
        case .adabm: CText.constant("adabm")
        }
    }

    fileprivate var cycleText: UnsafePointer<CChar> {
        switch self {
        case .saft, .vft: CText.constant("weights,range,breakpoint")
        case .ptq4sr: CText.constant("range,range,range,range,range,weights,weights,weights,weights,weights")
        case .adabm: CText.constant("weights,range,measures")
        }
    }
}

extension FinetuningOptions {
    init(_ options: srq_finetune_options) throws(SuperResolutionError) {
        self.init()
        (epochs, batch, seed) = (Int(options.epochs), Int(options.batch), options.seed)
        if let text = try optionalText(options.cycle, "cycle") { cycle = try Self.cycle(text) }
        (lambda, decay, temperature) = (options.lambda, options.decay, options.temperature)
        learningRates = [
            .weights: options.learning_rate_weights, .range: options.learning_rate_range,
            .breakpoint: options.learning_rate_breakpoint, .measures: options.learning_rate_measures,
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
    }

    /// "weights,range,breakpoint": spaces around the names are allowed.
    private static func cycle(_ text: String) throws(SuperResolutionError) -> [ParameterGroup] {
        var groups: [ParameterGroup] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let name = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            guard let group = ParameterGroup(rawValue: name) else {
                let known = ParameterGroup.allCases.map(\.rawValue).joined(separator: ", ")
                throw .argument("cycle: unknown group '\(name)'; known are \(known)")
            }
            groups.append(group)
        }
        return groups
    }
}
