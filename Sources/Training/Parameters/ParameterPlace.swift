/// The place in a quantized network where a parameter acts.
public enum ParameterPlace: Sendable, Hashable {
    /// The parameter acts on the image before any layer reads it, as what maps images to bits does.
    case image
    /// The parameter acts in the convolution that is this node of the graph.
    case layer(Int)

    /// The node of the layer; nil for the image.
    public var node: Int? { if case .layer(let node) = self { node } else { nil } }

    /// The number by which saved states write the place. No layer is node 0, which is the network's input, so that 0 is free for
    /// the image.
    var savedNumber: Int { node ?? 0 }
}
