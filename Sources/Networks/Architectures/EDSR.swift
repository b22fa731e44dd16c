/// The family EDSR (Lim et al., 2017): residual blocks of two convolutions without normalisation, one skip around all of them,
/// pixel shuffles at the end (docs/protocols.md, "EDSR"). Any width, depth and kernel; scale 2, 3 or 4.
struct EDSR: Architecture {
    let naming: String
    /// The first convolution.
    let head: String
    /// The first convolution inside a block, after the block's name.
    let first: String
    /// The second convolution inside a block, after the block's name.
    let second: String
    /// The convolution after the blocks; nil where it is the next entry of the body.
    let end: String?
    /// The sequence of convolutions and shuffles, each with a number of its own.
    let upsampler: String
    /// The convolution that gives the colours.
    let last: String

    /// The naming of the authors' code.
    static let pytorch = EDSR(
        naming: "EDSR-PyTorch", head: "head.0", first: "body.0", second: "body.2", end: nil, upsampler: "tail.0", last: "tail.1")
    /// The naming of AdaBM, whose blocks name their convolutions.
    static let adaBM = EDSR(
        naming: "AdaBM", head: "head.0", first: "conv1", second: "conv2", end: nil, upsampler: "tail.0", last: "tail.1")
    /// The naming of PAMS and DDTB, in which a quantizer stands between the activation and the second convolution.
    static let pams = EDSR(
        naming: "PAMS, DDTB", head: "head.0", first: "body.0", second: "body.3", end: nil, upsampler: "tail.0", last: "tail.1")
    /// The naming of BasicSR, whose convolution after the blocks has a name of its own.
    static let basicSR = EDSR(
        naming: "BasicSR", head: "conv_first", first: "conv1", second: "conv2", end: "conv_after_body", upsampler: "upsample",
        last: "conv_last")

    let name = "EDSR"
    let hasResidualScale = true

    var signature: [String] {
        [head, "body.0.\(first)", "body.0.\(second)"] + (end.map { [$0] } ?? []) + ["\(upsampler).0", last]
    }

    func build(_ builder: inout NetworkBuilder) throws(NetworkError) {
        let blocks = builder.tensors.count("body.", ".\(first).weight")
        let range = builder.options.range ?? builder.rangeOfStoredMean ?? 255
        let mean: MeanColour = builder.rangeOfStoredMean != nil ? .stored : .implied(range: range)

        var x = try builder.colours(range: range)
        x = try builder.shift(by: mean, subtracting: true, x)
        let features = try builder.convolution(head, .edge, x)
        let channels = builder.channels(of: features)
        let factor = builder.options.resScale ?? (channels == 256 && blocks == 32 ? 0.1 : 1)

        x = features
        for block in 0..<blocks {
            x = try builder.residualBlock("body.\(block)", first: first, second: second, factor: factor, x)
        }
        x = try builder.convolution(end ?? "body.\(blocks)", .bodyEnd, x, outputs: channels)
        x = try builder.append("body.add", .add, x, features)
        let steps = max(1, (builder.tensors.count(upsampler + ".", ".weight") + 1) / 2)
        x = try builder.upsample(x, (0..<steps).map { "\(upsampler).\(2 * $0)" }, channels: channels)
        x = try builder.convolution(last, .edge, x, outputs: 3)
        x = try builder.shift(by: mean, subtracting: false, x)
        _ = try builder.restoreColours(x, range: range)
    }
}

extension NetworkBuilder {
    /// Appends `x + factor · conv(relu(conv(x)))`, as in EDSR and MSRResNet.
    package mutating func residualBlock(
        _ name: String, first: String, second: String, factor: Float = 1, _ input: Int
    ) throws(NetworkError) -> Int {
        var x = try convolution("\(name).\(first)", .body, input)
        x = try append(name + ".relu", .relu, x)
        x = try convolution("\(name).\(second)", .body, x, outputs: channels(of: input))
        if factor != 1 { x = try append(name + Network.residualScaleSuffix, .multiply(factor), x) }
        return try append(name + ".add", .add, x, input)
    }
}
