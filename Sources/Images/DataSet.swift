import Files

/// A folder of test images: high resolution with the low resolution that a network gets to see.
///
/// Three layouts are understood, the first that fits: `HR/name.png` with `LR_xS/namexS.png` for the scale S, `HR/name.png`
/// alone, and PNG files in the folder itself. Where there is no low resolution it is made by `resizedBicubic` from the high
/// resolution cropped to a multiple of the scale.
public struct DataSet: Sendable {
    /// One test image.
    public struct Entry: Sendable, Equatable {
        /// The file's name without ".png".
        public let name: String
        /// The path of the high resolution.
        public let high: String
        /// The path of the low resolution; nil where it is to be made from `high`.
        public let low: String?
    }

    /// The path of the folder.
    public let folder: String
    /// How many times the high resolution is wider and higher than the low one.
    public let scale: Int
    /// The images, sorted by file name; there is at least one.
    public let entries: [Entry]

    /// Lists the folder; only names are looked at, images are read by `load`.
    ///
    /// - Parameter complete: false lets images without their low resolution in, which `load` then throws for.
    /// - Throws: `.noImages`, `.missingPartner` for the first image without its low resolution, `.file` for a folder that cannot
    ///   be listed, `.invalid` for a scale below 1.
    public init(folder: String, scale: Int, complete: Bool = true) throws(ImageError) {
        guard scale >= 1 else { throw .invalid(reason: "a data set cannot have scale \(scale)") }
        let highFolder = Files.joined(folder, "HR")
        let lowFolder = Files.joined(folder, "LR_x\(scale)")
        let hasHigh = Files.isFolder(highFolder)
        let source = hasHigh ? highFolder : folder
        let hasLow = hasHigh && Files.isFolder(lowFolder)
        let names = try Self.names(source)
        guard !names.isEmpty else { throw .noImages(place: source) }
        var entries: [Entry] = []
        for file in names {
            let (name, high) = (String(file.dropLast(4)), Files.joined(source, file))
            let low = hasLow ? Files.joined(lowFolder, "\(name)x\(scale).png") : nil
            if complete, let low, !Files.exists(low) { throw .missingPartner(high: high, low: low) }
            entries.append(Entry(name: name, high: high, low: low))
        }
        (self.folder, self.scale, self.entries) = (folder, scale, entries)
    }

    /// Reads one entry. The high resolution is cropped, right and bottom, to `scale` times the low one; both images have the
    /// warnings of the files that they were read from.
    ///
    /// - Throws: `.unsuitable` naming the image that does not fit its partner or is too small for the scale, `.missingPartner`,
    ///   `.damaged`, `.file`, `.memory`.
    public func load(_ entry: Entry) throws(ImageError) -> (low: Image, high: Image) {
        let high = try Image.read(png: entry.high)
        guard let path = entry.low else {
            guard min(high.width, high.height) >= scale else {
                throw .unsuitable(name: entry.high, reason: "\(high.width) x \(high.height) pixels are too few for scale \(scale)")
            }
            var cropped = try high.cropped(toMultipleOf: scale)
            cropped.warnings = high.warnings
            return (try cropped.resizedBicubic(width: cropped.width / scale, height: cropped.height / scale), cropped)
        }
        guard Files.exists(path) else { throw .missingPartner(high: entry.high, low: path) }
        let low = try Image.read(png: path)
        guard low.width <= high.width / scale, low.height <= high.height / scale else {
            throw .unsuitable(
                name: path,
                reason: "\(low.width) x \(low.height) pixels times \(scale) are more than the \(high.width) x \(high.height) of "
                    + entry.high)
        }
        guard high.width - low.width * scale < Self.mostCropped, high.height - low.height * scale < Self.mostCropped else {
            throw .unsuitable(
                name: path,
                reason: "\(low.width) x \(low.height) pixels times \(scale) are much less than the \(high.width) x \(high.height) "
                    + "of \(entry.high)")
        }
        var cropped = try high.cropped(x: 0, y: 0, width: low.width * scale, height: low.height * scale)
        cropped.warnings = high.warnings
        return (low, cropped)
    }

    /// Published sets were cropped to multiples of 12, so that ×2, ×3 and ×4 fit; their high resolution may not have been.
    private static let mostCropped = 12

    private static func names(_ folder: String) throws(ImageError) -> [String] {
        do throws(FileError) { return try Files.list(folder: folder).filter(Image.isPNG(name:)) } catch { throw .file(error) }
    }
}

extension Image {
    /// Whether a listed file counts as an image: its name ends in ".png", in any case, and is not hidden.
    static func isPNG(name: String) -> Bool { !name.hasPrefix(".") && name.lowercased().hasSuffix(".png") }
}
