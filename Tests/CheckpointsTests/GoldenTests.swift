import Checkpoints
import Tensors
import Testing

/// What PyTorch wrote comes back.
@Suite struct GoldenTests {
    @Test(arguments: [
        "module_zip.pth", "module_legacy.pth", "protocol4_zip.pth", "protocol5_zip.pth", "protocol4_legacy.pth", "deflated.pth",
        "zip64.pth", "big_endian.pth",
    ])
    func aModulesStateDict(file: String) throws {
        let state = try Golden.stateDict(file)
        #expect(state.path == Golden.path(file))
        #expect(
            state.tensors == [
                "head.weight": counting([2, 3, 3, 3]), "head.bias": counting([2], from: 100),
                "norm.weight": counting([2], from: 200),
                "norm.bias": counting([2], from: 300), "norm.running_mean": counting([2], from: 400),
                "norm.running_var": counting([2], from: 500), "norm.num_batches_tracked": counting([], from: 600),
            ])
    }

    @Test(arguments: ["types_zip.pth", "types_legacy.pth"])
    func everyElementType(file: String) throws {
        let tensors = try Golden.stateDict(file).tensors
        #expect(tensors.count == 10)
        for (name, tensor) in tensors {
            #expect(
                tensor == (name == "bool" ? Tensor(dimensions: [5], values: [0, 1, 1, 1, 1]) : counting([5], from: 3)), "\(name)")
        }
    }

    @Test func unsignedTypesThatHaveNoStorageClass() throws {
        let tensors = try Golden.stateDict("unsigned_zip.pth").tensors
        #expect(tensors == ["uint16": counting([5], from: 3), "uint32": counting([5], from: 3), "uint64": counting([5], from: 3)])
    }

    @Test(arguments: ["views_zip.pth", "views_legacy.pth"])
    func viewsOfASharedStorage(file: String) throws {
        let tensors = try Golden.stateDict(file).tensors
        let base = counting([2, 3, 4])
        #expect(
            tensors == [
                "base": base,
                "transposed": Tensor(dimensions: [4, 3], values: (0..<4).flatMap { x in (0..<3).map { y in Float(4 * y + x) } }),
                "offset": counting([3, 4], from: 12),
                "column": Tensor(dimensions: [2, 3], values: stride(from: 2, to: 24, by: 4).map { Float($0) }),
                "every_other": Tensor(dimensions: [12], values: stride(from: 1, to: 24, by: 2).map { Float($0) }),
                "expanded": Tensor(dimensions: [2, 3], values: [1, 1, 1, 2, 2, 2]),
                "channels_last": Tensor(dimensions: [1, 2, 3, 4], values: base.values),
                "scalar": Tensor(dimensions: [], values: [7.5]),
                "empty": Tensor(dimensions: [0, 3], values: []),
            ])
    }

    @Test func parametersAndAttributes() throws {
        #expect(try Golden.stateDict("parameters.pth").tensors == ["a": counting([2, 2]), "b": counting([3], from: 5)])
        #expect(try Golden.stateDict("attributes.pth").tensors == ["parameter": counting([2]), "tensor": counting([3])])
    }

    @Test(arguments: [
        ("wrapped_ema.pth", 1000), ("wrapped_none.pth", 0), ("wrapped_deep.pth", 10), ("wrapped_parallel.pth", 20),
        ("training_zip.pth", 30), ("training_legacy.pth", 30),
    ])
    func wrappersAreTakenOff(file: String, start: Int) throws {
        #expect(
            try Golden.stateDict(file).tensors == [
                "weight": counting([2, 3], from: start), "bias": counting([2], from: start + 50),
            ])
    }

    @Test func whatPython2Wrote() throws {
        #expect(try Golden.stateDict("python2_legacy.pth").tensors == ["whole": counting([6]), "view": counting([3], from: 3)])
    }

    @Test(arguments: ["foreign_zip.pth", "foreign_legacy.pth"])
    func aForeignGlobalIsRefusedByName(file: String) {
        let error = failure { () throws(CheckpointError) in try StateDict.read(path: Golden.path(file)) }
        #expect(error == .forbiddenGlobal(file: Golden.path(file), name: "posix.system"))
        #expect(error?.description.contains("posix.system") == true)
    }

    @Test(arguments: ["nan_zip.pth", "nan_legacy.pth"])
    func nanIsRefusedUnlessAllowed(file: String) throws {
        let error = failure { () throws(CheckpointError) in try StateDict.read(path: Golden.path(file)) }
        #expect(error == .tensor(file: Golden.path(file), name: "broken", reason: "element 2 is nan"))
        let allowed = try StateDict.read(path: Golden.path(file), allowNonFinite: true)
        #expect(allowed.tensors["broken"]?.values[2].isNaN == true)
    }

    @Test(arguments: [
        ("list.pth", "a list"), ("numbers.pth", "\"epoch\", \"name\""), ("plain.pickle", "not one that torch.save wrote"),
        ("script.pt", "TorchScript"),
    ])
    func whatIsNoStateDictSaysWhatItIs(file: String, expected: String) {
        let error = failure { () throws(CheckpointError) in try StateDict.read(path: Golden.path(file)) }
        #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
    }

    @Test func everyTruncationIsRefused() throws {
        for file in try Golden.names {
            let whole = try Golden.bytes(file)
            // Every length near the ends, where the formats keep their directories; some in between.
            for length in 0..<whole.count where length < 64 || length > whole.count - 128 || length % 13 == 0 {
                #expect(message(reading: Array(whole[..<length])) != "no error", "\(file) cut to \(length)")
            }
        }
    }
}
