import SuperResolution

/// Structs that begin with `uint32_t struct_size`.
///
/// How to append a field: at the end, so that the struct's size stays a multiple of its alignment, with 0 or the default standing
/// for "as before". `_init` functions write the fields of the first version alone, because a caller compiled with an older header
/// has room for no more; later fields must be set by `VersionedStruct.read`'s `defaults` instead.
enum VersionedStruct {
    /// No struct is nearly as long: a larger size is one that was never set.
    private static let largestSize = 4096

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
        guard (MemoryLayout<UInt32>.size...largestSize).contains(size) else {
            throw .argument("\(name): struct_size is \(size); set it to the size of the struct")
        }
        return size
    }

    /// A size that ends with a whole field.
    private static func whole<Value>(_ size: Int, _: Value.Type) -> Int {
        let known = min(size, MemoryLayout<Value>.size)
        return known - known % MemoryLayout<Value>.alignment
    }
}
