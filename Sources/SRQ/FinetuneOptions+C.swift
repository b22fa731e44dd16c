public import CSRQ
import Finetuning
import SuperResolution

@c @implementation
public func srq_finetune_options_init(_ options: UnsafeMutablePointer<srq_finetune_options>!) {
    options?.pointee = .defaults
}

extension srq_finetune_options {
    /// The cycle is `FinetuningOptions`' own default, which NULL means too.
    static var defaults: srq_finetune_options {
        let options = FinetuningOptions()
        return srq_finetune_options(
            struct_size: UInt32(MemoryLayout<srq_finetune_options>.size), epochs: UInt32(options.epochs),
            batch: UInt32(options.batch), threads: 0,
            cycle: CText.constant("weights,range,breakpoint"), lambda: options.lambda,
            learning_rate_weights: options.learningRates[.weights] ?? 0, learning_rate_range: options.learningRates[.range] ?? 0,
            learning_rate_breakpoint: options.learningRates[.breakpoint] ?? 0, decay: options.decay,
            reconstruction: options.reconstruction ? 1 : 0, sensitivity: options.sensitivity ? 1 : 0,
            temperature: options.temperature, relative: options.relative ? 1 : 0, seed: options.seed, state_path: nil,
            progress: nil, user: nil)
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
            .breakpoint: options.learning_rate_breakpoint,
        ]
        reconstruction = try flag(options.reconstruction, "reconstruction")
        sensitivity = try flag(options.sensitivity, "sensitivity")
        relative = try flag(options.relative, "relative")
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
