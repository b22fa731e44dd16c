import Foundation

/// Real networks and images beside the package, which are not part of it. Tests that need them are skipped where they are absent.
package enum SharedFiles {
    package static let models = root + "/models"
    package static let benchmark = root + "/data/benchmark"
    package static let calibration = root + "/data/calibration/DIV2K_LR_x4"
    package static let reference = root + "/reference/reference.json"

    package static let modelsArePresent = exist([models])
    package static let imagesArePresent = exist([benchmark, calibration])
    package static let arePresent = exist([models, benchmark, calibration, reference])

    private static let root = URL(filePath: PackageFiles.root).deletingLastPathComponent().appending(path: "shared").path

    private static func exist(_ paths: [String]) -> Bool { paths.allSatisfy(FileManager.default.fileExists(atPath:)) }
}
