import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@Suite struct RecognitionTests {
    private func recognise(_ tensors: [String: Tensor], _ options: LoadOptions = LoadOptions()) throws -> Network {
        try Network.recognise(tensors: tensors, file: "some.pth", options: options)
    }

    private let picture = SlowMap.picture()

    // MARK: - EDSR

    @Test(arguments: [(2, [2]), (3, [3]), (4, [2, 2])])
    func edsrComputesWhatItsDefinitionSays(scale: Int, factors: [Int]) throws {
        let tensors = SeededNetworks.edsr(channels: 5, blocks: 2, scale: scale, seed: 1)
        let network = try recognise(tensors)
        #expect(network.architecture == "EDSR")
        #expect(network.scale == scale)
        let expected = Straight(tensors).edsr(picture, blocks: 2, factors: factors)
        #expect(network.slowlyRun(picture).deviation(from: expected) < 1e-12)
    }

    @Test func everyNamingOfEDSRIsTheSameNetwork() throws {
        let tensors = SeededNetworks.edsr(channels: 4, blocks: 3, scale: 4, seed: 2)
        let expected = try recognise(tensors).slowlyRun(picture)
        for renamed in [
            Namings.adaBM(edsr: tensors), Namings.pams(edsr: tensors), Namings.basicSR(edsr: tensors, blocks: 3),
            tensors.renamed { $0.contains("_mean") ? nil : $0 },
        ] {
            let network = try recognise(renamed)
            #expect(network.architecture == "EDSR")
            #expect(network.slowlyRun(picture).deviation(from: expected) < 1e-6)
        }
    }

    @Test func layersOfEDSRHaveTheirCheckpointNamesAndRoles() throws {
        let network = try recognise(SeededNetworks.edsr(channels: 4, blocks: 2, scale: 4, seed: 1))
        #expect(
            network.namesAndRoles == [
                "head.0 edge", "body.0.body.0 body", "body.0.body.2 body", "body.1.body.0 body", "body.1.body.2 body",
                "body.2 bodyEnd", "tail.0.0 edge", "tail.0.2 edge", "tail.1 edge",
            ])
        let basicSR = try recognise(
            Namings.basicSR(edsr: SeededNetworks.edsr(channels: 4, blocks: 1, scale: 2, seed: 1), blocks: 1))
        #expect(
            basicSR.namesAndRoles == [
                "conv_first edge", "body.0.conv1 body", "body.0.conv2 body", "conv_after_body bodyEnd", "upsample.0 edge",
                "conv_last edge",
            ])
        #expect(
            try recognise(Namings.pams(edsr: SeededNetworks.edsr(channels: 4, blocks: 1, seed: 1))).namesAndRoles[2]
                == "body.0.body.3 body")
    }

    @Test func byProductsOfQuantizationMethodsAreIgnored() throws {
        var tensors = Namings.adaBM(edsr: SeededNetworks.edsr(channels: 4, blocks: 1, scale: 2, seed: 1))
        for name in [
            "measure_l", "measure_u", "head.0.lower_a", "body.0.conv1.upper_a", "body.0.conv1.upper_w",
            "body.0.conv2.measure_layer",
            "body.0.quant_act1.alpha", "body.0.quant_act2.max_val", "body.0.quant_act3.alpha_upper",
            "body.0.quant_act3.alpha_lower",
            "body.0.quant_act3.is_dynamic", "body.0.quant_act3.min_val", "body.0.quant_act1.atten_c.0.weight",
        ] { tensors.set(name, [1]) }
        #expect(try recognise(tensors).layers.count == 6)
    }

    @Test func residualScaleIsATenthForTheFullNetworkElseOneOrTheOption() throws {
        func factors(_ channels: Int, _ blocks: Int, _ options: LoadOptions = LoadOptions()) throws -> [Float] {
            var tensors: [String: Tensor] = [:]
            tensors.set("head.0.weight", [channels, 3, 1, 1])
            for block in 0..<blocks {
                tensors.set("body.\(block).body.0.weight", [1, channels, 1, 1])
                tensors.set("body.\(block).body.2.weight", [channels, 1, 1, 1])
            }
            tensors.set("body.\(blocks).weight", [channels, channels, 1, 1])
            tensors.set("tail.0.0.weight", [4 * channels, channels, 1, 1])
            tensors.set("tail.1.weight", [3, channels, 1, 1])
            return try recognise(tensors, options).nodes.compactMap {
                if case .multiply(let factor) = $0.operation { factor } else { nil }
            }
        }
        #expect(try factors(256, 32) == [Float](repeating: 0.1, count: 32))
        #expect(try factors(256, 31).isEmpty)
        #expect(try factors(64, 32).isEmpty)
        #expect(try factors(256, 32, LoadOptions(resScale: 1)).isEmpty)
        #expect(try factors(4, 2, LoadOptions(resScale: 0.5)) == [0.5, 0.5])

        let tensors = SeededNetworks.edsr(channels: 4, blocks: 2, scale: 2, seed: 3)
        let expected = Straight(tensors).edsr(picture, blocks: 2, factors: [2], resScale: 0.25)
        #expect(try recognise(tensors, LoadOptions(resScale: 0.25)).slowlyRun(picture).deviation(from: expected) < 1e-12)
    }

    @Test func aNetworkTrainedOnZeroToOneIsKnownByItsStoredMean() throws {
        var tensors = SeededNetworks.edsr(channels: 4, blocks: 1, scale: 2, seed: 4)
        for name in ["sub_mean.bias", "add_mean.bias"] {
            tensors[name] = Tensor(dimensions: [3], values: tensors[name]!.values.map { $0 / 255 })
        }
        let small = picture.map { value, _ in value / 255 }
        let expected = Straight(tensors).edsr(small, blocks: 1, factors: [2]).map { value, _ in value * 255 }
        #expect(try recognise(tensors).slowlyRun(picture).deviation(from: expected) < 1e-6)
        #expect(try recognise(tensors, LoadOptions(range: 255)).nodes[1].name == "sub_mean")
    }

    @Test func basicSRWithRangeOneShiftsByTheMeanItself() throws {
        let tensors = Namings.basicSR(edsr: SeededNetworks.edsr(channels: 4, blocks: 1, scale: 2, seed: 4), blocks: 1)
        let network = try recognise(tensors, LoadOptions(range: 1))
        guard case .affine(let scale, let shift) = network.nodes[2].operation else {
            Issue.record("no mean")
            return
        }
        #expect(scale == [1, 1, 1])
        #expect(shift == [-0.4488, -0.4371, -0.4040])
    }

    // MARK: - SRResNet

    @Test(arguments: [(2, [2], false), (3, [3], true), (4, [2, 2], true), (4, [2, 2], false)])
    func srResNetComputesWhatItsDefinitionSays(scale: Int, factors: [Int], slopePerChannel: Bool) throws {
        let tensors = SeededNetworks.srResNet(channels: 4, blocks: 2, scale: scale, slopePerChannel: slopePerChannel, seed: 5)
        let network = try recognise(tensors)
        #expect(network.architecture == "SRResNet")
        #expect(network.scale == scale)
        let expected = Straight(tensors).srResNet(picture, blocks: 2, factors: factors)
        #expect(network.slowlyRun(picture).deviation(from: expected) < 1e-6)

        let renamed = try recognise(Namings.ddtb(srResNet: tensors, blocks: 2))
        #expect(renamed.architecture == "SRResNet")
        #expect(renamed.slowlyRun(picture) == network.slowlyRun(picture))
    }

    @Test func layersOfSRResNetHaveTheirCheckpointNamesAndRoles() throws {
        let tensors = SeededNetworks.srResNet(channels: 4, blocks: 1, scale: 4, seed: 5)
        #expect(
            try recognise(tensors).namesAndRoles == [
                "head.0 edge", "body.0.conv1 body", "body.0.conv2 body", "body.1 bodyEnd", "tail.0.0 edge", "tail.0.3 edge",
                "tail.1 edge",
            ])
        #expect(
            try recognise(Namings.ddtb(srResNet: tensors, blocks: 1)).namesAndRoles == [
                "conv_input edge", "residual.0.conv1 body", "residual.0.conv2 body", "conv_mid bodyEnd", "upscale.0 edge",
                "upscale.3 edge",
                "conv_output edge",
            ])
        #expect(try recognise(tensors).nodes.map(\.name).contains("body.2"), "the last batch normalisation has a place of its own")
    }

    @Test func tanhOutputSpansTheColours() throws {
        let tensors = SeededNetworks.srResNet(channels: 4, blocks: 1, scale: 2, seed: 6)
        let small = picture.map { value, _ in value / 2000 }
        let expected = Straight(tensors).srResNet(small, blocks: 1, factors: [2]).map { value, _ in (tanh(value) + 1) * 127.5
        }
        let network = try recognise(tensors, LoadOptions(tanhOutput: true))
        #expect(network.slowlyRun(small).deviation(from: expected) < 1e-6)
    }

    @Test func aHalfMissingNormIsAnError() throws {
        var tensors = SeededNetworks.srResNet(channels: 4, blocks: 1, scale: 2, seed: 7)
        tensors["body.0.bn2.running_var"] = nil
        #expect(problem(tensors) == "some.pth: tensor body.0.bn2.running_var is missing; expected [4]")
        tensors.set("body.0.bn2.running_var", [4], -1)
        #expect(problem(tensors) == "some.pth: tensor body.0.bn2.running_var holds -1.0; a variance is not negative")
        for part in normParts { tensors["body.0.bn2.\(part)"] = nil }
        #expect(problem(tensors) == "some.pth: tensor body.0.bn2.weight is missing; expected [4]", "not folded: there is no bias")
    }

    private let normParts = ["weight", "bias", "running_mean", "running_var"]

    /// A convolution with a bias could have taken a normalisation in; that another one is there says that none was.
    @Test(arguments: ["body.0.bn1", "body.1.bn2", "body.2"], [true, false])
    func aMissingNormIsAnErrorAsLongAsAnotherOneIsThere(name: String, isRenamed: Bool) throws {
        var tensors = SeededNetworks.srResNet(channels: 4, blocks: 2, scale: 2, seed: 7)
        for convolution in ["body.0.conv1", "body.0.conv2", "body.1.conv1", "body.1.conv2", "body.2"] {
            tensors.set(convolution + ".bias", [4])
        }
        let norm = name == "body.2" ? "body.3" : name
        if isRenamed { tensors = Namings.ddtb(srResNet: tensors, blocks: 2) }
        let missing =
            isRenamed
            ? norm.replacing(prefix: "body.3", with: "bn_mid").replacing(prefix: "body.", with: "residual.")
                .replacingAll(".bn", with: ".in")
            : norm
        #expect(problem(tensors) == nil)
        for part in normParts { tensors["\(missing).\(part)"] = nil }
        #expect(problem(tensors) == "some.pth: tensor \(missing).weight is missing; expected [4]")
    }

    @Test func aNetworkWithoutAnyNormIsOneThatWasFolded() throws {
        var tensors = SeededNetworks.srResNet(channels: 4, blocks: 2, scale: 2, seed: 7)
        for norm in ["body.0.bn1", "body.0.bn2", "body.1.bn1", "body.1.bn2", "body.3"] {
            for part in normParts + ["num_batches_tracked"] { tensors["\(norm).\(part)"] = nil }
        }
        for name in ["body.0.conv1", "body.0.conv2", "body.1.conv1", "body.1.conv2", "body.2", "head.0", "tail.0.0", "tail.1"] {
            let outputs = try #require(tensors[name + ".weight"]).dimensions[0]
            tensors.set(name + ".bias", [outputs], 0.5)
        }
        #expect(problem(tensors) == nil)
        tensors.set("body.1.bn1.num_batches_tracked", [])
        #expect(problem(tensors) == "some.pth: tensor body.0.bn1.weight is missing; expected [4]", "a trace of one that was there")
        tensors["body.1.bn1.num_batches_tracked"] = nil
        tensors["body.1.conv2.bias"] = nil
        #expect(problem(tensors) == "some.pth: tensor body.1.bn2.weight is missing; expected [4]", "not folded")
    }

    @Test(arguments: [
        ("head.0", "head.0.bias is missing; expected [4], since there is a body.0.body.0.bias"),
        ("body.1.body.2", "body.1.body.2.bias is missing; expected [4], since there is a head.0.bias"),
        ("tail.0.2", "tail.0.2.bias is missing; expected [16], since there is a head.0.bias"),
        ("tail.1", "tail.1.bias is missing; expected [3], since there is a head.0.bias"),
    ])
    func aMissingBiasIsNamedAsLongAsAnotherOneIsThere(name: String, expected: String) {
        var tensors = Self.whole
        tensors[name + ".bias"] = nil
        #expect(problem(tensors) == "some.pth: tensor " + expected)
    }

    @Test func biasesAreForAllConvolutionsBeforeANormOrNone() throws {
        var tensors = SeededNetworks.srResNet(channels: 4, blocks: 1, scale: 2, seed: 7)
        let before = ["body.0.conv1", "body.0.conv2", "body.1"]
        let others = ["head.0", "tail.0.0", "tail.1"]
        for name in before + others { tensors[name + ".bias"] = nil }
        #expect(problem(tensors) == nil)
        for name in others { tensors.set(name + ".bias", [try #require(tensors[name + ".weight"]).dimensions[0]]) }
        #expect(problem(tensors) == nil, "a normalisation has a bias of its own")
        tensors.set("body.0.conv2.bias", [4])
        let expected = "body.0.conv1.bias is missing; expected [4], since there is a body.0.conv2.bias"
        #expect(problem(tensors) == "some.pth: tensor \(expected)")
    }

    @Test func everyMissingSlopeIsNamed() {
        for name in ["body.0.act", "tail.0.2"] {
            var tensors = SeededNetworks.srResNet(channels: 4, blocks: 1, scale: 2, seed: 7)
            tensors[name + ".weight"] = nil
            #expect(problem(tensors) == "some.pth: tensor \(name).weight is missing; expected [1] or [4]")
        }
    }

    @Test func theOnlyLayerThatAFamilyLacksIsNamed() {
        var tensors = Self.whole
        tensors["tail.1.weight"] = nil
        #expect(
            problem(tensors)
                == "some.pth: tensor tail.1.weight is missing; the file has the other layers of EDSR (EDSR-PyTorch)")
    }

    @Test func countersOfAProfilerAreIgnored() throws {
        var tensors = SeededNetworks.edsr(channels: 4, blocks: 1, scale: 2, seed: 1)
        for name in ["", "head.0.", "body.0.body.1.", "body.0."] {
            for counter in ["total_ops", "total_params"] { tensors.set(name + counter, [1]) }
        }
        #expect(problem(tensors) == nil)
    }

    // MARK: - RDN and MSRResNet

    @Test(arguments: [(2, [2]), (3, [3]), (4, [2, 2])])
    func rdnComputesWhatItsDefinitionSays(scale: Int, factors: [Int]) throws {
        let tensors = SeededNetworks.rdn(blocks: 2, convolutions: 3, growth: 2, channels: 5, scale: scale, seed: 8)
        let network = try recognise(tensors)
        #expect(network.architecture == "RDN")
        #expect(network.scale == scale)
        let expected = Straight(tensors).rdn(picture, blocks: 2, convolutions: 3, factors: factors)
        #expect(network.slowlyRun(picture).deviation(from: expected) < 1e-12)
    }

    @Test func layersOfRDNHaveTheirCheckpointNamesAndRoles() throws {
        let network = try recognise(SeededNetworks.rdn(blocks: 1, convolutions: 2, growth: 2, channels: 3, scale: 3, seed: 8))
        #expect(
            network.namesAndRoles == [
                "SFENet1 edge", "SFENet2 edge", "RDBs.0.convs.0.conv.0 body", "RDBs.0.convs.1.conv.0 body", "RDBs.0.LFF body",
                "GFF.0 body", "GFF.1 body", "UPNet.0 edge", "UPNet.2 edge",
            ])
    }

    @Test(arguments: [(2, [2]), (3, [3]), (4, [2, 2])])
    func msrResNetComputesWhatItsDefinitionSays(scale: Int, factors: [Int]) throws {
        let tensors = SeededNetworks.msrResNet(channels: 4, blocks: 2, scale: scale, seed: 9)
        let network = try recognise(tensors)
        #expect(network.architecture == "MSRResNet")
        #expect(network.scale == scale)
        let expected = Straight(tensors).msrResNet(picture, blocks: 2, factors: factors)
        #expect(network.slowlyRun(picture).deviation(from: expected) < 1e-6)
        #expect(network.namesAndRoles.filter { $0.hasSuffix("edge") }.count == factors.count + 3)
    }

    // MARK: - What is refused

    private func problem(_ tensors: [String: Tensor], _ options: LoadOptions = LoadOptions()) -> String? {
        do {
            _ = try recognise(tensors, options)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func whatIsNoKnownNetworkIsToldWhatWasLookedFor() throws {
        var rcan: [String: Tensor] = [:]
        for name in ["head.0", "body.0.body.0.body.0", "body.0.body.0.body.3.conv_du.0", "body.10.body.20", "tail.0.0", "tail.1"] {
            rcan.set(name + ".weight", [1])
        }
        var ipt: [String: Tensor] = [:]
        for name in ["sub_mean", "head.0.0", "head.0.1.body.0", "body.linear_encoding", "tail.0.0.0"] {
            ipt.set(name + ".weight", [1])
        }
        var esrgan: [String: Tensor] = [:]
        for name in ["conv_first", "body.0.rdb1.conv1", "conv_body", "conv_last"] { esrgan.set(name + ".weight", [1]) }
        for tensors in [rcan, ipt, esrgan, [:]] {
            let message = try #require(problem(tensors))
            #expect(message.hasPrefix("some.pth: none of the networks known here. Looked for the weights of "))
            for part in [
                "EDSR (EDSR-PyTorch): head.0, body.0.body.0, body.0.body.2, tail.0.0, tail.1", "EDSR (BasicSR): conv_first",
                "SRResNet (DDTB, DFSQ): conv_input", "RDN (EDSR-PyTorch): SFENet1", "MSRResNet (BasicSR)",
                "Found \(tensors.count) tensors",
            ] { #expect(message.contains(part), "\(part)") }
        }
        #expect(problem(ipt)?.contains("body.linear_encoding.weight, head.0.0.weight") == true)
    }

    @Test func aTensorTooManyMeansAnotherNetwork() {
        var tensors = SeededNetworks.edsr(channels: 4, blocks: 1, scale: 2, seed: 1)
        tensors.set("body.0.body.3.conv_du.0.weight", [1, 4, 1, 1])
        #expect(
            problem(tensors) == """
                some.pth: looks like EDSR, but has 1 tensors that it does not know (body.0.body.3.conv_du.0.weight), \
                so it is another network.
                """)
    }

    private static let whole = SeededNetworks.edsr(channels: 4, blocks: 2, scale: 4, seed: 1)

    @Test(arguments: [
        ("body.1.body.2.weight", "[4, 4, k, k] with odd k"), ("tail.0.2.weight", "[any, 4, k, k] with odd k"),
        ("sub_mean.weight", "[3, 3, 1, 1]"), ("add_mean.bias", "[3]"),
    ])
    func aMissingTensorIsNamed(name: String, expected: String) {
        var tensors = Self.whole
        tensors[name] = nil
        if name == "tail.0.2.weight" { tensors.set("tail.0.3.weight", [1]) }
        #expect(problem(tensors) == "some.pth: tensor \(name) is missing; expected \(expected)")
    }

    @Test(arguments: [
        ("body.2.weight", [4, 5, 3, 3], "[4, 4, k, k] with odd k"), ("body.2.weight", [5, 4, 3, 3], "[4, 4, k, k] with odd k"),
        ("body.2.weight", [4, 4, 3, 5], "[4, 4, k, k] with odd k"), ("body.2.weight", [4, 4, 2, 2], "[4, 4, k, k] with odd k"),
        ("body.2.weight", [4, 4, 0, 0], "[4, 4, k, k] with odd k"), ("body.2.weight", [4, 4], "[4, 4, k, k] with odd k"),
        ("body.2.weight", [], "[4, 4, k, k] with odd k"), ("body.2.bias", [3], "[4]"),
        ("tail.1.weight", [1, 4, 3, 3], "[3, 4, k, k] with odd k"), ("head.0.weight", [4, 1, 3, 3], "[any, 3, k, k] with odd k"),
        ("head.0.weight", [0, 3, 3, 3], "[any, 3, k, k] with odd k"), ("sub_mean.weight", [3, 3], "[3, 3, 1, 1]"),
    ])
    func aWrongShapeIsNamed(name: String, found: [Int], expected: String) {
        var tensors = Self.whole
        tensors[name] = Tensor(zeros: found)
        #expect(problem(tensors) == "some.pth: tensor \(name) has the shape \(found); expected \(expected)")
    }

    @Test func anUpsamplerThatIsNoneIsRefused() {
        var tensors = Self.whole
        tensors["tail.0.2.bias"] = nil
        tensors["tail.0.2.weight"] = Tensor(zeros: [20, 4, 3, 3])
        #expect(problem(tensors) == "some.pth: tensor tail.0.2.weight has 20 outputs; expected 16 or 36 for a pixel shuffle")
        tensors["tail.0.2.weight"] = Tensor(zeros: [36, 4, 3, 3])
        #expect(problem(tensors) == "some.pth: graph enlarges 6 times; 2, 3 and 4 are known")
    }

    @Test func aMeanThatMixesColoursIsRefused() {
        var tensors = SeededNetworks.edsr(channels: 4, blocks: 1, scale: 2, seed: 1)
        tensors["sub_mean.weight"]?.values[1] = 0.5
        #expect(problem(tensors) == "some.pth: tensor sub_mean.weight mixes colours; expected a diagonal")
    }

    @Test func slopesAreOneOrAsManyAsChannels() {
        var tensors = SeededNetworks.srResNet(channels: 4, blocks: 1, scale: 2, seed: 1)
        tensors.set("head.1.weight", [2])
        #expect(problem(tensors) == "some.pth: tensor head.1.weight has the shape [2]; expected [1] or [4]")
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func aNumberThatIsNoneIsRefused(number: Float) {
        var tensors = SeededNetworks.edsr(channels: 4, blocks: 1, scale: 2, seed: 1)
        tensors["body.0.body.0.weight"]?.values[17] = number
        #expect(problem(tensors) == "some.pth: tensor body.0.body.0.weight holds \(number)")
    }

    @Test func anIndexBeyondReasonNeitherHangsNorCrashes() {
        for index in ["99999", "18446744073709551616", "9223372036854775807", "-1"] {
            var tensors = SeededNetworks.edsr(channels: 4, blocks: 1, scale: 2, seed: 1)
            tensors.set("body.\(index).body.0.weight", [1])
            tensors.set("tail.0.\(index).weight", [1])
            #expect(problem(tensors) != nil)
        }
    }

    @Test func namesInMessagesAreClippedAndHarmless() throws {
        var tensors = SeededNetworks.edsr(channels: 4, blocks: 1, scale: 2, seed: 1)
        tensors.set("\u{1B}[2J" + String(repeating: "x", count: 10_000), [1])
        let message = try #require(problem(tensors))
        #expect(message.count < 300)
        #expect(!message.contains("\u{1B}"))
    }

    // MARK: - Options

    @Test func optionsOutsideTheirRangeAreRefused() {
        let tensors = SeededNetworks.edsr(channels: 4, blocks: 1, scale: 2, seed: 1)
        #expect(problem(tensors, LoadOptions(range: 2)) == "range is 2.0, but must be 1 or 255")
        #expect(problem(tensors, LoadOptions(range: .nan)) == "range is nan, but must be 1 or 255")
        #expect(problem(tensors, LoadOptions(resScale: .infinity)) == "res_scale is inf, but must be finite")
    }

    @Test func optionsOfAnotherNetworkAreRefused() {
        let edsr = SeededNetworks.edsr(channels: 4, blocks: 1, scale: 2, seed: 1)
        let srResNet = SeededNetworks.srResNet(channels: 4, blocks: 1, scale: 2, seed: 1)
        #expect(problem(edsr, LoadOptions(tanhOutput: true)) == "tanh output is an option of SRResNet, but the network is EDSR")
        #expect(problem(srResNet, LoadOptions(resScale: 1)) == "res_scale is an option of EDSR, but the network is SRResNet")
        #expect(problem(edsr, LoadOptions(resScale: 1)) == nil)
        #expect(problem(srResNet, LoadOptions(tanhOutput: true, range: 255)) == nil)
    }
}

extension Network {
    var namesAndRoles: [String] {
        layers.map { index in
            guard case .convolution(let convolution) = nodes[index].operation else { return "" }
            return "\(nodes[index].name) \(convolution.role.rawValue)"
        }
    }
}
