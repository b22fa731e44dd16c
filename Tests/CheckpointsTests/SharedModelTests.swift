import Checkpoints
import TestSupport
import Testing

@Suite(.enabled(if: SharedFiles.modelsArePresent, "the shared models are not beside the package"))
struct SharedModelTests {
    @Test(arguments: [("edsr_x4.pth", 78), ("rdn_x4.pth", 94), ("srresnet_x4.pth", 258)])
    func areRead(file: String, storages: Int) throws {
        let path = SharedFiles.models + "/" + file
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
        let tensors = try StateDict.read(path: SharedFiles.models + "/edsr_x4.pth").tensors
        #expect(tensors["head.0.weight"]?.dimensions == [64, 3, 3, 3])
        #expect(tensors["sub_mean.weight"]?.values == [1, 0, 0, 0, 1, 0, 0, 0, 1])
        #expect(tensors["sub_mean.bias"]?.values == [-114.444, -111.460495, -103.020004])
        #expect(tensors["head.0.weight"]?.values.prefix(2) == [0.18317073583602905, 0.07567836344242096])
    }
}
