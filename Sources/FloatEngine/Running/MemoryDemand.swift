import Networks

/// How much memory a network takes to run on one image, from the sizes of its feature maps alone.
package struct MemoryDemand {
    private let bytesPerPixel: Double

    package init(_ network: Network) throws(NetworkError) {
        let extents = try network.validate()
        var lastReader = [Int](repeating: network.nodes.count, count: network.nodes.count)
        for (index, node) in network.nodes.enumerated() { for input in node.inputs { lastReader[input] = index } }

        // Values per pixel of the input. The engine's buffers live from their making to their last reader.
        let sizes = extents.map { $0.channels * $0.scale * $0.scale }
        var (live, peak) = (0, 0)
        for (index, node) in network.nodes.enumerated() {
            let ending = Set(node.inputs).filter { lastReader[$0] == index }
            let takesOver = node.operation.canReplaceItsInput && ending.contains { sizes[$0] == sizes[index] }
            if !takesOver { live += sizes[index] }
            peak = max(peak, live)
            for input in ending { live -= sizes[input] }
            if takesOver { live += sizes[index] }
        }
        // The caller's tensor going in and the one coming out.
        let ends = (sizes.first ?? 0) + (sizes.last ?? 0)
        bytesPerPixel = Double((peak + ends) * MemoryLayout<Float>.size)
    }

    /// Bytes for an image of `width` × `height`; more than a machine has is no overflow.
    package func bytes(width: Int, height: Int) -> Double { bytesPerPixel * Double(width) * Double(height) }
}

extension Operation {
    /// Whether the engine works in the input's memory, or fuses the operation with what made the input.
    fileprivate var canReplaceItsInput: Bool {
        switch self {
        case .affine, .relu, .leakyRelu, .prelu, .add, .multiply, .tanh, .pixelShuffle: true
        case .input, .convolution, .concatenate, .resizeBilinear: false
        }
    }
}
