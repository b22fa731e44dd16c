import Files

extension Image {
    /// Reads a PNG file: gray, RGB or palette, with or without alpha, 1 to 16 bits, interlaced or not.
    ///
    /// Depths below 8 become 8, palettes RGB or RGBA.
    /// - Throws: `.file`, `.damaged`, `.memory`; all but the last name `path`.
    public static func read(png path: String) throws(ImageError) -> Image {
        try PNG.decode(try bytes(ofFile: path), name: path)
    }

    /// Writes a PNG file through a temporary file and a rename: no reader sees half an image and a failure leaves nothing.
    ///
    /// Floats become 16 bit, BGR becomes RGB.
    /// - Throws: `.file`, `.invalid` also for a name that `checkName` refuses, `.memory`.
    public func write(png path: String) throws(ImageError) {
        try Self.checkName(png: path)
        let bytes = try PNG.encode(self)
        do throws(FileError) { try AtomicFile.write(bytes, to: path) } catch { throw .file(error) }
    }

    /// Checks that the name of a file to be written does not promise another format. A name without an extension promises none.
    ///
    /// - Throws: `.invalid` for every extension but ".png", in any case.
    public static func checkName(png path: String) throws(ImageError) {
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? path.utf8[...]
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex else { return }
        let ending = String(name[dot...]) ?? ""
        guard ending.lowercased() == ".png" else {
            throw .invalid(reason: "\(path): cannot write '\(ending)', only PNG; give it a name that ends in .png")
        }
    }

    static func bytes(ofFile path: String) throws(ImageError) -> [UInt8] {
        do throws(FileError) { return try Files.read(path) } catch { throw .file(error) }
    }
}
