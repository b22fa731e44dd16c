import Glibc

/// The question whether memory can be had, asked before an array asks the system for it.
package enum Memory {
    /// Whether `bytes` bytes can be had now; false for a negative number. An array traps where malloc returns NULL, and a process
    /// is killed that uses more than its container may have, so whatever depends on a user's file or number asks here first.
    package static func isAvailable(bytes: Int) -> Bool {
        guard bytes >= 0, bytes <= alwaysThere || bytes < SystemMemory.available else { return false }
        return isGranted(bytes: bytes)
    }

    /// The number of bytes, 64 MiB, below which the system is not asked how much is left: the answer would cost more than it tells.
    package static let alwaysThere = 64 << 20

    /// Whether the system hands out `bytes` bytes, which need not mean that all of them can be used.
    static func isGranted(bytes: Int) -> Bool {
        // This is not malloc and free, because an optimiser may remove that pair and with it the answer.
        let probe = mmap(nil, max(bytes, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let probe, probe != MAP_FAILED else { return false }
        munmap(probe, max(bytes, 1))
        return true
    }

    /// Returns a number of bytes for people, in the unit that leaves one to three digits before the point: "512 bytes", "2.1 MB",
    /// "30 GB". `Int.max` stands for all that is more than any number.
    package static func text(bytes: Int) -> String {
        guard bytes < Int.max else { return "more than 9 EB" }
        guard bytes >= 1000 else { return "\(bytes) bytes" }
        var (unit, count) = (0, Double(bytes) / 1000)
        // What would be rounded to 1000 belongs to the next unit.
        while count >= 999.5, unit + 1 < units.count { (unit, count) = (unit + 1, count / 1000) }
        let tenths = Int((count * 10).rounded())
        let digits = tenths < 100 && tenths % 10 != 0 ? "\(tenths / 10).\(tenths % 10)" : "\(Int(count.rounded()))"
        return "\(digits) \(units[unit])"
    }

    private static let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
}
