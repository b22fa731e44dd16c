/// The family MSRResNet of BasicSR, which PTQ4SR calls SRResNet: no normalisation, no convolution and no skip around the blocks,
/// but the bilinearly enlarged input is added to the output (docs/protocols.md, "MSRResNet"). Trained on 0…1. Any width and depth;
/// scale 2, 3 or 4.
struct MSRResNet: Architecture {
    let name = "MSRResNet"
    let naming = "BasicSR"
    let signature = ["conv_first", "body.0.conv1", "body.0.conv2", "upconv1", "conv_hr", "conv_last"]

    func build(_ builder: inout NetworkBuilder) throws(NetworkError) {
        let range = builder.options.range ?? 1
        let colours = try builder.colours(range: range)
        var x = try builder.convolution("conv_first", .edge, colours)
        x = try builder.append("conv_first.lrelu", .leakyRelu(slope: Self.slope), x)
        let channels = builder.channels(of: x)
        for block in 0..<builder.tensors.count("body.", ".conv1.weight") {
            x = try builder.residualBlock("body.\(block)", first: "conv1", second: "conv2", x)
        }
        let steps = builder.tensors.contains("upconv2.weight") ? ["upconv1", "upconv2"] : ["upconv1"]
        x = try builder.upsample(x, steps, channels: channels) { (builder, step, x) throws(NetworkError) in
            try builder.append(steps[step] + ".lrelu", .leakyRelu(slope: Self.slope), x)
        }
        x = try builder.convolution("conv_hr", .edge, x)
        x = try builder.append("conv_hr.lrelu", .leakyRelu(slope: Self.slope), x)
        x = try builder.convolution("conv_last", .edge, x, outputs: 3)
        let base = try builder.append("base", .resizeBilinear(builder.scale(of: x)), colours)
        x = try builder.append("base.add", .add, x, base)
        _ = try builder.restoreColours(x, range: range)
    }

    /// The slope of every leaky ReLU.
    private static let slope: Float = 0.1
}
