import Checkpoints
import Foundation
import Networks
import TestSupport
import Testing

/// Checkpoints that PyTorch wrote, and what the oracle's networks make of a picture (Tests/Golden/README.md).
@Suite struct GoldenNetworkTests {
    @Test(arguments: [
        ("tiny_edsr", LoadOptions()), ("tiny_srresnet", LoadOptions(tanhOutput: true)), ("tiny_rdn", LoadOptions()),
    ])
    func aRecognisedNetworkComputesWhatPyTorchDoes(name: String, options: LoadOptions) throws {
        let file = PackageFiles.golden + "/" + name
        let network = try Network(from: StateDict.read(path: file + ".pth"), options: options)
        let text = try String(contentsOfFile: file + ".json", encoding: .utf8)
        let golden = JSON.Field(try JSON.parse(text), path: name)
        let output = try firstSample(golden.member("output"))
        #expect(network.slowlyRun(try firstSample(golden.member("input"))).deviation(from: output) < 1e-5)
    }

    /// Returns the first sample of a flat `[samples, channels, height, width]` array.
    private func firstSample(_ field: JSON.Field) throws -> SlowMap {
        let shape = try field.member("shape").elements().map { try $0.integer() }
        let values = try field.member("values").elements().map { try $0.number() }
        return SlowMap(height: shape[2], width: shape[3], channels: shape[1]) { values[($2 * shape[2] + $0) * shape[3] + $1] }
    }
}
