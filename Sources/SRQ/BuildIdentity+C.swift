import CSRQ
import Files

@c @implementation
public func srq_build_id() -> UnsafePointer<CChar>! { BuildIdentity.text.pointer }

/// What tells this build of the library from any other: the digest of the file that it was loaded from. The version stays the same
/// from release to release; what a rebuilt library computes need not.
private enum BuildIdentity {
    /// The digest; "" where the file cannot be read, as when it was replaced before the first call. It is found once.
    static let text = CText(path.flatMap { try? Files.read($0) }.map { Digest($0).text } ?? "")

    /// The path of the file that this code was loaded from, as the system tells it; nil where it does not. A line of the list is
    /// "first-end permissions offset device number path" of memory that a file is mapped to.
    private static var path: String? {
        guard let list = try? Files.read("/proc/self/maps") else { return nil }
        let address = UInt(bitPattern: #dsohandle)
        for line in String(decoding: list, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: 5)
            let ends = fields.first?.split(separator: "-").compactMap { UInt($0, radix: 16) } ?? []
            guard ends.count == 2, fields.count == 6, (ends[0]..<ends[1]).contains(address) else { continue }
            return String(fields[5].drop { $0 == " " })
        }
        return nil
    }
}
