import Checkpoints
import Foundation
import Tensors
import Testing

/// The networks that lie beside the project, where they do.
private let sharedModels = URL(filePath: #filePath).appending(path: "../../../../shared/models").standardizedFileURL
private let sharedModelsExist = FileManager.default.fileExists(atPath: sharedModels.path())

@Suite(.enabled(if: sharedModelsExist, "../shared/models is not here"))
struct SharedModelTests {
    @Test(arguments: [("edsr_x4.pth", 78), ("rdn_x4.pth", 94), ("srresnet_x4.pth", 258)])
    func areRead(file: String, storages: Int) throws {
        let path = sharedModels.appending(path: file).path()
        let clock = ContinuousClock()
        var state: StateDict?
        let time = try clock.measure { state = try StateDict.read(path: path) }
        let tensors = try #require(state).tensors
        print("\(file): \(tensors.count) tensors in \(time)")
        #expect(tensors.count == storages)
        #expect(tensors.values.allSatisfy { $0.values.count == $0.dimensions.reduce(1, *) })
        #expect(tensors.values.contains { $0.dimensions.count == 4 && $0.dimensions[0] == 64 })
    }

    @Test func theFirstLayerOfEDSR() throws {
        let tensors = try StateDict.read(path: sharedModels.appending(path: "edsr_x4.pth").path()).tensors
        #expect(tensors["head.0.weight"]?.dimensions == [64, 3, 3, 3])
        #expect(tensors["sub_mean.weight"]?.values == [1, 0, 0, 0, 1, 0, 0, 0, 1])
        #expect(tensors["sub_mean.bias"]?.values == [-114.444, -111.460495, -103.020004])
        #expect(tensors["head.0.weight"]?.values.prefix(2) == [0.18317073583602905, 0.07567836344242096])
    }
}
