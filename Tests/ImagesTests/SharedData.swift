import Foundation

/// Data sets beside the package, which are not part of it. Tests that need them are skipped where they are absent.
enum SharedData {
    static let benchmark = root + "/data/benchmark"
    static let calibration = root + "/data/calibration/DIV2K_LR_x4"
    static let isPresent = FileManager.default.fileExists(atPath: benchmark) && FileManager.default.fileExists(atPath: calibration)

    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared").path
}
