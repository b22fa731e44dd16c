import Checkpoints
import Foundation
import Tensors
import TestSupport

/// Files made by make_golden.py.
enum Golden {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    static var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted() }
    }

    static func path(_ name: String) -> String { folder.appending(path: name).path() }
    static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appending(path: name))) }
    static func stateDict(_ name: String) throws -> StateDict { try StateDict.read(path: path(name)) }
}

/// A tensor that counts upwards from `start`.
func counting(_ dimensions: [Int], from start: Int = 0) -> Tensor {
    let count = dimensions.reduce(1, *)
    return Tensor(dimensions: dimensions, values: (start..<start + count).map { Float($0) })
}

/// What `body` throws; nil if nothing or something else.
func failure<Result>(_ body: () throws(CheckpointError) -> Result) -> CheckpointError? {
    do throws(CheckpointError) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

/// The message of what reading `bytes` throws, or "no error".
func message(reading bytes: [UInt8]) -> String {
    failure { () throws(CheckpointError) in try StateDict.read(bytes: bytes, name: "test.pth") }?.description ?? "no error"
}

func bytes(of values: [Float]) -> [UInt8] { values.flatMap { littleEndian($0.bitPattern) } }
