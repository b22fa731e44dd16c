/// Which square of which image each calibration patch is.
///
/// Images are used in turn until there are enough patches. Patch number `n` is drawn from image `n mod (images left)`; one that
/// is smaller than a patch is struck off the list and the patch is drawn again. The vertical position is drawn first. So the
/// images drawn from need not be read for the plan, only their sizes.
struct PatchPlan: Sendable, Equatable {
    /// One patch: its image and the place of its top left pixel.
    struct Patch: Sendable, Equatable {
        /// The index of the image in the order given.
        let image: Int
        let x, y: Int
    }

    /// The patches, in the order in which they were drawn.
    let patches: [Patch]

    /// Draws `count` patches of `side` x `side` pixels; the plan is nil if every image is too small.
    ///
    /// - Parameter sizeOfImage: A function that is called once for each image that is drawn from or struck off, and for no other.
    init?(
        images: Int, count: Int, side: Int, seed: UInt64, sizeOfImage: (Int) throws(ImageError) -> (width: Int, height: Int)
    ) throws(ImageError) {
        var random = PythonRandom(seed: seed)
        var candidates = Array(0..<images)
        var sizes = [(width: Int, height: Int)?](repeating: nil, count: images)
        var patches: [Patch] = []
        patches.reserveCapacity(count)
        while patches.count < count {
            guard !candidates.isEmpty else { return nil }
            let candidate = patches.count % candidates.count
            let image = candidates[candidate]
            let size: (width: Int, height: Int)
            if let known = sizes[image] { size = known } else { size = try sizeOfImage(image) }
            sizes[image] = size
            guard min(size.width, size.height) >= side else {
                candidates.remove(at: candidate)
                continue
            }
            let y = random.integer(in: 0...size.height - side)
            let x = random.integer(in: 0...size.width - side)
            patches.append(Patch(image: image, x: x, y: y))
        }
        self.patches = patches
    }
}
