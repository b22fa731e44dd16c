import Files
import Glibc

/// How many threads work gets.
enum Processors {
    /// More threads than any machine has use for; each costs a stack.
    static let mostThreads = 1024

    /// Processors this process may run on.
    static var available: Int {
        min(allowed ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), mostThreads)
    }

    /// - Parameter asked: nil means one per processor.
    static func threads(_ asked: Int?) throws(SuperResolutionError) -> Int {
        guard let asked else { return available }
        guard (1...mostThreads).contains(asked) else {
            throw .argument("threads: \(asked) is outside 1...\(mostThreads)")
        }
        return asked
    }

    /// From the mask that Linux shows ("Cpus_allowed: f,ffffffff"), since `sched_getaffinity` is out of Swift's reach.
    private static var allowed: Int? {
        guard let bytes = try? Files.read("/proc/self/status", limit: 1 << 16) else { return nil }
        let key = "Cpus_allowed:"
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let mask = lines.first(where: { $0.hasPrefix(key) })?.dropFirst(key.count) else { return nil }
        let count = mask.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        return count > 0 ? count : nil
    }
}
