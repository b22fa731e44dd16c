import Glibc

/// Asking for memory before an array does.
package enum Memory {
    /// Whether so many bytes can be had now. An array traps where malloc returns NULL; what depends on a user's file or number
    /// asks here first.
    package static func isAvailable(bytes: Int) -> Bool {
        guard bytes >= 0, let probe = malloc(bytes) else { return false }
        free(probe)
        return true
    }
}
