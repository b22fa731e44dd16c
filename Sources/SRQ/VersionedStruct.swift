import SuperResolution

/// Structs that begin with `uint32_t struct_size`.
///
/// A field is appended at the end, so that the struct's size stays a multiple of its alignment, and 0 or the default stands for
/// "as before". A caller that was compiled with an older header has a shorter struct. It says so everywhere: `_init` functions take
/// the size and write no further, and what such a caller leaves out is taken from `defaults` when the struct is read.
enum VersionedStruct {
    /// No struct is nearly as long: a larger size is one that was never set.
    private static let largestSize = 4096

    /// Fills the `size` bytes that a caller has for a struct of options: with `defaults`, and behind them, where the caller's header
    /// is newer than this library, with zeros, which mean that nothing is set there. Nothing happens for NULL and for a size that
    /// has no room for `struct_size` itself. A size that no struct has is written down all the same, for the call that reads the
    /// struct to refuse.
    static func initialize<Value: BitwiseCopyable>(_ pointer: UnsafeMutablePointer<Value>?, size: UInt32, to defaults: Value) {
        guard let pointer, size >= MemoryLayout<UInt32>.size else { return }
        let target = UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(pointer), count: min(Int(size), largestSize))
        target.initializeMemory(as: UInt8.self, repeating: 0)
        withUnsafeBytes(of: defaults) { bytes in
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<whole(Int(size), Value.self)]))
        }
        withUnsafeBytes(of: size) { target.copyMemory(from: $0) }
    }

    /// A caller's struct with the fields that its header did not know taken from `defaults`.
    ///
    /// - Parameter pointer: NULL means the defaults.
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

    /// What a caller's `struct_size` says.
    static func size<Value>(_ raw: UnsafeRawPointer, _: Value.Type, _ name: StaticString) throws(SuperResolutionError) -> Int {
        let alignment = MemoryLayout<Value>.alignment
        guard UInt(bitPattern: raw) % UInt(alignment) == 0 else { throw .argument("\(name): is not aligned to \(alignment) bytes") }
        let size = Int(raw.load(as: UInt32.self))
        try check(size: size, name)
        return size
    }

    /// - Throws: for a size that no struct has.
    static func check(size: Int, _ name: StaticString) throws(SuperResolutionError) {
        guard (MemoryLayout<UInt32>.size...largestSize).contains(size) else {
            throw .argument("\(name): struct_size is \(size); set it to the size of the struct")
        }
    }

    /// A size that ends with a whole field.
    private static func whole<Value>(_ size: Int, _: Value.Type) -> Int {
        let known = min(size, MemoryLayout<Value>.size)
        return known - known % MemoryLayout<Value>.alignment
    }
}
