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
    /// - Throws: `.file`, `.invalid`, `.memory`.
    public func write(png path: String) throws(ImageError) {
        let bytes = try PNG.encode(self)
        do throws(FileError) { try AtomicFile.write(bytes, to: path) } catch { throw .file(error) }
    }

    static func bytes(ofFile path: String) throws(ImageError) -> [UInt8] {
        do throws(FileError) { return try Files.read(path) } catch { throw .file(error) }
    }
}
