/// The places of the package's own files.
package enum PackageFiles {
    /// The folder of Package.swift; the last three components of this file's path are below it.
    package static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")

    /// The folder of tiny networks and of what PyTorch makes of them.
    package static let golden = root + "/Tests/Golden"
}
