/// The options that say about a network what its checkpoint cannot (docs/options.md, "load").
public struct LoadOptions: Sendable, Equatable {
    /// Whether the output is `(tanh(y) + 1) · 127.5`; SRResNet alone.
    public var tanhOutput: Bool
    /// The factor of the residual branches; EDSR alone. Nil means 0.1 for 256 channels with 32 blocks, else 1.
    public var resScale: Float?
    /// The value of white as the network sees it, 1 or 255. Nil means what the tensor names imply.
    public var range: Float?

    /// Makes options; what is left out follows from the tensors.
    public init(tanhOutput: Bool = false, resScale: Float? = nil, range: Float? = nil) {
        (self.tanhOutput, self.resScale, self.range) = (tanhOutput, resScale, range)
    }

    /// Checks that the options are in range and mean something to the architecture.
    /// - Throws: `.option`.
    func check(for architecture: some Architecture) throws(NetworkError) {
        if let range, range != 1, range != 255 { throw .option("range is \(range), but must be 1 or 255") }
        if let resScale, !resScale.isFinite { throw .option("res_scale is \(resScale), but must be finite") }
        if resScale != nil, !architecture.hasResidualScale {
            throw .option("res_scale is an option of EDSR, but the network is \(architecture.name)")
        }
        if tanhOutput, !architecture.mayEndInTanh {
            throw .option("tanh output is an option of SRResNet, but the network is \(architecture.name)")
        }
    }
}
