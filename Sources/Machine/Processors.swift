import Glibc

/// The processors that threads of this process can run on.
package enum Processors {
    /// The largest number of threads that anything starts: more than any machine has use for, while each costs a stack.
    package static let mostThreads = 1024

    /// The number of processors that this process may run on, at least 1 and at most `mostThreads`.
    package static var available: Int {
        min(allowed ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), mostThreads)
    }

    /// The number of processors in the mask that Linux shows ("Cpus_allowed: f,ffffffff"), since `sched_getaffinity` is out of
    /// Swift's reach; nil where there is no such mask.
    private static var allowed: Int? {
        guard let text = SystemText.read("/proc/self/status") else { return nil }
        let key = "Cpus_allowed:"
        let lines = text.split(separator: "\n")
        guard let mask = lines.first(where: { $0.hasPrefix(key) })?.dropFirst(key.count) else { return nil }
        let count = mask.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        return count > 0 ? count : nil
    }
}
