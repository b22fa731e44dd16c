/// The memory that the machine has left.
///
/// Linux hands out more memory than there is and kills whoever uses it, so malloc alone cannot tell that a picture is too large.
package enum SystemMemory {
    /// The number of bytes that can be used without any process being killed for it, as far as the system tells; `Int.max` where
    /// it does not tell.
    package static var available: Int {
        var bytes = Int.max
        if let text = SystemText.read("/proc/meminfo"), let free = kilobytes("MemAvailable:", in: text) {
            bytes = (free + (kilobytes("SwapFree:", in: text) ?? 0)) << 10
        }
        // The file says "max" where the container has no limit, which is no number.
        if let text = SystemText.read("/sys/fs/cgroup/memory.max"), let limit = Int(text.prefix { $0.isNumber }) {
            bytes = min(bytes, limit)
        }
        return bytes
    }

    /// Whether `bytes` bytes can be had, by `available` and by `Memory`, which knows the limits of this process.
    package static func has(bytes: Double) -> Bool {
        guard bytes < Double(available) else { return false }
        return Memory.isAvailable(bytes: Int(bytes))
    }

    /// Returns the number behind a key of /proc/meminfo, in KiB; nil where the key is missing or the number cannot be one of
    /// bytes.
    private static func kilobytes(_ key: String, in text: String) -> Int? {
        text.split(separator: "\n").first { $0.hasPrefix(key) }
            .flatMap { Int($0.dropFirst(key.count).drop { $0 == " " }.prefix { $0.isNumber }) }
            .flatMap { $0 < 1 << 50 ? $0 : nil }
    }
}
