// swift-tools-version: 6.2
import PackageDescription

// One target per room; a room imports only rooms above it in this list. Each has a README that says what it owns.

let package = Package(
    name: "srq",
    products: [
        .library(name: "SuperResolution", targets: ["SuperResolution"]),
        .library(name: "SRQ", targets: ["SRQ"]),
        .executable(name: "srq-lua", targets: ["srq-lua"]),
    ],
    targets: [
        // MARK: - Borrowed libraries
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .target(name: "CPNG", exclude: ["README.md"], linkerSettings: [.linkedLibrary("png")]),
        .target(name: "CDNN", exclude: ["README.md"], linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp")]),

        // MARK: - Rooms
        .target(name: "Machine", exclude: ["README.md"]),
        .target(name: "Files", dependencies: ["Machine"], exclude: ["README.md"]),
        .target(name: "CKernels", exclude: ["README.md"]),
        .target(name: "Tensors", exclude: ["README.md"]),
        .target(name: "Images", dependencies: ["Machine", "Files", "Tensors", "CPNG"], exclude: ["README.md"]),
        .target(name: "Checkpoints", dependencies: ["Machine", "Files", "Tensors", "CZlib"], exclude: ["README.md"]),
        .target(name: "Networks", dependencies: ["Tensors", "Checkpoints"], exclude: ["README.md"]),
        .target(name: "Quantizers", dependencies: ["Tensors", "CKernels"], exclude: ["README.md"]),
        .target(
            name: "QuantizedNetworks", dependencies: ["Files", "Tensors", "Checkpoints", "Networks", "Quantizers"],
            exclude: ["README.md"]),
        .target(name: "FloatEngine", dependencies: ["CKernels", "Tensors", "Networks", "CDNN"], exclude: ["README.md"]),
        .target(
            name: "IntegerEngine",
            dependencies: ["CKernels", "Tensors", "Networks", "Quantizers", "QuantizedNetworks", "FloatEngine"],
            exclude: ["README.md"]),
        .target(
            name: "Calibration",
            dependencies: ["CKernels", "Files", "Tensors", "Networks", "Quantizers", "QuantizedNetworks", "FloatEngine"],
            exclude: ["README.md"]),
        .target(
            name: "Training",
            dependencies: [
                "Files", "Tensors", "Checkpoints", "Networks", "Quantizers", "QuantizedNetworks", "FloatEngine", "IntegerEngine",
                "Calibration",
            ],
            exclude: ["README.md"]),
        .target(
            name: "Exchange",
            dependencies: ["Machine", "Tensors", "Checkpoints", "Networks", "Quantizers", "QuantizedNetworks", "CSRQ"],
            exclude: ["README.md"]),
        .target(
            name: "SuperResolution",
            dependencies: [
                "Machine", "Files", "Tensors", "Images", "Checkpoints", "Networks", "Quantizers", "QuantizedNetworks",
                "FloatEngine", "IntegerEngine", "Calibration", "Training", "Exchange",
            ],
            exclude: ["README.md"]),

        // MARK: - Faces
        .target(name: "CSRQ", path: "include", exclude: ["srq.hpp"], publicHeadersPath: "."),
        .target(
            name: "SRQ",
            dependencies: [
                "SuperResolution", "CSRQ", "Machine", "Files", "Tensors", "Images", "Networks", "Quantizers", "QuantizedNetworks",
                "Calibration", "Training",
            ],
            exclude: ["README.md"]),
        .target(name: "CLuaSRQ", dependencies: ["CSRQ", "CLua"], exclude: ["README.md"]),
        .executableTarget(name: "srq-lua", dependencies: ["CLuaSRQ", "CLua", "SRQ"], exclude: ["README.md"]),

        // MARK: - Tests
        .target(
            name: "TestSupport",
            dependencies: [
                "Files", "Tensors", "Checkpoints", "Networks", "Quantizers", "QuantizedNetworks", "FloatEngine", "IntegerEngine",
            ],
            path: "Tests/TestSupport"),
        .target(
            name: "FuzzedReaders", dependencies: ["Images", "Checkpoints", "SuperResolution", "TestSupport"],
            path: "Tests/fuzz/readers"),
        .testTarget(name: "MachineTests", dependencies: ["Machine"]),
        .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
        .testTarget(name: "ImagesTests", dependencies: ["Files", "Images", "Tensors", "TestSupport"], exclude: ["golden"]),
        .testTarget(
            name: "CheckpointsTests", dependencies: ["Checkpoints", "Files", "Tensors", "TestSupport"],
            exclude: ["Golden", "make_golden.py"]),
        .testTarget(name: "NetworksTests", dependencies: ["Checkpoints", "Networks", "Tensors", "TestSupport"]),
        .testTarget(name: "FloatEngineTests", dependencies: ["FloatEngine", "Networks", "Tensors", "TestSupport"]),
        .testTarget(
            name: "QuantizersTests", dependencies: ["CKernels", "Quantizers", "Tensors", "TestSupport"],
            exclude: ["make_golden.py", "golden.json"]),
        .testTarget(
            name: "IntegerEngineTests",
            dependencies: [
                "CKernels", "Tensors", "Networks", "Quantizers", "QuantizedNetworks", "FloatEngine", "IntegerEngine", "Calibration",
                "TestSupport",
            ]),
        .testTarget(name: "QuantizedNetworksTests", dependencies: ["Tensors", "QuantizedNetworks"]),
        .testTarget(
            name: "CalibrationTests",
            dependencies: [
                "Tensors", "Checkpoints", "Networks", "Quantizers", "QuantizedNetworks", "FloatEngine", "Calibration",
                "TestSupport",
            ]),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "CKernels", "Files", "Tensors", "Checkpoints", "Networks", "Quantizers", "QuantizedNetworks", "FloatEngine",
                "Calibration", "Training", "TestSupport",
            ]),
        .testTarget(
            name: "WalkTests",
            dependencies: [
                "Tensors", "Networks", "FloatEngine", "Quantizers", "QuantizedNetworks", "Calibration", "Training",
                "TestSupport",
            ]),
        .testTarget(
            name: "SuperResolutionTests",
            dependencies: [
                "Files", "Tensors", "Images", "Checkpoints", "Networks", "Quantizers", "QuantizedNetworks", "FloatEngine",
                "IntegerEngine", "Calibration", "Training", "SuperResolution", "TestSupport",
            ],
            exclude: ["Golden"]),
    ],
    swiftLanguageModes: [.v6]
)
