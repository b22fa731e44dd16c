/// Images and memory that belongs to someone else.
extension Image {
    /// Copies pixels out of foreign memory.
    ///
    /// - Parameters:
    ///   - bytes: holds `(height - 1) · stride` bytes and a row more; need not be aligned.
    ///   - stride: bytes from one row to the next; 0 means rows without gaps.
    /// - Throws: `.invalid` for sides below 1 or a stride shorter than a row, `.memory`.
    public init(
        copying bytes: UnsafeRawPointer, stride: Int = 0, width: Int, height: Int, format: PixelFormat, type: SampleType
    ) throws(ImageError) {
        try self.init(width: width, height: height, format: format, type: type)
        let (row, stride) = (rowBytes, try checked(stride: stride))
        withUnsafeMutableBytes { own in
            guard let own = own.baseAddress else { return }
            for y in 0..<height { (own + y * row).copyMemory(from: bytes + y * stride, byteCount: row) }
        }
    }

    /// Copies the pixels to foreign memory of the shape described at `init(copying:…)`, leaving gaps between rows alone.
    ///
    /// - Throws: `.invalid` for a stride shorter than a row.
    public func copy(to bytes: UnsafeMutableRawPointer, stride: Int = 0) throws(ImageError) {
        let (row, stride) = (rowBytes, try checked(stride: stride))
        withUnsafeBytes { own in
            guard let own = own.baseAddress else { return }
            for y in 0..<height { (bytes + y * stride).copyMemory(from: own + y * row, byteCount: row) }
        }
    }

    /// The number of bytes in a row without a gap.
    public var rowBytes: Int { width * format.channels * type.size }

    private func checked(stride: Int) throws(ImageError) -> Int {
        guard stride == 0 || (stride >= rowBytes && stride <= Int.max / height) else {
            throw .invalid(reason: "a stride of \(stride) bytes is impossible for rows of \(rowBytes) bytes")
        }
        return stride == 0 ? rowBytes : stride
    }
}
