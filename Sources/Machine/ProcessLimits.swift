import Glibc

/// The limits of memory that this process has by itself (`ulimit -v`, `ulimit -d`).
enum ProcessLimits {
    /// Returns the number of bytes that the limits leave, or nil where there is no limit or it is not known how much of it is used.
    ///
    /// - Parameter read: It returns the text of a file, or nil where there is none.
    static func available(read: (String) -> String?) -> Int? {
        // The pages of /proc/self/statm: all of the address space first, and sixth the data, which the second limit counts.
        guard let pages = read("/proc/self/statm")?.split(separator: " ").map({ Int($0) ?? 0 }), pages.count > 5 else { return nil }
        let page = sysconf(Int32(_SC_PAGESIZE))
        let left = [(RLIMIT_AS, pages[0]), (RLIMIT_DATA, pages[5])].compactMap { resource, used -> Int? in
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(UInt32(resource.rawValue)), &limit) == 0, limit.rlim_cur < Int.max else {
                return nil
            }
            return max(0, Int(limit.rlim_cur) - used * page)
        }
        return left.min()
    }
}
