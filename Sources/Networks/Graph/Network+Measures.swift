extension Network {
    /// Learned numbers: weights, biases, slopes and two per channel of a batch normalisation. Shifts by the mean colour, which
    /// are never trained, do not count.
    public var parameterCount: Int {
        let learned = nodes.filter { !ColourConversion.affineNames.contains($0.name) }
        return learned.flatMap(\.tensors).reduce(0) { $0 + $1.tensor.values.count }
    }

    /// How many times wider and higher than the network's input each node's result is, by node index. For a valid network.
    public var resolutions: [Int] {
        var scales: [Int] = []
        for node in nodes {
            let input = node.inputs.first.map { scales[$0] } ?? 1
            switch node.operation {
            case .pixelShuffle(let factor), .resizeBilinear(let factor): scales.append(input * factor)
            default: scales.append(input)
            }
        }
        return scales
    }

    /// Multiplications with weights that one pixel of the input costs, by node index; 0 for what is no convolution.
    ///
    /// Times the bits of weights and activations these are the BitOPs of a quantized network.
    public func macsPerInputPixel() throws(NetworkError) -> [Int] {
        let extents = try validate()
        return nodes.indices.map { index in
            guard case .convolution(let convolution) = nodes[index].operation else { return 0 }
            return convolution.weight.values.count * extents[index].scale * extents[index].scale
        }
    }

    /// How far, in pixels of the input, an output pixel sees beyond the input pixel it lies in.
    public func receptiveFieldRadius() throws(NetworkError) -> Int {
        try validate()
        // From the output backwards: what a node's reader needs around a pixel, in pixels of the node.
        var needed = [Int](repeating: 0, count: nodes.count)
        for index in nodes.indices.reversed() {
            let around = nodes[index].operation.inputRadius(forOutput: needed[index])
            for input in nodes[index].inputs { needed[input] = max(needed[input], around) }
        }
        return needed[0]
    }
}

extension Operation {
    fileprivate func inputRadius(forOutput radius: Int) -> Int {
        switch self {
        case .convolution(let convolution): radius + convolution.kernel / 2
        case .pixelShuffle(let factor): (radius + factor - 1) / factor
        case .resizeBilinear(let factor): (radius + factor - 1) / factor + 1
        default: radius
        }
    }
}
