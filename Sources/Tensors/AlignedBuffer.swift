import Glibc

/// A piece of uninitialised memory for floats, aligned to a cache line (64 bytes). It is freed with the last reference to the
/// buffer.
///
/// Thread rule: the memory is shared and mutable. Whoever hands out pieces of it to threads makes sure that no two write the same
/// element and that none reads what another writes.
public final class AlignedBuffer: @unchecked Sendable {
    // Invariant behind @unchecked: the class itself never touches the memory after `init`; every access goes through
    // the pointer, and the engines partition it between pieces of work before any thread starts.
    public let pointer: UnsafeMutablePointer<Float>
    /// The number of floats that the caller asked for.
    public let count: Int

    /// The size of a large page on x86-64 and on Linux for 64-bit Arm with pages of 4 KiB.
    private static let largePage = 2 * 1024 * 1024

    /// Allocates memory for `count` floats, or returns nil when the system refuses it. What the memory holds is not defined.
    public init?(count: Int) {
        let bytes = max(count, 16) * MemoryLayout<Float>.stride
        let isLarge = bytes >= 2 * Self.largePage
        var raw: UnsafeMutableRawPointer?
        guard posix_memalign(&raw, isLarge ? Self.largePage : 64, bytes) == 0, let raw else { return nil }
        // Feature maps are read from end to end, again and again. With pages of 4 KiB the processor's cache of addresses overflows
        // long before its caches of data do. Where the system refuses large pages, nothing is lost.
        if isLarge { madvise(raw, bytes, MADV_HUGEPAGE) }
        pointer = raw.bindMemory(to: Float.self, capacity: max(count, 16))
        self.count = count
    }

    deinit { free(pointer) }
}
