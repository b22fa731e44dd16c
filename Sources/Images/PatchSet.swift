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
    /// The files that patches may come from; none for images in memory.
    public let sources: [InputFile]
    /// The files that could not be read, where the caller wanted to go on without them.
    public private(set) var skipped: [Skipped] = []

    /// A file that was left out.
    public struct Skipped: Sendable, Equatable {
        /// The file's path.
        public var name: String
        /// Why it was left out; the text names the file.
        public var reason: String
    }

    /// Draws patches from the PNG files of a folder, or of a pattern with `*` and `?` in its last part, sorted by name.
    ///
    /// No more than one image is in memory at a time, and none is decoded twice unless a file is left out.
    /// - Parameter keepGoing: Whether files that cannot be read are left out and named in `skipped`. Without it the first such file
    ///   is an error.
    /// - Throws: `.noImages`, `.unsuitable` where all images are smaller than a patch, `.damaged` naming the file, `.file`,
    ///   `.invalid` for a count or size below 1, `.memory`.
    public init(_ place: String, count: Int, size: Int, seed: UInt64, keepGoing: Bool = false) throws(ImageError) {
        var paths = try Self.paths(place)
        var skipped: [Skipped] = []
        while true {
            var index = 0
            do {
                self = try Self(paths, place: place, count: count, size: size, seed: seed, reading: &index)
                self.skipped = skipped
                return
            } catch {
                guard keepGoing, error.isOfOneFile, paths.indices.contains(index) else { throw error }
                // The draw depends on how many images there are, so it begins anew without the one that is left out.
                skipped.append(Skipped(name: paths[index], reason: error.description))
                paths.remove(at: index)
                guard !paths.isEmpty else { throw error }
            }
        }
    }

    /// Draws patches from files.
    ///
    /// - Parameter index: becomes the index of the file that is being read, which an error is about.
    private init(
        _ paths: [String], place: String, count: Int, size: Int, seed: UInt64, reading index: inout Int
    ) throws(ImageError) {
        var current = 0
        defer { index = current }
        try self.init(
            place: place, images: paths.count, count: count, size: size, seed: seed,
            sizeOfImage: { (index) throws(ImageError) in
                current = index
                let header = try PNG.header(of: try Image.bytes(ofFile: paths[index]), name: paths[index])
                return (header.width, header.height)
            },
            load: { (index) throws(ImageError) in
                current = index
                return try Image.read(png: paths[index])
            }, sources: paths.compactMap(InputFile.init))
    }

    /// Draws patches from images in memory, in the order given.
    ///
    /// - Throws: `.noImages`, `.unsuitable`, `.invalid`, `.memory`.
    public init(_ images: [Image], count: Int, size: Int, seed: UInt64) throws(ImageError) {
        try self.init(
            place: "images in memory", images: images.count, count: count, size: size, seed: seed,
            sizeOfImage: { (images[$0].width, images[$0].height) }, load: { images[$0] }, sources: [])
    }

    private init(
        place: String, images: Int, count: Int, size: Int, seed: UInt64,
        sizeOfImage: (Int) throws(ImageError) -> (width: Int, height: Int), load: (Int) throws(ImageError) -> Image,
        sources: [InputFile]
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
        (self.size, self.patches, self.warnings, self.sources) = (size, patches, warnings, sources)
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

extension ImageError {
    /// Whether the error says that a file is no image, so that others may be.
    fileprivate var isOfOneFile: Bool {
        switch self {
        case .file, .damaged: true
        case .missingPartner, .unsuitable, .noImages, .invalid, .memory: false
        }
    }
}
