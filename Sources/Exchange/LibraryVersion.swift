import CSRQ

/// The version of the library, which saved models name. The numbers are written in one place, as `SRQ_VERSION_…` in `srq.h`.
public enum LibraryVersion {
    /// The number that grows when old programs may no longer compile or link.
    public static let major = Int(SRQ_VERSION_MAJOR)
    /// The number that grows when functions or options are added.
    public static let minor = Int(SRQ_VERSION_MINOR)
    /// The number that grows when only errors are mended.
    public static let patch = Int(SRQ_VERSION_PATCH)

    /// The version as text, such as "0.1.0".
    public static var text: String { "\(major).\(minor).\(patch)" }
}
