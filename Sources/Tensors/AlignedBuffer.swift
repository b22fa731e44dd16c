import Glibc

/// Uninitialised memory for floats, aligned to a cache line (64 bytes), freed with its last owner.
///
/// It is shared, mutable memory: whoever hands out pieces of it to threads sees to it that no two write the same element.
public final class AlignedBuffer: @unchecked Sendable {
    // Invariant behind @unchecked: the class itself never touches the memory after `init`; every access goes through
    // the pointer, and the engines partition it between pieces of work before any thread starts.
    public let pointer: UnsafeMutablePointer<Float>
    public let count: Int

    private static let largePage = 2 * 1024 * 1024

    /// - Returns: nil when the memory is not there.
    public init?(count: Int) {
        let bytes = max(count, 16) * MemoryLayout<Float>.stride
        let isLarge = bytes >= 2 * Self.largePage
        var raw: UnsafeMutableRawPointer?
        guard posix_memalign(&raw, isLarge ? Self.largePage : 64, bytes) == 0, let raw else { return nil }
        // Feature maps are read from end to end, again and again; with pages of 4 KiB their addresses fall out of the processor's
        // page tables long before the data falls out of its caches. Where the system says no, nothing is lost.
        if isLarge { madvise(raw, bytes, MADV_HUGEPAGE) }
        pointer = raw.bindMemory(to: Float.self, capacity: max(count, 16))
        self.count = count
    }

    deinit { free(pointer) }
}
