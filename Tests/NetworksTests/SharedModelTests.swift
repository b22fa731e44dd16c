import Checkpoints
import Networks
import TestSupport
import Testing

@Suite(.enabled(if: SharedFiles.modelsArePresent, "the shared models are not beside the package"))
struct SharedModelTests {
    private func load(_ file: String, _ options: LoadOptions = LoadOptions()) throws -> Network {
        try Network(from: StateDict.read(path: SharedFiles.models + "/" + file), options: options)
    }

    // SRResNet has biases and slopes per channel: 1,542,528 weights + 2,691 biases + 33 · 128 + 19 · 64.
    @Test(arguments: [
        ("edsr_x4.pth", "EDSR", 37, 1_517_571), ("srresnet_x4.pth", "SRResNet", 37, 1_550_659),
        ("rdn_x4.pth", "RDN", 47, 1_352_227),
    ])
    func areRecognised(file: String, architecture: String, layers: Int, parameters: Int) throws {
        let network = try load(file)
        #expect(network.architecture == architecture)
        #expect(network.scale == 4)
        #expect(network.layers.count == layers)
        #expect(network.parameterCount == parameters)
        #expect(try network.json.serialized().utf8.count < 12_000)
    }

    @Test func srResNetTakesTanh() throws {
        let network = try load("srresnet_x4.pth", LoadOptions(tanhOutput: true))
        #expect(network.nodes.suffix(2).map(\.name) == ["output.tanh", "output.denormalise"])
    }

    @Test func theRolesOfEDSRAreThoseOfThePaper() throws {
        let roles = try load("edsr_x4.pth").namesAndRoles
        #expect(roles.filter { $0.hasSuffix(" edge") } == ["head.0 edge", "tail.0.0 edge", "tail.0.2 edge", "tail.1 edge"])
        #expect(roles.filter { $0.hasSuffix(" bodyEnd") } == ["body.16 bodyEnd"])
        #expect(roles.filter { $0.hasSuffix(" body") }.count == 32)
    }
}
