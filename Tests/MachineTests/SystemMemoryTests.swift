import Machine
import Testing

@Suite("The memory that is left")
struct SystemMemoryTests {
    /// Returns what is left on a machine with 8 GiB free whose other files are these.
    private func available(_ files: [String: String]) -> Int {
        SystemMemory.available { path in path == "/proc/meminfo" ? "MemAvailable: 8388608 kB\nSwapFree: 0 kB\n" : files[path] }
    }

    @Test("is the machine's where no group has a limit")
    func noLimit() {
        #expect(available([:]) == 8 << 30)
        #expect(available(["/proc/self/cgroup": "0::/user.slice\n", "/sys/fs/cgroup/user.slice/memory.max": "max\n"]) == 8 << 30)
        let unlimited = [
            "/proc/self/cgroup": "4:memory:/\n", "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        ]
        #expect(available(unlimited) == 8 << 30)
    }

    @Test("is what a container of version 1 has not used, files that can be read again left out")
    func version1() {
        let group = "/sys/fs/cgroup/memory/docker/0a1b"
        let files = [
            "/proc/self/cgroup": "5:cpu,cpuacct:/docker/0a1b\n4:memory:/docker/0a1b\n0::/\n",
            "\(group)/memory.limit_in_bytes": "1000000000\n", "\(group)/memory.usage_in_bytes": "400000000\n",
            "\(group)/memory.stat": "cache 5\ninactive_file 7\ntotal_inactive_file 150000000\n",
        ]
        #expect(available(files) == 1_000_000_000 - 250_000_000)
    }

    @Test("is that of the root where a container does not see the host's path to its group")
    func hiddenPath() {
        let files = [
            "/proc/self/cgroup": "4:memory:/docker/0a1b\n", "/sys/fs/cgroup/memory/memory.limit_in_bytes": "1000000000\n",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1\n",
        ]
        #expect(available(files) == 999_999_999)
    }

    @Test("is the least that any slice above the group leaves, in version 2")
    func nestedSlices() {
        let files = [
            "/proc/self/cgroup": "0::/work.slice/work-a.slice/job:1.service\n",
            "/sys/fs/cgroup/work.slice/memory.max": "3000000000\n", "/sys/fs/cgroup/work.slice/memory.current": "2500000000\n",
            "/sys/fs/cgroup/work.slice/memory.stat": "anon 1\ninactive_file 100000000\n",
            "/sys/fs/cgroup/work.slice/work-a.slice/memory.max": "2000000000\n",
            "/sys/fs/cgroup/work.slice/work-a.slice/memory.current": "100000000\n",
            "/sys/fs/cgroup/work.slice/work-a.slice/job:1.service/memory.max": "max\n",
        ]
        #expect(available(files) == 600_000_000)
    }

    @Test("is nothing, not less, where a group has used more than its limit")
    func usedUp() {
        let files = [
            "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "1000\n", "/sys/fs/cgroup/memory.current": "4000\n",
        ]
        #expect(available(files) == 0)
    }

    @Test("is never less than what a message says can be had")
    func obtainable() {
        let free = Double(SystemMemory.available)
        for bytes in [free * 2, 1e15] {
            let obtainable = SystemMemory.obtainable(below: bytes)
            #expect(!SystemMemory.has(bytes: bytes) && obtainable < bytes)
        }
    }
}
