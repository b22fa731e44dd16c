public import Networks
public import QuantizedNetworks

/// What a model is made of: a network in float, or a quantized one.
public enum ModelContent: Sendable {
    /// A network in float.
    case float(Network)
    /// A quantized network, whose weights are already what their codes stand for.
    case quantized(QuantizedNetwork)

    /// The graph. The quantized layers of a quantized model have the weights that their codes stand for.
    public var network: Network {
        switch self {
        case .float(let network): network
        case .quantized(let quantized): quantized.network
        }
    }

    /// The quantized network; nil for a model in float.
    public var quantized: QuantizedNetwork? {
        switch self {
        case .float: nil
        case .quantized(let quantized): quantized
        }
    }
}
