import Tensors

/// The size of an operation's result, relative to the network's input.
public struct Extent: Sendable, Equatable {
    /// How many channels the result has.
    public var channels: Int
    /// How many times wider and higher than the network's input the result is.
    public var scale: Int

    /// Makes a size.
    public init(channels: Int, scale: Int) { (self.channels, self.scale) = (channels, scale) }

    /// How many numbers the result has for each pixel of the network's input.
    package var valuesPerInputPixel: Int { channels * scale * scale }

    /// Returns the shape of the result for an input of `samples × height × width`; nil where its bytes could not be counted in an
    /// `Int`.
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
    /// The size of every node's result, by node index.
    /// - Precondition: the network can be run; `validate` finds out whether it can.
    public var extents: [Extent] {
        var extents: [Extent] = []
        extents.reserveCapacity(nodes.count)
        for node in nodes { extents.append(node.operation.extent(of: node.inputs.map { extents[$0] })) }
        return extents
    }
}

extension Operation {
    /// Returns the size of the operation's result.
    /// - Precondition: `inputs` are those that the operation can work with; `checkedExtent` finds out whether they are.
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
