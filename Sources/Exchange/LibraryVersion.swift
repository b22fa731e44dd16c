import CSRQ

/// The version of the library, which saved models name. It stands once, as `SRQ_VERSION_…` in `srq.h`.
public enum LibraryVersion {
    public static let major = Int(SRQ_VERSION_MAJOR)
    public static let minor = Int(SRQ_VERSION_MINOR)
    public static let patch = Int(SRQ_VERSION_PATCH)

    public static var text: String { "\(major).\(minor).\(patch)" }
}
