import Checkpoints

/// The options in the metadata of a safetensors file, which say to whoever loads exported weights what these weights cannot.
extension LoadOptions {
    /// The keys, which are the names that the options have in scripts.
    private enum Key {
        static let tanhOutput = "tanh"
        static let resScale = "res_scale"
        static let range = "range"
    }

    /// The options as strings; those at their defaults are left out.
    public var metadata: [String: String] {
        var metadata: [String: String] = [:]
        if tanhOutput { metadata[Key.tanhOutput] = "true" }
        if let resScale { metadata[Key.resScale] = resScale.description }
        if let range { metadata[Key.range] = range.description }
        return metadata
    }

    /// Reads options out of the metadata of a file, which may have any other strings too.
    /// - Throws: `.malformed` where one of them is no number, or neither true nor false.
    public init(metadata: [String: String], file: String) throws(CheckpointError) {
        self.init()
        switch metadata[Key.tanhOutput] {
        case nil, "false", "0": tanhOutput = false
        case "true", "1": tanhOutput = true
        case let text?: throw Self.damaged(Key.tanhOutput, text, file, expected: "true or false")
        }
        resScale = try Self.number(Key.resScale, in: metadata, file)
        range = try Self.number(Key.range, in: metadata, file)
    }

    private static func number(_ key: String, in metadata: [String: String], _ file: String) throws(CheckpointError) -> Float? {
        guard let text = metadata[key] else { return nil }
        guard let number = Float(text), number.isFinite else { throw damaged(key, text, file, expected: "a number") }
        return number
    }

    private static func damaged(_ key: String, _ text: String, _ file: String, expected: String) -> CheckpointError {
        .malformed(file: file, reason: "the metadata has \(key) = '\(text.prefix(40))'; expected \(expected)")
    }

    /// Returns these options, with those of the file in the place of the ones that were not given. What the file says and the
    /// family has no use for is meant for another program.
    func completed(by stored: LoadOptions, for architecture: some Architecture) -> LoadOptions {
        LoadOptions(
            tanhOutput: tanhOutput || (architecture.mayEndInTanh && stored.tanhOutput),
            resScale: resScale ?? (architecture.hasResidualScale ? stored.resScale : nil), range: range ?? stored.range)
    }
}

extension Network {
    /// The options with which `recognise` makes this network out of its `checkpointTensors`.
    public var loadOptions: LoadOptions {
        var options = LoadOptions()
        for node in nodes {
            switch node.operation {
            case .tanh: options.tanhOutput = true
            case .multiply(let factor) where node.name == ColourConversion.shrink: options.range = (255 * factor).rounded()
            case .multiply(let factor) where node.name.hasSuffix(Self.residualScaleSuffix): options.resScale = factor
            default: break
            }
        }
        // No factor at all is the factor 1, which is not the default of every size.
        if options.resScale == nil, Architectures.standard.all.contains(where: { $0.name == architecture && $0.hasResidualScale }) {
            options.resScale = 1
        }
        return options
    }

    /// The end of the names of the factors of residual branches.
    static let residualScaleSuffix = ".scale"
}
