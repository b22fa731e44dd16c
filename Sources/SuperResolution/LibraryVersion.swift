/// The version that saved models name; the same as `SRQ_VERSION_…` in srq.h.
public enum LibraryVersion {
    public static let major = 0
    public static let minor = 1
    public static let patch = 0

    public static var text: String { "\(major).\(minor).\(patch)" }
}
