import SuperResolution

/// The reading and writing of structs that begin with `uint32_t struct_size`.
///
/// A field is appended at the end, so that the struct's size stays a multiple of its alignment, and 0 or the default stands for
/// "as before". A caller that was compiled with an older header has a shorter struct. It says so everywhere: `_init` functions take
/// the size and write no further, and what such a caller leaves out is taken from `defaults` when the struct is read.
enum VersionedStruct {
    /// The largest size that is taken for one: no struct is nearly as long, so a larger `struct_size` was never set.
    private static let largestSize = 4096

    /// Fills the `size` bytes that a caller has for a struct of options: with `defaults`, and behind them, where the caller's
    /// header is newer than this library, with zeros, which mean that nothing is set there. Nothing happens for NULL and for a
    /// size that has no room for `struct_size` itself. A size that no struct has is written down all the same, for the call
    /// that reads the struct to refuse.
    static func initialize<Value: BitwiseCopyable>(_ pointer: UnsafeMutablePointer<Value>?, size: UInt32, to defaults: Value) {
        guard let pointer, size >= MemoryLayout<UInt32>.size else { return }
        let target = UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(pointer), count: min(Int(size), largestSize))
        target.initializeMemory(as: UInt8.self, repeating: 0)
        withUnsafeBytes(of: defaults) { bytes in
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<whole(Int(size), Value.self)]))
        }
        withUnsafeBytes(of: size) { target.copyMemory(from: $0) }
    }

    /// Returns a caller's struct; the fields that the caller's header did not know are taken from `defaults`.
    ///
    /// - Parameter pointer: The caller's struct; NULL means the defaults.
    /// - Throws: `.argument` for a size that no struct has, and for a struct of a newer header with anything but 0 in the bytes
    ///   that this library does not know.
    static func read<Value: BitwiseCopyable>(
        _ pointer: UnsafePointer<Value>?, _ name: StaticString, defaults: Value
    ) throws(SuperResolutionError) -> Value {
        guard let pointer else { return defaults }
        let raw = UnsafeRawPointer(pointer)
        let size = try size(raw, Value.self, name)
        for offset in stride(from: MemoryLayout<Value>.size, to: size, by: 1)
        where raw.load(fromByteOffset: offset, as: UInt8.self) != 0 {
            throw .argument("\(name): byte \(offset) is set in a field that this version of srq does not know")
        }
        var value = defaults
        withUnsafeMutableBytes(of: &value) { bytes in
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: raw, count: whole(size, Value.self)))
        }
        return value
    }

    /// Fills the part of a caller's struct that its header knows; its `struct_size` stays.
    static func write<Value: BitwiseCopyable>(
        _ value: Value, to pointer: UnsafeMutablePointer<Value>?, _ name: StaticString
    ) throws(SuperResolutionError) {
        let raw = UnsafeMutableRawPointer(try required(pointer, name))
        let end = whole(try size(UnsafeRawPointer(raw), Value.self, name), Value.self)
        let start = MemoryLayout<UInt32>.size
        guard start < end else { return }
        withUnsafeBytes(of: value) { bytes in
            UnsafeMutableRawBufferPointer(start: raw + start, count: end - start)
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        }
    }

    /// Returns the `struct_size` of a caller's struct.
    ///
    /// - Throws: `.argument` for an address that is not aligned as the struct is, and for a size that no struct has.
    static func size<Value>(_ raw: UnsafeRawPointer, _: Value.Type, _ name: StaticString) throws(SuperResolutionError) -> Int {
        let alignment = MemoryLayout<Value>.alignment
        guard UInt(bitPattern: raw) % UInt(alignment) == 0 else { throw .argument("\(name): is not aligned to \(alignment) bytes") }
        let size = Int(raw.load(as: UInt32.self))
        try check(size: size, name)
        return size
    }

    /// Makes sure that a struct can have this size.
    ///
    /// - Throws: `.argument` for a size below the 4 bytes of `struct_size` and for one above `largestSize`.
    static func check(size: Int, _ name: StaticString) throws(SuperResolutionError) {
        guard (MemoryLayout<UInt32>.size...largestSize).contains(size) else {
            throw .argument("\(name): struct_size is \(size); set it to the size of the struct")
        }
    }

    /// Returns how many of a caller's `size` bytes hold whole fields that this library knows: a multiple of the struct's
    /// alignment, at which every appended field ends.
    private static func whole<Value>(_ size: Int, _: Value.Type) -> Int {
        let known = min(size, MemoryLayout<Value>.size)
        return known - known % MemoryLayout<Value>.alignment
    }
}
