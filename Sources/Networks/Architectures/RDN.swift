/// The family RDN (Zhang et al., 2018): D residual dense blocks of C convolutions that each add G channels to G0 ones, all blocks
/// fused at the end (docs/protocols.md, "RDN"). Any D, C, G and G0; scale 2, 3 or 4. Raw colours go in and come out.
struct RDN: Architecture {
    let name = "RDN"
    let naming = "EDSR-PyTorch"
    let signature = ["SFENet1", "SFENet2", "RDBs.0.convs.0.conv.0", "RDBs.0.LFF", "GFF.0", "GFF.1", "UPNet.0", "UPNet.2"]

    func build(_ builder: inout NetworkBuilder) throws(NetworkError) {
        let range = builder.options.range ?? 255
        var x = try builder.colours(range: range)
        let shallow = try builder.convolution("SFENet1", .edge, x)
        let channels = builder.channels(of: shallow)
        x = try builder.convolution("SFENet2", .edge, shallow, outputs: channels)

        var blocks: [Int] = []
        for block in 0..<builder.tensors.count("RDBs.", ".LFF.weight") {
            x = try Self.denseBlock("RDBs.\(block)", x, &builder)
            blocks.append(x)
        }
        x = try builder.append("GFF.concatenate", .concatenate, blocks)
        x = try builder.convolution("GFF.0", .body, x, outputs: channels)
        x = try builder.convolution("GFF.1", .body, x, outputs: channels)
        x = try builder.append("GFF.add", .add, x, shallow)

        let steps = max(1, (builder.tensors.count("UPNet.", ".weight") - 1) / 2)
        let last = "UPNet.\(2 * steps)"
        // The last convolution reads G channels, which is the width after a shuffle.
        let growth = try builder.tensors.take(last + ".weight", [3, nil, nil, nil], expected: "[3, G, k, k]").dimensions[1]
        x = try builder.upsample(x, (0..<steps).map { "UPNet.\(2 * $0)" }, channels: growth)
        x = try builder.convolution(last, .edge, x, outputs: 3)
        _ = try builder.restoreColours(x, range: range)
    }

    /// Appends a residual block of dense convolutions, each of which reads what all before it gave.
    private static func denseBlock(_ name: String, _ input: Int, _ builder: inout NetworkBuilder) throws(NetworkError) -> Int {
        var x = input
        for convolution in 0..<builder.tensors.count(name + ".convs.", ".conv.0.weight") {
            let layer = "\(name).convs.\(convolution)"
            var grown = try builder.convolution(layer + ".conv.0", .body, x)
            grown = try builder.append(layer + ".relu", .relu, grown)
            x = try builder.append(layer + ".concatenate", .concatenate, x, grown)
        }
        x = try builder.convolution(name + ".LFF", .body, x, outputs: builder.channels(of: input))
        return try builder.append(name + ".add", .add, x, input)
    }
}
