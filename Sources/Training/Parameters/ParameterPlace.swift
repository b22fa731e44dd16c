/// Where in a quantized network a parameter acts.
public enum ParameterPlace: Sendable, Hashable {
    /// On the image before any layer reads it: what maps images to bits.
    case image
    /// In the convolution that is this node of the graph.
    case layer(Int)

    /// The node of the layer; nil for the image.
    public var node: Int? { if case .layer(let node) = self { node } else { nil } }

    /// How saved states write the place. No layer is node 0, which is the network's input, so that 0 is free for the image.
    var savedNumber: Int { node ?? 0 }
}
