import Networks

/// The protocols of the paper: which layers are quantized, by their role in the network (docs/protocols.md, "What is quantized";
/// AdaBM's code calls the two "fq" and "nonfq").
public enum QuantizationProtocol: String, Sendable, CaseIterable {
    /// All layers are quantized, the edges at 8 bits: Table 1 of the paper.
    case full
    /// The body alone is quantized; edges and the body's end stay in float: Tables 2 and 3 of the paper.
    case body

    /// Returns the bits of a layer whose network is asked to have `bits`, or nil where the layer stays in float.
    public func bits(_ role: Convolution.Role, asked bits: Int) -> Int? {
        switch (self, role) {
        case (.full, .edge): 8
        case (.full, .body), (.full, .bodyEnd), (.body, .body): bits
        case (.body, .edge), (.body, .bodyEnd): nil
        }
    }
}
