/// The limits of memory that Linux sets to groups of processes: containers, services and batch jobs.
///
/// A process is in one group of each hierarchy, and the limit of every group above that one binds it too.
enum ControlGroups {
    /// The names of a group's files in one version of control groups.
    private struct Files {
        let limit: String
        let used: String
        /// The key in memory.stat of what the system gives back as soon as somebody needs it: files that were read and not used
        /// again. It is counted as used.
        let reclaimable: String

        static let version1 = Files(
            limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes", reclaimable: "total_inactive_file ")
        static let version2 = Files(limit: "memory.max", used: "memory.current", reclaimable: "inactive_file ")
    }

    /// Returns the number of bytes that the groups of this process leave to it, or nil where no group has a limit.
    ///
    /// - Parameter read: It returns the text of a file, or nil where there is none.
    static func available(read: (String) -> String?) -> Int? {
        var least: Int?
        for line in read("/proc/self/cgroup")?.split(separator: "\n") ?? [] {
            // A line is "hierarchy:controllers:path"; version 2 is hierarchy 0 and names no controllers. A path may have colons.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isVersion2 = parts[0] == "0" && parts[1].isEmpty
            guard isVersion2 || parts[1].split(separator: ",").contains("memory") else { continue }
            // Version 2 is mounted aside where version 1 has the place.
            let mounts = isVersion2 ? ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] : ["/sys/fs/cgroup/memory"]
            for mount in mounts {
                for group in ancestors(of: parts[2]) {
                    guard let bytes = available(in: mount + group, isVersion2 ? .version2 : .version1, read: read) else { continue }
                    least = min(least ?? bytes, bytes)
                }
            }
        }
        return least
    }

    /// Returns a group's path and those of all groups above it, the last of which is "", the root. In a container the paths of
    /// /proc/self/cgroup may be the host's, of which only the root is to be seen: it is then the container's own group.
    private static func ancestors(of path: Substring) -> [String] {
        var group = ""
        var groups = [""]
        for name in path.split(separator: "/") where name != ".." {
            group += "/" + name
            groups.append(group)
        }
        return groups.reversed()
    }

    /// Returns the number of bytes that one group leaves, or nil where it has no limit or is not to be seen.
    private static func available(in folder: String, _ files: Files, read: (String) -> String?) -> Int? {
        // The limit is "max" where there is none, which is no number, and in version 1 the largest multiple of a page: far beyond
        // any memory, but a number like any other.
        guard let limit = read("\(folder)/\(files.limit)").flatMap(number) else { return nil }
        let used = read("\(folder)/\(files.used)").flatMap(number) ?? 0
        let statistics = read("\(folder)/memory.stat")?.split(separator: "\n") ?? []
        let reclaimable = statistics.first { $0.hasPrefix(files.reclaimable) }
            .flatMap { number($0.dropFirst(files.reclaimable.count)) }
        return max(0, limit - max(0, used - (reclaimable ?? 0)))
    }

    /// Returns the number that a text begins with; nil where it begins with none, or with one too large for an `Int`.
    private static func number(_ text: some StringProtocol) -> Int? { Int(text.prefix { $0.isNumber }) }
}
