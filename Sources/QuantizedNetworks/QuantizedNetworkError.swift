import Quantizers

/// The reasons why a network cannot be quantized as asked.
public enum QuantizedNetworkError: Error, Sendable, Equatable, CustomStringConvertible {
    /// An option is outside its range; the message names it and its value.
    case option(String)
    /// A pattern matches no quantized layer.
    case noMatch(pattern: String, layers: [String])
    /// A quantizer cannot have what is asked of it; the error says what, and `name` is the name of its layer.
    case layer(name: String, QuantizerError)

    /// The error as a message shows it.
    public var description: String {
        switch self {
        case .option(let message): message
        case .noMatch(let pattern, let layers):
            "no quantized layer matches '\(pattern)'; "
                + "there are \(layers.count), from '\(layers.first ?? "")' to '\(layers.last ?? "")'"
        case .layer(let name, let error): "layer \(name): \(error)"
        }
    }
}
