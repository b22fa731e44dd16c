import Glibc

/// The temporary files that `AtomicFile` writes to before it renames them.
///
/// Their names follow from the name of the target, so that the next writer of it finds what a killed process has left: for each
/// target there are `slots` names, and a writer holds a lock on the one that it uses, which the system takes away when it dies.
enum TemporaryFile {
    /// The number of processes and threads that can write one target at the same time; more than that take random names.
    private static let slots = 8

    /// Removes what was left behind for a target, and makes an empty file for it.
    ///
    /// - Parameter path: What messages call the target.
    /// - Returns: the file's path as the C library takes it, and the open file, which is locked.
    static func make(for target: String, in folder: String, named path: String) throws(FileError) -> ([CChar], Descriptor) {
        let names = (0..<slots).map { folder + ".srq-" + key(of: target) + "-\($0).tmp" }
        for name in names { removeIfAbandoned(try Files.checked(name)) }
        for name in names {
            let descriptor: Descriptor
            do throws(FileError) {
                descriptor = try Descriptor(name, O_WRONLY | O_CREAT | O_EXCL, named: path)
            } catch {
                // In use, or somebody else's.
                if case .system(_, _, EEXIST) = error { continue }
                throw error
            }
            if isOwn(descriptor) { return (try Files.checked(name), descriptor) }
            descriptor.close()
        }
        let name = folder + ".srq-" + String(UInt64.random(in: 0 ... .max), radix: 36) + ".tmp"
        return (try Files.checked(name), try Descriptor(name, O_WRONLY | O_CREAT | O_EXCL, named: path))
    }

    /// Returns letters and digits that stand for the target's name in its folder (FNV-1a in 64 bits).
    private static func key(of target: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in SystemPath.bytes(target).split(separator: UInt8(ascii: "/")).last ?? [] {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return String(hash, radix: 36)
    }

    /// Locks a file that was just made. Between the two, another writer may have taken it for abandoned, and removed it.
    private static func isOwn(_ file: Descriptor) -> Bool {
        if flock(file.number, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK { return false }
        var status = stat()
        return fstat(file.number, &status) == 0 && status.st_nlink > 0
    }

    /// Removes a temporary file whose writer is gone. What is another user's, or no plain file, stays: in a folder that all may
    /// write to, anybody can make something of this name.
    private static func removeIfAbandoned(_ name: [CChar]) {
        let number = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { return }
        defer { close(number) }
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            flock(number, LOCK_EX | LOCK_NB) == 0
        else { return }
        unlink(name)
    }
}
