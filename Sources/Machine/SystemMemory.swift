import Glibc

/// The memory that the machine has left.
///
/// Linux hands out more memory than there is and kills whoever uses it, so malloc alone cannot tell that a picture is too large.
package enum SystemMemory {
    /// The number of bytes that can be used without any process being killed for it, as far as the system tells; `Int.max` where
    /// it does not tell.
    package static var available: Int {
        min(available(read: SystemText.read), ProcessLimits.available(read: SystemText.read) ?? Int.max)
    }

    /// Returns the number of bytes that the machine and the groups of this process have left.
    ///
    /// - Parameter read: It returns the text of a file, or nil where there is none.
    package static func available(read: (String) -> String?) -> Int {
        var bytes = Int.max
        if let text = read("/proc/meminfo"), let free = kilobytes("MemAvailable:", in: text) {
            bytes = (free + (kilobytes("SwapFree:", in: text) ?? 0)) << 10
        }
        return min(bytes, ControlGroups.available(read: read) ?? Int.max)
    }

    /// Whether `bytes` bytes can be had, by `available` and by `Memory`, which asks for them.
    package static func has(bytes: Double) -> Bool {
        guard bytes < Double(available) else { return false }
        return Memory.isGranted(bytes: Int(bytes))
    }

    /// Returns about how many bytes can be had, below `bytes`, which cannot: the largest number that `has` agrees to, to the
    /// megabyte. It is what a message may say is there.
    package static func obtainable(below bytes: Double) -> Double {
        var (had, refused) = (0.0, min(bytes, Double(available)))
        if has(bytes: refused - 1) { return refused }
        while refused - had > 1e6 {
            let middle = (had + refused) / 2
            if has(bytes: middle) { had = middle } else { refused = middle }
        }
        return had
    }

    /// Returns the number behind a key of /proc/meminfo, in KiB; nil where the key is missing or the number cannot be one of
    /// bytes.
    private static func kilobytes(_ key: String, in text: String) -> Int? {
        text.split(separator: "\n").first { $0.hasPrefix(key) }
            .flatMap { Int($0.dropFirst(key.count).drop { $0 == " " }.prefix { $0.isNumber }) }
            .flatMap { $0 < 1 << 50 ? $0 : nil }
    }
}
