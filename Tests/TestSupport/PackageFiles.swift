/// Where the package's own files lie.
package enum PackageFiles {
    /// The folder of Package.swift; the last three components of this file's path are below it.
    package static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")

    /// Tiny networks and what PyTorch makes of them.
    package static let golden = root + "/Tests/Golden"
}
