import Tensors

/// What an operation yields for each pixel of the network's input.
public struct Extent: Sendable, Equatable {
    public var channels: Int
    /// How many times wider and higher than the network's input.
    public var scale: Int

    public init(channels: Int, scale: Int) { (self.channels, self.scale) = (channels, scale) }

    /// How many numbers the result has for each pixel of the network's input.
    package var valuesPerInputPixel: Int { channels * scale * scale }

    /// The shape of the result for an input of `samples × height × width`; nil where its bytes could not be counted.
    package func shape(samples: Int, height: Int, width: Int) -> Shape? {
        let (rows, overflow) = height.multipliedReportingOverflow(by: scale)
        let (columns, overflow2) = width.multipliedReportingOverflow(by: scale)
        let (area, overflow3) = rows.multipliedReportingOverflow(by: columns)
        let (count, overflow4) = area.multipliedReportingOverflow(by: channels * samples)
        guard !overflow, !overflow2, !overflow3, !overflow4, count <= Int.max / 8 else { return nil }
        return Shape(samples: samples, height: rows, width: columns, channels: channels)
    }
}

extension Network {
    /// What every node yields, by node index, for a network that can be run: `validate` finds out whether it can.
    public var extents: [Extent] {
        var extents: [Extent] = []
        extents.reserveCapacity(nodes.count)
        for node in nodes { extents.append(node.operation.extent(of: node.inputs.map { extents[$0] })) }
        return extents
    }
}

extension Operation {
    /// What comes out of the operation if `inputs` go in, which have to be inputs that it can work with.
    func extent(of inputs: [Extent]) -> Extent {
        var result = inputs.first ?? Extent(channels: 0, scale: 1)
        switch self {
        case .input(let channels): result.channels = channels
        case .convolution(let convolution): result.channels = convolution.outputs
        case .concatenate: result.channels = inputs.reduce(0) { $0 + $1.channels }
        case .pixelShuffle(let factor):
            result = Extent(channels: result.channels / (factor * factor), scale: result.scale * factor)
        case .resizeBilinear(let factor): result.scale *= factor
        case .affine, .relu, .leakyRelu, .prelu, .add, .multiply, .tanh: break
        }
        return result
    }
}
