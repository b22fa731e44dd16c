import QuantizedNetworks

/// A call that has options; the raw value is the name by which scripts know it.
public enum OptionOwner: String, Sendable, CaseIterable {
    case load
    case images
    case calibrate
    case finetune
    case quantize
    case ptq
    case session
    case evaluate
    case histograms

    /// The options of the call, in the order in which they are listed.
    public var options: [OptionDescription] {
        switch self {
        case .load: Self.loading
        case .images: Self.drawing
        case .calibrate: Recipe.Option.allCases.map(\.description) + [Self.threads, Self.progress]
        case .finetune: Self.finetuning
        case .quantize: Self.freezing
        case .ptq: Self.presets
        case .session: [Self.threads, Self.precision, Self.alpha, Self.arithmetic]
        case .evaluate: Self.evaluating
        case .histograms: Self.counting
        }
    }
}
