/// A dense array of floats with named meaning given by its owner.
///
/// Feature maps and images are `[samples, height, width, channels]` (channels last); convolution weights are
/// `[outputs, inputs, height, width]` as in PyTorch state dicts; everything else is a vector.
public struct Tensor: Sendable, Equatable {
    public let dimensions: [Int]
    public var values: [Float]

    /// - Precondition: `values.count` is the product of `dimensions`.
    public init(dimensions: [Int], values: [Float]) {
        precondition(values.count == dimensions.reduce(1, *), "\(values.count) values for dimensions \(dimensions)")
        self.dimensions = dimensions
        self.values = values
    }

    public init(zeros dimensions: [Int]) {
        self.init(dimensions: dimensions, values: [Float](repeating: 0, count: dimensions.reduce(1, *)))
    }
}

/// The extent of a feature map, stored as `[samples, height, width, channels]`.
public struct Shape: Hashable, Sendable {
    public var samples, height, width, channels: Int

    public init(samples: Int, height: Int, width: Int, channels: Int) {
        (self.samples, self.height, self.width, self.channels) = (samples, height, width, channels)
    }

    public var count: Int { samples * height * width * channels }
    public var countPerSample: Int { height * width * channels }
    public var dimensions: [Int] { [samples, height, width, channels] }
}
