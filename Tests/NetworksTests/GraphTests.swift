import Checkpoints
import Networks
import Tensors
import TestSupport
import Testing

@Suite struct GraphTests {
    private let picture = SlowMap.picture()

    private static let checkpoints: [[String: Tensor]] = [
        SeededNetworks.edsr(channels: 4, blocks: 2, scale: 4, seed: 1),
        Namings.basicSR(edsr: SeededNetworks.edsr(channels: 4, blocks: 2, scale: 3, seed: 1), blocks: 2),
        SeededNetworks.srResNet(channels: 4, blocks: 2, scale: 2, slopePerChannel: true, seed: 2),
        Namings.ddtb(srResNet: SeededNetworks.srResNet(channels: 4, blocks: 2, scale: 4, seed: 3), blocks: 2),
        SeededNetworks.rdn(blocks: 2, convolutions: 2, growth: 3, channels: 4, scale: 4, seed: 4),
        SeededNetworks.msrResNet(channels: 4, blocks: 2, scale: 4, seed: 5),
    ]

    private func network(_ tensors: [String: Tensor], _ options: LoadOptions = LoadOptions()) throws -> Network {
        try Network.recognise(tensors: tensors, file: "seeded", options: options)
    }

    private func dictionary(_ tensors: [(name: String, tensor: Tensor)]) -> [String: Tensor] {
        Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor) })
    }

    @Test(arguments: checkpoints.indices)
    func aGraphComesBackFromJSONAsItWas(index: Int) throws {
        let options = index == 2 ? LoadOptions(tanhOutput: true) : index == 0 ? LoadOptions(resScale: 0.1) : LoadOptions()
        let network = try network(Self.checkpoints[index], options)
        let text = try network.json.serialized()
        let again = try Network(json: JSON.parse(text), tensors: dictionary(network.tensors), file: "model.srq")
        #expect(again.architecture == network.architecture)
        #expect(again.scale == network.scale)
        #expect(try again.json.serialized() == text)
        #expect(again.slowlyRun(picture) == network.slowlyRun(picture))
    }

    @Test(arguments: checkpoints.indices)
    func aNetworkGoesBackToACheckpointAsItWas(index: Int) throws {
        let network = try network(Self.checkpoints[index])
        let again = try self.network(dictionary(network.checkpointTensors))
        #expect(again.slowlyRun(picture) == network.slowlyRun(picture))
        for node in network.layers.map({ network.nodes[$0].name }) {
            let names = ["\(node).weight", "\(node).bias"]
            #expect(names.map { again.tensors.first(named: $0) } == names.map { Self.checkpoints[index][$0] })
        }
    }

    @Test func theGraphOfEDSRIsSmall() throws {
        let text = try network(SeededNetworks.edsr(channels: 4, blocks: 16, seed: 1)).json.serialized()
        #expect(text.utf8.count < 6_000)
    }

    // MARK: - Hostile graphs

    /// Weights for graphs that are written by hand.
    private let tensors: [String: Tensor] = {
        var tensors: [String: Tensor] = [:]
        tensors.set("c.weight", [3, 3, 3, 3])
        tensors.set("c.bias", [3])
        tensors.set("wide.weight", [12, 3, 1, 1])
        tensors.set("even.weight", [3, 3, 2, 2])
        tensors.set("flat.weight", [3, 3, 3, 1])
        tensors.set("huge.weight", [1, 3, 33, 33])
        tensors.set("none.weight", [0, 3, 3, 3])
        tensors.set("vector.weight", [27])
        tensors.set("two.weight", [3, 2, 3, 3])
        tensors.set("one.weight", [1, 3, 3, 3])
        tensors.set("nan.weight", [3, 3, 1, 1], .nan)
        tensors.set("biased.weight", [3, 3, 1, 1])
        tensors.set("biased.bias", [2])
        tensors.set("a.scale", [3], 1)
        tensors.set("a.shift", [3])
        tensors.set("short.scale", [2])
        tensors.set("short.shift", [3])
        tensors.set("p.slopes", [2])
        return tensors
    }()

    private func problem(_ nodes: String, scale: String = "1") -> String {
        do {
            let json = try JSON.parse(#"{"architecture":"x","scale":\#(scale),"nodes":[\#(nodes)]}"#)
            _ = try Network(json: json, tensors: tensors, file: "m.srq")
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    private static let input = #"["i","input",[],3]"#
    private static let relu = #"["r","relu",[0]]"#

    @Test func aGraphWrittenByHandIsRead() {
        #expect(problem("\(Self.input),\(Self.convolution("c", bias: true))") == "no error")
        let enlarging = #"\#(Self.convolution("wide", bias: false)),["s","pixelShuffle",[1],2]"#
        #expect(problem("\(Self.input),\(enlarging)", scale: "2") == "no error")
    }

    private static func convolution(_ name: String, bias: Bool) -> String { #"["\#(name)","convolution",[0],"body",\#(bias)]"# }

    /// Each graph is what follows the input, which is node 0.
    @Test(arguments: [
        (#"["i2","input",[],3]"#, "node i2 is a second input"),
        (#"["i","relu",[0]]"#, "node i is there twice"),
        (#"["","relu",[0]]"#, "graph has a node (number 1) without a name"),
        (#"["r","relu",[1]]"#, "node r (number 1) reads node 1, which does not come before it"),
        (#"["r","relu",[2]],["q","relu",[1]]"#, "node r (number 1) reads node 2, which does not come before it"),
        (#"["r","relu",[-1]]"#, "graph at $.nodes[1][2][0]: expected a whole number from 0 to 100000, found -1.0"),
        (#"["r","relu",[0.5]]"#, "graph at $.nodes[1][2][0]: expected a whole number from 0 to 100000, found 0.5"),
        (#"["r","relu",[1e300]]"#, "graph at $.nodes[1][2][0]: expected a whole number from 0 to 100000, found 1e+300"),
        (#"["r","relu",0]"#, "graph at $.nodes[1][2]: expected an array, found a number"),
        (#"["r","relu"]"#, "graph at $.nodes[1]: expected [name, operation, [inputs], …]"),
        (#"7"#, "graph at $.nodes[1]: expected an array, found a number"),
        (#"["r","exec",[0]]"#, "graph at $.nodes[1][1]: expected an operation"),
        (#"["r","relu",[0],1]"#, "graph at $.nodes[1]: expected 0 settings, found 1"),
        (#"["r","relu",[]]"#, "node r has 0 inputs, which is not what it takes"),
        (#"["r","relu",[0,0]]"#, "node r has 2 inputs, which is not what it takes"),
        (#"["r","add",[0]]"#, "node r has 1 inputs, which is not what it takes"),
        (#"["r","concatenate",[]]"#, "node r has 0 inputs, which is not what it takes"),
        (#"["r","relu",[0]],["q","relu",[0]]"#, "node r is read by none"),
        (#"["c","convolution",[0],"body"]"#, "graph at $.nodes[1]: expected 2 settings, found 1"),
        (#"["c","convolution",[0],"spine",true]"#, "graph at $.nodes[1][3]: expected a role"),
        (convolution("gone", bias: false), "tensor gone.weight is missing or has the wrong rank; expected rank 4"),
        (convolution("wide", bias: true), "tensor wide.bias is missing or has the wrong rank; expected rank 1"),
        (convolution("vector", bias: false), "tensor vector.weight is missing or has the wrong rank; expected rank 4"),
        (convolution("even", bias: false), "node even has a kernel of 2×2; expected a square, odd one up to 31"),
        (convolution("flat", bias: false), "node flat has a kernel of 3×1; expected a square, odd one up to 31"),
        (convolution("huge", bias: false), "node huge has a kernel of 33×33; expected a square, odd one up to 31"),
        (convolution("none", bias: false), "node none has weights of the shape [0, 3, 3, 3]; expected [outputs, inputs, k, k]"),
        (convolution("two", bias: false), "node two expects 2 channels, but reads 3"),
        (convolution("biased", bias: true), "node biased has 2 biases for 3 outputs"),
        (convolution("nan", bias: false), "node nan holds nan"),
        (convolution("one", bias: false), "graph yields 1 channels at scale 1; expected 3 at scale 1"),
        (#"["short","affine",[0]]"#, "node short has 2 factors and 3 shifts for 3 channels"),
        (#"["p","prelu",[0]]"#, "node p has 2 slopes for 3 channels"),
        (#"["m","multiply",[0],1e39]"#, "graph at $.nodes[1][3]: 1e+39 is beyond the range of a float"),
        (#"["s","pixelShuffle",[0],2]"#, "node s shuffles 3 channels by 2"),
        (#"["s","pixelShuffle",[0],0]"#, "graph at $.nodes[1][3]: expected a whole number from 2 to 16, found 0.0"),
        (#"["s","resizeBilinear",[0],17]"#, "graph at $.nodes[1][3]: expected a whole number from 2 to 16, found 17.0"),
        (#"["s","resizeBilinear",[0],8],["t","resizeBilinear",[1],8]"#, "node t enlarges 64 times; at most 16 are allowed"),
        (#"["s","resizeBilinear",[0],2]"#, "graph yields 3 channels at scale 2; expected 3 at scale 1"),
        (
            #"["s","resizeBilinear",[0],2],["a2","add",[0,1]]"#,
            "node a2 adds maps of different sizes: 3 channels at scale 1, 3 channels at scale 2"
        ),
        (
            #"["s","resizeBilinear",[0],2],["k","concatenate",[0,1]]"#,
            "node k joins maps of different sizes: 3 channels at scale 1, 3 channels at scale 2"
        ),
    ])
    func aHostileNodeIsRefused(nodes: String, message: String) {
        #expect(problem("\(Self.input),\(nodes)") == "m.srq: " + message)
    }

    @Test(arguments: [
        ("", "graph does not begin with an input"),
        (convolution("c", bias: true), "graph does not begin with an input"),
        (#"["r","relu",[]]"#, "graph does not begin with an input"),
        (#"["i","input",[],0]"#, "graph at $.nodes[0][3]: expected a whole number from 1 to 65536, found 0.0"),
        (#"["i","input",[],1],["r","relu",[0]]"#, "node i does not take 3 colours"),
    ])
    func aGraphWithoutAProperInputIsRefused(nodes: String, message: String) {
        #expect(problem(nodes) == "m.srq: " + message)
    }

    @Test func aDamagedGraphIsRefusedOrCanBeRun() throws {
        let network = try network(SeededNetworks.rdn(blocks: 1, convolutions: 2, growth: 3, channels: 4, scale: 2, seed: 1))
        let text = Array(try network.json.serialized().utf8)
        let tensors = dictionary(network.tensors)
        var generator = SplitMix64(state: 1)
        var accepted = 0
        for _ in 0..<400 {
            var damaged = text
            // Digits and commas keep most of the texts JSON, so that the graph behind it is what gets tested.
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let digits = damaged.indices.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(damaged[$0]) }
                guard let place = digits.randomElement(using: &generator) else { continue }
                damaged[place] = UInt8.random(in: UInt8(ascii: "0")...UInt8(ascii: "9"), using: &generator)
            }
            guard let json = try? JSON.parse(String(decoding: damaged, as: UTF8.self)),
                let graph = try? Network(json: json, tensors: tensors, file: "m.srq")
            else { continue }
            accepted += 1
            let result = graph.slowlyRun(SlowMap.picture(height: 2, width: 1))
            #expect(result.height == 2 * graph.scale && result.channels == 3)
        }
        #expect((1..<400).contains(accepted))
    }

    @Test func channelsThatDoubleWithEveryNodeAreRefused() {
        let doubling = (1...64).map { #"["k\#($0)","concatenate",[\#($0 - 1),\#($0 - 1)]]"# }
        #expect(
            problem(([Self.input] + doubling).joined(separator: ",")).hasSuffix("yields 98304 channels; 1 to 65536 are allowed"))
    }

    @Test func aScaleThatIsNoneIsRefused() {
        for (scale, found) in [("0", "0.0"), ("17", "17.0"), ("1.5", "1.5"), ("-2", "-2.0")] {
            #expect(
                problem("\(Self.input),\(Self.relu)", scale: scale)
                    == "m.srq: graph at $.scale: expected a whole number from 1 to 16, found \(found)")
        }
        #expect(
            problem("\(Self.input),\(Self.relu)", scale: "\"2\"") == "m.srq: graph at $.scale: expected a number, found a string")
    }

    @Test func whatIsNoGraphIsRefused() {
        for json in [JSON.null, [], ["nodes": []], "graph"] as [JSON] {
            #expect(throws: NetworkError.self) { try Network(json: json, tensors: tensors, file: "m.srq") }
        }
    }
}

extension [(name: String, tensor: Tensor)] {
    fileprivate func first(named name: String) -> Tensor? { first { $0.name == name }?.tensor }
}
