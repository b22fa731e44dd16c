import Networks

/// Which layers are quantized, by their role in the network (facts: AdaBM's "fq" and "nonfq").
public enum QuantizationProtocol: String, Sendable, CaseIterable {
    /// Everything is quantized, the edges at 8 bits. Table 1 of the paper.
    case full
    /// Only the body is; edges and body end stay in float. Tables 2 and 3.
    case body

    /// The bits of a layer whose network is asked to have `bits`, or nil where it stays in float.
    public func bits(_ role: Convolution.Role, asked bits: Int) -> Int? {
        switch (self, role) {
        case (.full, .edge): 8
        case (.full, .body), (.full, .bodyEnd), (.body, .body): bits
        case (.body, .edge), (.body, .bodyEnd): nil
        }
    }
}
