import Tensors

/// The images of one step: whole ones, or one patch of each.
package struct TrainingBatch {
    /// The top left corner of a patch in its image, in pixels.
    struct Corner: Equatable {
        /// The first row.
        let y: Int
        /// The first column.
        let x: Int
    }

    /// The pixels, `[samples, height, width, 3]`.
    package let images: Tensor
    /// Which images these are, or are cut from; the same number always stands for the same image.
    package let numbers: [Int]
    /// Where the patches lie in their images; nil for whole images.
    let corners: [Corner]?
    /// The seed of what is drawn at random in this step besides.
    let seed: UInt64

    /// Whether the images are whole, so that what follows from one is the same in every epoch.
    var isWhole: Bool { corners == nil }

    /// Makes a batch of whole images.
    package init(images: Tensor, numbers: [Int], seed: UInt64 = 0) {
        self.init(images: images, numbers: numbers, corners: nil, seed: seed)
    }

    private init(images: Tensor, numbers: [Int], corners: [Corner]?, seed: UInt64) {
        (self.images, self.numbers, self.corners, self.seed) = (images, numbers, corners, seed)
    }

    /// Makes the batch of a step from images `[1, height, width, 3]` of one size.
    /// - Parameters:
    ///   - numbers: the numbers of the chosen images among `all`.
    ///   - patch: the side of the patches; sides of images that are no longer are taken whole. 0: whole images.
    ///   - seed: decides where patches lie.
    init(_ all: [Tensor], numbers: [Int], patch: Int, seed: UInt64) {
        let chosen = numbers.map { all[$0] }
        let (height, width) = (chosen.first?.dimensions[1] ?? 0, chosen.first?.dimensions[2] ?? 0)
        guard patch > 0, height > patch || width > patch else {
            self.init(images: Self.joined(chosen), numbers: numbers, seed: seed)
            return
        }
        let (rows, columns) = (min(patch, height), min(patch, width))
        var generator = SplitMix64(state: seed)
        let corners = numbers.map { _ in
            Corner(
                y: Int(generator.next() % UInt64(height - rows + 1)), x: Int(generator.next() % UInt64(width - columns + 1)))
        }
        let patches = zip(chosen, corners).map { Self.cropped($0, $1, height: rows, width: columns) }
        self.init(images: Self.joined(patches), numbers: numbers, corners: corners, seed: seed)
    }

    /// Returns the part of the pictures that belongs to the batch's images, sample after sample.
    /// - Parameter pictures: one for each image, some whole number of times as wide and high.
    func truth(of pictures: [Tensor], scale: Int) -> [Float] {
        guard let corners else { return numbers.flatMap { pictures[$0].values } }
        return zip(numbers, corners).flatMap { number, corner in
            Self.cropped(
                pictures[number], Corner(y: corner.y * scale, x: corner.x * scale), height: images.dimensions[1] * scale,
                width: images.dimensions[2] * scale
            ).values
        }
    }

    /// Returns a part of an image `[1, height, width, 3]`.
    private static func cropped(_ image: Tensor, _ corner: Corner, height: Int, width: Int) -> Tensor {
        let (row, channels) = (image.dimensions[2] * image.dimensions[3], image.dimensions[3])
        var values: [Float] = []
        values.reserveCapacity(height * width * channels)
        for y in corner.y..<corner.y + height {
            let start = y * row + corner.x * channels
            values += image.values[start..<start + width * channels]
        }
        return Tensor(dimensions: [1, height, width, channels], values: values)
    }

    /// Returns one tensor `[images, height, width, 3]` of images `[1, height, width, 3]` of one size.
    private static func joined(_ images: [Tensor]) -> Tensor {
        guard let first = images.first else { return Tensor(zeros: [0]) }
        var dimensions = first.dimensions
        dimensions[0] = images.count
        var values: [Float] = []
        values.reserveCapacity(first.values.count * images.count)
        for image in images { values += image.values }
        return Tensor(dimensions: dimensions, values: values)
    }
}
