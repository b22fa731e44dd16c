import Glibc

/// Asking for memory before an array does.
package enum Memory {
    /// Whether so many bytes can be had now. An array traps where malloc returns NULL; what depends on a user's file or number
    /// asks here first.
    package static func isAvailable(bytes: Int) -> Bool {
        guard bytes >= 0 else { return false }
        // Not malloc and free: an optimiser may remove the pair and with it the answer.
        let probe = mmap(nil, max(bytes, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let probe, probe != MAP_FAILED else { return false }
        munmap(probe, max(bytes, 1))
        return true
    }
}
