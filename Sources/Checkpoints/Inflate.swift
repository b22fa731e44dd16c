import CZlib

/// Undoes raw DEFLATE (RFC 1951) where the size of the result is known beforehand.
///
/// - Returns: nil unless the stream ends exactly at the end of `compressed` and gives exactly `size` bytes.
func inflated(_ compressed: ArraySlice<UInt8>, size: Int) -> [UInt8]? {
    guard let available = UInt32(exactly: compressed.count), let room = UInt32(exactly: size) else { return nil }
    var complete = false
    let result = compressed.withUnsafeBufferPointer { input in
        // One byte more than needed, so that an empty result still has an address.
        [UInt8](unsafeUninitializedCapacity: size + 1) { output, written in
            var stream = z_stream()
            // zlib never writes through next_in; its C type merely lacks the const.
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = available
            stream.next_out = output.baseAddress
            stream.avail_out = room
            guard inflateInit2_(&stream, -MAX_WBITS, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return }
            defer { inflateEnd(&stream) }
            complete = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0 && stream.avail_out == 0
            written = complete ? size : 0
        }
    }
    return complete ? result : nil
}

/// Returns the CRC-32 that zip archives use.
func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
    var sum = crc32(0, nil, 0)
    _ = bytes.withContiguousStorageIfAvailable { sum = crc32_z(sum, $0.baseAddress, $0.count) }
    return UInt32(truncatingIfNeeded: sum)
}
