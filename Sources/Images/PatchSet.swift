import Files
import Machine
import Tensors

/// Square patches of images, in memory, for calibration and finetuning. The patches are drawn as the reference implementation
/// draws them (`PatchPlan`).
public struct PatchSet: Sendable {
    /// The side of a patch in pixels.
    public let size: Int
    /// The patches, each `[1, size, size, 3]`, RGB in 0…255.
    public let patches: [Tensor]
    /// What was wrong with the files that patches were taken from, without any change to a pixel.
    public let warnings: [String]

    /// Draws patches from the PNG files of a folder, or of a pattern with `*` and `?` in its last part, sorted by name.
    ///
    /// No more than one image is in memory at a time, and none is decoded twice.
    /// - Throws: `.noImages`, `.unsuitable` where all images are smaller than a patch, `.damaged` naming the file, `.file`,
    ///   `.invalid` for a count or size below 1, `.memory`.
    public init(_ place: String, count: Int, size: Int, seed: UInt64) throws(ImageError) {
        let paths = try Self.paths(place)
        try self.init(
            place: place, images: paths.count, count: count, size: size, seed: seed,
            sizeOfImage: { (index) throws(ImageError) in
                let header = try PNG.header(of: try Image.bytes(ofFile: paths[index]), name: paths[index])
                return (header.width, header.height)
            },
            load: { (index) throws(ImageError) in try Image.read(png: paths[index]) })
    }

    /// Draws patches from images in memory, in the order given.
    ///
    /// - Throws: `.noImages`, `.unsuitable`, `.invalid`, `.memory`.
    public init(_ images: [Image], count: Int, size: Int, seed: UInt64) throws(ImageError) {
        try self.init(
            place: "images in memory", images: images.count, count: count, size: size, seed: seed,
            sizeOfImage: { (images[$0].width, images[$0].height) }, load: { images[$0] })
    }

    private init(
        place: String, images: Int, count: Int, size: Int, seed: UInt64,
        sizeOfImage: (Int) throws(ImageError) -> (width: Int, height: Int), load: (Int) throws(ImageError) -> Image
    ) throws(ImageError) {
        guard count >= 1, size >= 1, count <= 1 << 32, size <= 1 << 20 else {
            throw .invalid(reason: "\(count) patches of \(size) x \(size) pixels cannot be drawn")
        }
        guard images > 0 else { throw .noImages(place: place) }
        let (values, overflow) = (size * size * 3).multipliedReportingOverflow(by: count * MemoryLayout<Float>.size)
        guard !overflow, Memory.isAvailable(bytes: values) else {
            throw .memory(what: "\(count) patches of \(size) x \(size) pixels", bytes: overflow ? .max : values)
        }

        guard let plan = try PatchPlan(images: images, count: count, side: size, seed: seed, sizeOfImage: sizeOfImage) else {
            throw .unsuitable(name: place, reason: "every image is smaller than a patch of \(size) x \(size) pixels")
        }
        var patches = [Tensor](repeating: Tensor(zeros: [0]), count: count)
        var warnings: [String] = []
        let numbers = Dictionary(grouping: plan.patches.indices) { plan.patches[$0].image }
        for (image, numbers) in numbers.sorted(by: { $0.key < $1.key }) {
            let whole = try load(image)
            warnings += whole.warnings
            for number in numbers {
                let patch = plan.patches[number]
                patches[number] = try whole.cropped(x: patch.x, y: patch.y, width: size, height: size).tensorRGB()
            }
        }
        (self.size, self.patches, self.warnings) = (size, patches, warnings)
    }

    private static func paths(_ place: String) throws(ImageError) -> [String] {
        do throws(FileError) {
            guard Files.isFolder(place) else { return try Files.matching(place) }
            return try Files.list(folder: place).filter(Image.isPNG(name:)).map { Files.joined(place, $0) }
        } catch {
            throw .file(error)
        }
    }
}
