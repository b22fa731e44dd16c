/// The family SRResNet (Ledig et al., 2017): residual blocks with batch normalisation and PReLU, 9×9 convolutions at both ends
/// (docs/protocols.md, "SRResNet").
///
/// Batch normalisation may be in the file or folded into the convolutions, all of it; a PReLU has one slope or one per channel;
/// biases are optional, for all convolutions before a normalisation and for all others. Any width, depth and kernels; scale 2,
/// 3 or 4.
struct SRResNet: Architecture {
    let naming: String
    /// The first convolution.
    let head: String
    /// The PReLU after the first convolution.
    let headActivation: String
    /// The sequence of blocks.
    let body: String
    /// The first batch normalisation inside a block, after the block's name.
    let firstNorm: String
    /// The PReLU inside a block, after the block's name.
    let activation: String
    /// The second batch normalisation inside a block, after the block's name.
    let secondNorm: String
    /// The convolution after the blocks and its normalisation; nil where they are the next entries of the body.
    let end: (convolution: String, norm: String)?
    /// The sequence of convolutions, shuffles and PReLUs, each with a number of its own.
    let upsampler: String
    /// The convolution that gives the colours.
    let last: String

    /// The naming of AdaBM.
    static let adaBM = SRResNet(
        naming: "AdaBM", head: "head.0", headActivation: "head.1", body: "body", firstNorm: "bn1", activation: "act",
        secondNorm: "bn2", end: nil, upsampler: "tail.0", last: "tail.1")
    /// The naming of DDTB and DFSQ.
    static let ddtb = SRResNet(
        naming: "DDTB, DFSQ", head: "conv_input", headActivation: "relu", body: "residual", firstNorm: "in1", activation: "relu",
        secondNorm: "in2", end: ("conv_mid", "bn_mid"), upsampler: "upscale", last: "conv_output")

    let name = "SRResNet"
    let mayEndInTanh = true

    var signature: [String] {
        [head, headActivation, "\(body).0.conv1", "\(body).0.conv2", "\(upsampler).0", last]
    }

    func build(_ builder: inout NetworkBuilder) throws(NetworkError) {
        let blocks = builder.tensors.count(body + ".", ".conv1.weight")
        let range = builder.options.range ?? 255
        let endNorm = end?.norm ?? "\(body).\(blocks + 1)"
        let hasNorms = builder.hasNorms(
            among: (0..<blocks).flatMap { ["\(body).\($0).\(firstNorm)", "\(body).\($0).\(secondNorm)"] } + [endNorm])

        var x = try builder.colours(range: range)
        x = try builder.convolution(head, .edge, x)
        let features = try builder.prelu(headActivation, x)
        let channels = builder.channels(of: features)

        x = features
        for block in 0..<blocks {
            let name = "\(body).\(block)"
            let shortcut = x
            x = try builder.convolution(name + ".conv1", .body, x)
            x = try builder.batchNorm("\(name).\(firstNorm)", isInFile: hasNorms, x)
            x = try builder.prelu("\(name).\(activation)", x)
            x = try builder.convolution(name + ".conv2", .body, x, outputs: channels)
            x = try builder.batchNorm("\(name).\(secondNorm)", isInFile: hasNorms, x)
            x = try builder.append(name + ".add", .add, x, shortcut)
        }
        x = try builder.convolution(end?.convolution ?? "\(body).\(blocks)", .bodyEnd, x, outputs: channels)
        x = try builder.batchNorm(endNorm, isInFile: hasNorms, x)
        x = try builder.append(body + ".add", .add, x, features)

        // Convolution, shuffle and PReLU have a place each in the sequence; the shuffle holds no tensor.
        let steps = max(1, (builder.tensors.count(upsampler + ".", ".weight") + 2) / 3)
        x = try builder.upsample(x, (0..<steps).map { "\(upsampler).\(3 * $0)" }, channels: channels) {
            (builder, step, x) throws(NetworkError) in try builder.prelu("\(upsampler).\(3 * step + 2)", x)
        }
        x = try builder.convolution(last, .edge, x, outputs: 3)
        if builder.options.tanhOutput {
            x = try builder.append("output.tanh", .tanh, x)
            let half = [Float](repeating: 127.5, count: 3)
            _ = try builder.append(ColourConversion.denormalise, .affine(scale: half, shift: half), x)
        } else {
            _ = try builder.restoreColours(x, range: range)
        }
    }
}
