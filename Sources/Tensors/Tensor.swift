/// A dense array of floats; what its dimensions mean is up to its owner.
///
/// Feature maps and images are `[samples, height, width, channels]` (channels last); convolution weights are `[outputs, inputs,
/// height, width]` as in PyTorch's state dicts; everything else is a vector. The last dimension varies fastest.
public struct Tensor: Sendable, Equatable {
    /// The extents of the array, the slowest dimension first.
    public let dimensions: [Int]
    /// The numbers in row-major order, as many as the product of `dimensions`.
    public var values: [Float]

    /// Makes a tensor of given values.
    /// - Precondition: `values.count` is the product of `dimensions`.
    public init(dimensions: [Int], values: [Float]) {
        precondition(values.count == dimensions.reduce(1, *), "\(values.count) values for dimensions \(dimensions)")
        self.dimensions = dimensions
        self.values = values
    }

    /// Makes a tensor of zeros.
    public init(zeros dimensions: [Int]) {
        self.init(dimensions: dimensions, values: [Float](repeating: 0, count: dimensions.reduce(1, *)))
    }
}

/// The extent of a feature map, stored as `[samples, height, width, channels]`.
public struct Shape: Hashable, Sendable {
    /// The number of images, their height and width in pixels, and the number of channels.
    public var samples, height, width, channels: Int

    /// Makes a shape.
    public init(samples: Int, height: Int, width: Int, channels: Int) {
        (self.samples, self.height, self.width, self.channels) = (samples, height, width, channels)
    }

    /// The number of values of all samples.
    public var count: Int { samples * height * width * channels }
    /// The number of values of one sample.
    public var countPerSample: Int { height * width * channels }
    /// The dimensions of the tensor of this shape.
    public var dimensions: [Int] { [samples, height, width, channels] }
}
