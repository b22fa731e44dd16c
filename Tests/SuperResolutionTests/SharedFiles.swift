import Foundation

/// Real networks and images beside the package, which are not part of it. Tests that need them are skipped where they are absent.
enum SharedFiles {
    static let models = root + "/models"
    static let benchmark = root + "/data/benchmark"
    static let calibration = root + "/data/calibration/DIV2K_LR_x4"
    static let reference = root + "/reference/reference.json"
    static let arePresent = [models, benchmark, calibration, reference].allSatisfy(FileManager.default.fileExists(atPath:))

    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared").path
}
