import Glibc

/// Uninitialised memory for floats, aligned to a cache line (64 bytes), freed with its last owner.
///
/// It is shared, mutable memory: whoever hands out pieces of it to threads sees to it that no two write the same element.
public final class AlignedBuffer: @unchecked Sendable {
    // Invariant behind @unchecked: the class itself never touches the memory after `init`; every access goes through
    // the pointer, and the engines partition it between pieces of work before any thread starts.
    public let pointer: UnsafeMutablePointer<Float>
    public let count: Int

    /// - Returns: nil when the memory is not there.
    public init?(count: Int) {
        var raw: UnsafeMutableRawPointer?
        guard posix_memalign(&raw, 64, max(count, 16) * MemoryLayout<Float>.stride) == 0, let raw else { return nil }
        pointer = raw.bindMemory(to: Float.self, capacity: max(count, 16))
        self.count = count
    }

    deinit { free(pointer) }
}
