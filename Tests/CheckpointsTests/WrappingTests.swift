import Checkpoints
import Tensors
import Testing

/// What training scripts put around and beside a network.
@Suite struct WrappingTests {
    /// A convolution's weight with the elements from `start` on of a storage of 12 floats, 0…11.
    private func weight(from start: Int = 0) -> [UInt8] { Pickle.tensor(count: 12, offset: start, [1, 1, 2, 3], [6, 6, 3, 1]) }

    private func network(from start: Int = 0, prefix: String = "") -> [UInt8] {
        Pickle.dictionary([(prefix + "body.0.weight", weight(from: start))])
    }

    private func read(_ object: [UInt8], storage: [Float] = (0..<12).map { Float($0) }) throws -> [String: Tensor] {
        try StateDict.read(bytes: Pickle.checkpoint(object, storage: bytes(of: storage)), name: "test.pth", allowNonFinite: true)
            .tensors
    }

    private let settings = Pickle.dictionary([("lr", Pickle.integer(1)), ("name", Pickle.string("EDSR"))])
    private let expected = ["body.0.weight": counting([1, 1, 2, 3])]

    @Test(arguments: ["params_ema", "params", "state_dict", "model", "net"])
    func settingsUnderTheNameOfAWrapperAreNoNetwork(name: String) throws {
        for other in ["generator", "model_state_dict"] where other != name {
            #expect(try read(Pickle.dictionary([(name, settings), (other, network())])) == expected)
            #expect(try read(Pickle.dictionary([(other, network()), (name, settings)])) == expected)
        }
        #expect(try read(Pickle.dictionary([(name, settings), ("body.0.weight", weight())])) == expected)
    }

    @Test func settingsThatHoldTensorsAreNoNetwork() throws {
        let rates = Pickle.dictionary([("lr", Pickle.tensor(count: 12, [], [])), ("betas", Pickle.tensor(count: 12, [2], [1]))])
        #expect(try read(Pickle.dictionary([("params", rates), ("state_dict", network())])) == expected)
        #expect(try read(Pickle.dictionary([("params", rates), ("state_dict", settings)])).keys.sorted() == ["betas", "lr"])
    }

    @Test func aNetworkUnderSettingsAndWeightsIsFoundAtAnyDepth() throws {
        let deep = Pickle.dictionary([("model", settings), ("net", Pickle.dictionary([("state_dict", network())]))])
        #expect(try read(Pickle.dictionary([("params", settings), ("model", deep)])) == expected)
    }

    @Test(arguments: ["ema", "model_ema", "state_dict_ema", "params_ema", "g_ema"])
    func averagedWeightsComeBeforePlainOnes(name: String) throws {
        let averaged = ["body.0.weight": counting([1, 1, 2, 3], from: 6)]
        #expect(try read(Pickle.dictionary([("model", network()), (name, network(from: 6))])) == averaged)
        #expect(try read(Pickle.dictionary([(name, network(from: 6)), ("state_dict", network())])) == averaged)
        let numbers = Pickle.dictionary([("decay", Pickle.integer(1)), ("shadow", [0x5D])])
        #expect(try read(Pickle.dictionary([("model", network()), (name, numbers)])) == expected)
    }

    @Test func dictionariesThatContainEachOtherAreSearchedOnce() {
        // Two that hold each other and themselves under all the names of wrappers.
        let names = ["params_ema", "params", "state_dict", "model", "net", "generator"]
        let inner: [UInt8] = [0x7D] + Pickle.remember(1) + Pickle.items(names.map { ($0, Pickle.recall(0)) })
        let back = names.map { ($0, Pickle.recall(1)) } + names.map { ($0, Pickle.recall(0)) }
        let object: [UInt8] = [0x7D] + Pickle.remember(0) + Pickle.items([("model", inner)] + back)
        #expect(message(reading: Pickle.checkpoint(object)).contains("holds no tensors by name"))
    }

    @Test(arguments: [
        "module.", "_orig_mod.", "module.module.", "module._orig_mod.", "_orig_mod.module.", "model.", "net_g.", "net.", "network.",
        "netG.", "generator.", "model.module.net._orig_mod.", "ema.module.",
    ])
    func prefixesOfToolsAreTakenOff(prefix: String) throws {
        #expect(try read(network(prefix: prefix)) == expected)
        #expect(try read(Pickle.dictionary([("state_dict", network(prefix: prefix))])) == expected)
    }

    @Test func whatToolsAddBesideThePrefixIsNoTensorOfTheNetwork() throws {
        let count = ("n_averaged", Pickle.tensor(count: 12, offset: 3, [], []))
        #expect(try read(Pickle.dictionary([count, ("module.body.0.weight", weight())])) == expected)
        #expect(try read(Pickle.dictionary([count, ("module.module.body.0.weight", weight())])) == expected)
        let counters = ["total_ops", "total_params"].map { ($0, Pickle.tensor(count: 12, [1], [1])) }
        #expect(try read(Pickle.dictionary([("module.body.0.weight", weight())] + counters)) == expected)
    }

    @Test func whatLiesBesideTheNetworkOfATrainingModuleIsLeftAside() throws {
        let discriminator = ("net_d.conv.weight", weight(from: 6))
        #expect(try read(Pickle.dictionary([("net_g.body.0.weight", weight()), discriminator])) == expected)
        let averaged = ("net_g_ema.body.0.weight", weight(from: 6))
        #expect(
            try read(Pickle.dictionary([("net_g.body.0.weight", weight()), averaged]))
                == ["body.0.weight": counting([1, 1, 2, 3], from: 6)])
    }

    @Test func aModuleOfTheNetworkItselfIsNoPrefix() throws {
        let object = Pickle.dictionary([("module.a.weight", weight()), ("body.0.weight", weight())])
        #expect(try read(object).keys.sorted() == ["body.0.weight", "module.a.weight"])
        #expect(try read(Pickle.dictionary([("model.", weight())])).keys.sorted() == ["model."])
    }

    @Test func infinityBesideTheNetworkIsReadWhereItIsAllowed() throws {
        let object = Pickle.dictionary([
            ("body.0.weight", weight()), ("body.0.min_val", Pickle.tensor(count: 12, offset: 7, [], [])),
        ])
        let tensors = try read(object, storage: [0, 1, 2, 3, 4, 5, 6, .infinity, 8, 9, 10, 11])
        #expect(tensors["body.0.min_val"]?.values == [.infinity])
    }

    // MARK: - Objects beside the weights

    private static let scalar: [UInt8] = {
        let state = Pickle.tuple([Pickle.integer(3), Pickle.string("<"), [0x4E], [0x4E], [0x4E], Pickle.integer(-1)])
        let type = Pickle.call(Pickle.global("numpy", "dtype"), [Pickle.string("f8"), [0x89], [0x88]]) + state + [0x62]
        let bytes = Pickle.call(Pickle.global("_codecs", "encode"), [Pickle.string("x"), Pickle.string("latin1")])
        return Pickle.call(Pickle.global("numpy.core.multiarray", "scalar"), [type, bytes])
    }()

    /// What Python's pickle writes for each, as opcodes.
    static let bystanders: [(String, [UInt8])] = {
        let noArguments: [UInt8] = [0x29]
        let (new, build, oneByte, none): ([UInt8], [UInt8], [UInt8], [UInt8]) = ([0x81], [0x62], [0x43, 1, 0x62], [0x4E])
        let array = Pickle.call(
            Pickle.global("numpy._core.multiarray", "_reconstruct"),
            [Pickle.global("numpy", "ndarray"), Pickle.integers([0]), oneByte])
        let arrayState = Pickle.tuple([Pickle.integer(1), Pickle.integers([2]), none, [0x89], oneByte])
        let namespace = Pickle.global("argparse", "Namespace") + noArguments + new
        let attributes = Pickle.dictionary([("lr", Pickle.integer(1)), ("psnr", scalar)])
        let easy = Pickle.global("easydict", "EasyDict") + noArguments + new
        let simple = Pickle.global("types", "SimpleNamespace") + noArguments
        let standard = Pickle.call(Pickle.global("collections", "defaultdict"), [Pickle.global("builtins", "list")])
        let queue = Pickle.call(Pickle.global("collections", "deque"), [])
        let numbers: [UInt8] = [0x28] + Pickle.integer(1) + [0x65]
        return [
            ("scalar", scalar), ("array", array + arrayState + build), ("namespace", namespace + attributes + build),
            ("path", Pickle.call(Pickle.global("pathlib", "PosixPath"), [Pickle.string("/"), Pickle.string("tmp")])),
            ("new path", Pickle.call(Pickle.global("pathlib._local", "PosixPath"), [Pickle.string("tmp")])),
            ("date", Pickle.call(Pickle.global("datetime", "datetime"), [oneByte])),
            ("default", standard + Pickle.items([("a", [0x5D])])),
            ("dictionary", easy + Pickle.items([("a", none)]) + Pickle.dictionary([("a", none)]) + build),
            ("keywords", simple + Pickle.dictionary([("a", none)]) + [0x92]), ("queue", queue + numbers),
        ]
    }()

    @Test(arguments: bystanders.indices)
    func objectsBesideTheWeightsAreReadOver(index: Int) throws {
        let bystander = Self.bystanders[index]
        #expect(try read(Pickle.dictionary([bystander, ("state_dict", network())])) == expected)
        #expect(try read(Pickle.dictionary([("body.0.weight", weight()), bystander])) == expected)
    }

    @Test func aBystanderIsNeverATensorOrItsPart() {
        let namespace = Pickle.global("argparse", "Namespace") + [0x29, 0x81]
        for object in [
            Pickle.call(Pickle.global("torch._utils", "_rebuild_parameter"), [namespace]),
            Pickle.global("torch._utils", "_rebuild_tensor_v2") + [0x29] + [0x7D] + [0x92],
            Pickle.call(namespace, []),
        ] { #expect(message(reading: Pickle.checkpoint(Pickle.dictionary([("w", object)]))) != "no error") }
    }
}
