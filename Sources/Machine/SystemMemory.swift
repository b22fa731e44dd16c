/// What the machine has left.
///
/// Linux hands out more memory than there is and kills whoever uses it, so malloc alone cannot tell that a picture is too large.
package enum SystemMemory {
    /// Bytes that can be used without anyone being killed for it, as far as the system tells.
    package static var available: Int {
        var bytes = Int.max
        if let text = SystemText.read("/proc/meminfo"), let free = kilobytes("MemAvailable:", in: text) {
            bytes = (free + (kilobytes("SwapFree:", in: text) ?? 0)) << 10
        }
        // "max" where the container has no limit.
        if let text = SystemText.read("/sys/fs/cgroup/memory.max"), let limit = Int(text.prefix { $0.isNumber }) {
            bytes = min(bytes, limit)
        }
        return bytes
    }

    /// Whether `bytes` can be had, by the numbers and by malloc (which knows the process's own limits).
    package static func has(bytes: Double) -> Bool {
        guard bytes < Double(available) else { return false }
        return Memory.isAvailable(bytes: Int(bytes))
    }

    private static func kilobytes(_ key: String, in text: String) -> Int? {
        text.split(separator: "\n").first { $0.hasPrefix(key) }
            .flatMap { Int($0.dropFirst(key.count).drop { $0 == " " }.prefix { $0.isNumber }) }
            .flatMap { $0 < 1 << 50 ? $0 : nil }
    }
}
