import Glibc

/// The question whether memory can be had, asked before an array asks the system for it.
package enum Memory {
    /// Whether `bytes` bytes can be had now; false for a negative number. An array traps where malloc returns NULL, so whatever
    /// depends on a user's file or number asks here first.
    package static func isAvailable(bytes: Int) -> Bool {
        guard bytes >= 0 else { return false }
        // This is not malloc and free, because an optimiser may remove that pair and with it the answer.
        let probe = mmap(nil, max(bytes, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let probe, probe != MAP_FAILED else { return false }
        munmap(probe, max(bytes, 1))
        return true
    }
}
