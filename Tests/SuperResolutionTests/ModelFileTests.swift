import Checkpoints
import Files
import Foundation
import Images
import Networks
import QuantizedNetworks
import SuperResolution
import Tensors
import TestSupport
import Testing

@Suite("Saved models")
struct ModelFileTests {
    private static let picture = Pictures.noise(9, 7, .rgb)

    @Test("upscale to the same bytes as before saving, in float", arguments: TinyModels.names)
    func floatRoundTrip(name: String) throws {
        let model = try TinyModels.float(name)
        let loaded = try Model.load(bytes: try model.serialized(), name: "saved")
        #expect(!loaded.isQuantized)
        #expect(loaded.architecture == name)
        #expect(try Session(loaded).upscale(Self.picture) == Session(model).upscale(Self.picture))
        #expect(try loaded.serialized() == model.serialized())
    }

    @Test("upscale to the same bytes as before saving, quantized", arguments: TinyModels.names, [false, true])
    func quantizedRoundTrip(name: String, perChannel: Bool) throws {
        for (weights, activations, quantizer) in [
            (4, 4, "plq"), (2, 3, "plq-offset"), (3, 5, "plq-one-sided"), (7, 2, "minmax"), (8, 8, "plq"), (4, 4, "percentile"),
            (3, 6, "mse"),
            (4, 4, "ptq4sr"), (8, 5, "ptq4sr"),
        ] {
            var recipe = Recipe()
            (recipe.weights, recipe.activations) = (weights, activations)
            (recipe.quantizer, recipe.perChannel) = (quantizer, perChannel)
            let quantization = try TinyModels.quantization(name, recipe)
            let model = quantization.freeze()
            let loaded = try Model.load(bytes: try model.serialized(), name: "saved")
            #expect(loaded.layers == quantization.layers)
            #expect(loaded.recipe == quantization.recipe)
            #expect(loaded.recipe?.weightRange != nil)
            #expect(try Session(loaded).upscale(Self.picture) == Session(model).upscale(Self.picture))
            #expect(try loaded.serialized() == model.serialized())
        }
    }

    @Test(
        "load whatever the length of their header, though its bytes may be those that other formats begin with",
        arguments: [[0x80, 0x02], [0x80, 0x05], [0x80, 0x20], [0x50, 0x4B]])
    func headerLengths(begin: [UInt8]) throws {
        let model = try TinyModels.quantization().freeze()
        let bytes = try model.serialized()
        let length = Int(bytes[0]) + Int(bytes[1]) << 8
        #expect(bytes[2..<8].allSatisfy { $0 == 0 })
        // Spaces behind the header are allowed, so the header can be made as long as the test needs it.
        var wanted = Int(begin[0]) + Int(begin[1]) << 8
        while wanted < length { wanted += 1 << 16 }
        var padded = (0..<8).map { UInt8(truncatingIfNeeded: wanted >> (8 * $0)) } + bytes[8..<8 + length]
        padded += [UInt8](repeating: UInt8(ascii: " "), count: wanted - length) + bytes[(8 + length)...]
        #expect(padded.starts(with: begin))
        #expect(try Model.load(bytes: padded, name: "saved").layers == model.layers)
    }

    @Test("that are quantized upscale as the quantization they were frozen from")
    func freezing() throws {
        let quantization = try TinyModels.quantization()
        let before = try Session(Model(quantization.quantized.network)).upscale(Self.picture)
        let frozen = try Session(quantization.freeze()).upscale(Self.picture)
        #expect(frozen != before)
        // Decoded weights are their own codes' values, so quantizing them again changes no bit.
        let model = quantization.freeze()
        for (node, layer) in quantization.quantized.layers {
            guard case .convolution(let original) = quantization.quantized.network.nodes[node].operation,
                case .convolution(let decoded) = model.network.nodes[node].operation
            else {
                Issue.record("node \(node) is no convolution")
                continue
            }
            let weight = try #require(layer.weight)
            #expect(decoded.weight.values == weight.apply(original.weight.values))
            #expect(weight.apply(decoded.weight.values) == decoded.weight.values)
            #expect(weight.words(decoded.weight.values) == weight.words(original.weight.values))
        }
    }

    @Test("keep levels that were set by hand")
    func levels() throws {
        var quantization = try TinyModels.quantization()
        let name = quantization.layers[2].name
        try quantization.setLevels([-2.5, 0, 0.125, 7], layer: name)
        let model = quantization.freeze()
        let again = try Model.load(bytes: try model.serialized(), name: "again")
        #expect(again.layers == model.layers && again.recipe == model.recipe)
        #expect(again.layers[2].quantization?.quantizer == "levels" && again.recipe?.levels == [name])
        #expect(again.layers[2].quantization?.lower == -2.5 && again.layers[2].quantization?.upper == 7)
        let picture = Pictures.noise(9, 8, .rgb)
        #expect(try Session(again, threads: 1).upscale(picture) == Session(model, threads: 1).upscale(picture))
    }

    @Test("keep bits that were set by pattern")
    func bitsByPattern() throws {
        var quantization = try TinyModels.quantization()
        try quantization.setBits(matching: "body.1.*", weights: 6, activations: 8)
        let loaded = try Model.load(bytes: try quantization.freeze().serialized(), name: "saved")
        let changed = try #require(loaded.layers.first { $0.name == "body.1.body.0" }?.quantization)
        #expect(changed.weightBits == 6 && changed.activationBits == 8 && changed.quantizer == "minmax")
        #expect(loaded.layers == quantization.layers)
    }

    @Test("keep in float what was left in float: a side, or a layer")
    func partlyFloat() throws {
        var quantization = try TinyModels.quantization()
        try quantization.setBits(matching: "body.0.body.0", weights: 32)
        try quantization.setBits(matching: "body.0.body.2", activations: 32)
        try quantization.setBits(matching: "body.1.body.0", weights: 32, activations: 32)
        let model = quantization.freeze()
        let loaded = try Model.load(bytes: try model.serialized(), name: "saved")
        #expect(loaded.layers == model.layers && loaded.recipe == model.recipe)
        let layers = Dictionary(uniqueKeysWithValues: loaded.layers.map { ($0.name, $0.quantization) })
        let weightless = try #require(layers["body.0.body.0"] ?? nil)
        #expect(weightless.weightBits == 32 && weightless.weightBound == nil && weightless.quantizer == "plq")
        let inputless = try #require(layers["body.0.body.2"] ?? nil)
        #expect(inputless.activationBits == 32 && inputless.quantizer == nil && inputless.lower == nil)
        #expect(inputless.weightBits == 4 && inputless.weightBound != nil)
        #expect(layers["body.1.body.0"] == .some(nil))
        #expect(try Session(loaded).upscale(Self.picture) == Session(model).upscale(Self.picture))
        #expect(try loaded.serialized() == model.serialized())
        let file = try SafeTensors.read(bytes: try model.serialized(), name: "saved")
        #expect(file["body.0.body.0.weight"] != nil && file["body.0.body.0.codes"] == nil)
    }

    @Test("hold codes of 2 to 8 bits without gaps, lowest bits first", arguments: 2...8)
    func packing(bits: Int) throws {
        var recipe = Recipe()
        (recipe.weights, recipe.activations) = (bits, 8)
        let quantization = try TinyModels.quantization("EDSR", recipe)
        let file = try SafeTensors.read(bytes: try quantization.freeze().serialized(), name: "saved")
        for (node, layer) in quantization.quantized.layers {
            let name = quantization.quantized.network.nodes[node].name
            guard case .convolution(let convolution) = quantization.quantized.network.nodes[node].operation else { continue }
            let weight = try #require(layer.weight)
            let bits = weight.bits
            // The expected bytes are packed bit by bit, in the slowest and plainest way.
            var expected = [UInt8](repeating: 0, count: (convolution.weight.values.count * bits + 7) / 8)
            for (index, word) in weight.words(convolution.weight.values).enumerated() {
                for bit in 0..<bits where word >> bit & 1 == 1 {
                    let position = index * bits + bit
                    expected[position / 8] |= 1 << (position % 8)
                }
            }
            #expect(file[name + ".codes"]?.bytes.elementsEqual(expected) == true, "\(name)")
        }
    }

    @Test("of format 1 are still read, to the last bit")
    func formatOne() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/tiny_edsr_w4a4.srq").path
        let model = try Model.load(path: path)
        #expect(model.architecture == "EDSR" && model.scale == 2 && model.layers.count == 8)
        let layer = try #require(model.layers.first { $0.name == "body.0.body.0" }?.quantization)
        #expect(layer.weightBits == 4 && layer.activationBits == 4 && layer.quantizer == "plq")
        // The library's own version is the only thing that may change.
        let old = try SafeTensors.read(path: path)
        let new = try SafeTensors.read(bytes: try model.serialized(), name: "saved again")
        #expect(new.entries == old.entries)
        for key in ["graph", "quantization", "recipe"] { #expect(new.metadata[key] == old.metadata[key]) }
        _ = try Session(model).upscale(Self.picture)
    }

    @Test("are written whole or not at all")
    func atomicSaving() throws {
        let folder = try TemporaryFolder()
        let model = try TinyModels.quantization().freeze()
        try model.save(to: folder("model.srq"))
        #expect(try folder.names == ["model.srq"])
        #expect(try Files.read(folder("model.srq")) == model.serialized())
        let error = #expect(throws: SuperResolutionError.self) { try model.save(to: folder("missing/model.srq")) }
        #expect(error?.kind == .io)
        #expect(try folder.names == ["model.srq"])
    }

    @Test("that are in float can be exported under their checkpoint names", arguments: TinyModels.names)
    func exporting(name: String) throws {
        let folder = try TemporaryFolder()
        let model = try TinyModels.float(name)
        try model.export(to: folder("weights.safetensors"))
        let loaded = try Model.load(path: folder("weights.safetensors"))
        #expect(try Session(loaded).upscale(Self.picture) == Session(model).upscale(Self.picture))
    }

    @Test(
        "that are exported load again with the options of the network",
        arguments: [
            ("SRResNet", LoadOptions(tanhOutput: true), ["tanh": "true"]),
            ("EDSR", LoadOptions(resScale: 0.1), ["res_scale": "0.1"]),
            ("EDSR", LoadOptions(), ["res_scale": "1.0"]), ("MSRResNet", LoadOptions(), ["range": "1.0"]),
            ("RDN", LoadOptions(range: 1), ["range": "1.0"]), ("RDN", LoadOptions(), [:]),
        ] as [(String, LoadOptions, [String: String])])
    func exportedOptions(name: String, options: LoadOptions, metadata: [String: String]) throws {
        let folder = try TemporaryFolder()
        let tensors = Dictionary(
            uniqueKeysWithValues: try TinyModels.float(name).network.checkpointTensors.map { ($0.name, $0.tensor) })
        let model = try Model(Network.recognise(tensors: tensors, file: "tiny", options: options))
        let path = folder("weights.safetensors")
        try model.export(to: path)
        #expect(try SafeTensors.read(path: path).metadata == metadata)
        let loaded = try Model.load(path: path)
        #expect(try Session(loaded).upscale(Self.picture) == Session(model).upscale(Self.picture))
        #expect(loaded.network.nodes.map(\.name) == model.network.nodes.map(\.name))
        // What is given counts more than what is stored.
        if name == "EDSR" {
            let other = try Model.load(path: path, options: LoadOptions(resScale: 0.5))
            #expect(other.network.loadOptions.resScale == 0.5)
        }
    }

    @Test("of other programs keep metadata of their own, unless it is no option")
    func foreignMetadata() throws {
        let tensors = try TinyModels.float("RDN").network.checkpointTensors
        func load(_ metadata: [String: String]) throws -> Model {
            var file = SafeTensors(metadata: metadata)
            for (name, tensor) in tensors { try file.append(name, tensor) }
            return try Model.load(bytes: file.serialized(), name: "foreign.safetensors")
        }
        #expect(try load(["format": "pt", "res_scale": "0.1", "tanh": "true"]).architecture == "RDN")
        for (key, text) in [("res_scale", "big"), ("res_scale", "nan"), ("tanh", "maybe"), ("range", "")] {
            let error = #expect(throws: SuperResolutionError.self) { try load([key: text]) }
            #expect(error?.description.contains("foreign.safetensors: the metadata has \(key) = '\(text)'") == true)
        }
    }

    @Test("that are quantized have no float weights to export, and are not calibrated again")
    func quantizedRefusals() throws {
        let folder = try TemporaryFolder()
        let model = try TinyModels.quantization().freeze()
        let exported = #expect(throws: SuperResolutionError.self) { try model.export(to: folder("weights.safetensors")) }
        #expect(exported?.kind == .unsupported)
        #expect(try folder.names.isEmpty)
        let calibrated = #expect(throws: SuperResolutionError.self) { try model.calibrate(images: try TinyModels.patches()) }
        #expect(calibrated?.kind == .argument)
        #expect(calibrated?.description.contains("quantized already") == true)
    }

    @Test("know their own network: load options are refused")
    func loadOptions() throws {
        let bytes = try TinyModels.float().serialized()
        let error = #expect(throws: SuperResolutionError.self) {
            try Model.load(bytes: bytes, name: "saved", options: LoadOptions(tanhOutput: true))
        }
        #expect(error?.kind == .argument)
    }

    @Test("of EDSR with 4-bit weights and activations take at most 950,000 bytes", .enabled(if: SharedFiles.arePresent))
    func size() throws {
        let model = try Model.load(path: SharedFiles.models + "/edsr_x4.pth")
        let images = try PatchSet(SharedFiles.calibration, count: 1, size: 24, seed: 1)
        let quantized = try model.calibrate(images: images).freeze()
        let bytes = try quantized.serialized()
        #expect(bytes.count <= 950_000)
        let loaded = try Model.load(bytes: bytes, name: "saved")
        let picture = Pictures.noise(16, 16, .rgb)
        #expect(try Session(loaded).upscale(picture) == Session(quantized).upscale(picture))
    }
}

@Suite("Damaged model files")
struct DamagedModelFileTests {
    /// Returns the bytes of a saved model with one thing changed.
    private static func changed(_ change: (inout SafeTensors) throws -> SafeTensors?) throws -> [UInt8] {
        let bytes = try TinyModels.quantization().freeze().serialized()
        var file = try SafeTensors.read(bytes: bytes, name: "model")
        if let other = try change(&file) { file = other }
        // As a writer would that makes no checksum; one that does not match is refused before all else.
        file.metadata["checksum"] = nil
        return try file.serialized()
    }

    /// Returns the container with entries that a function has replaced; nil from it leaves an entry out.
    private static func rebuilt(
        _ file: SafeTensors, _ entry: (SafeTensors.Entry) -> (ElementType, [Int], ArraySlice<UInt8>)?
    ) throws -> SafeTensors {
        var result = SafeTensors(metadata: file.metadata)
        for old in file.entries {
            guard let (type, dimensions, bytes) = entry(old) else { continue }
            try result.append(old.name, type: type, dimensions: dimensions, bytes: bytes)
        }
        return result
    }

    private func expectRefusal(
        _ kind: SuperResolutionError.Kind, naming parts: [String], change: (inout SafeTensors) throws -> SafeTensors?,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        let bytes = try Self.changed(change)
        let error = #expect(throws: SuperResolutionError.self, sourceLocation: location) {
            try Model.load(bytes: bytes, name: "hostile.srq")
        }
        guard let error else { return }
        #expect(error.kind == kind, "\(error)", sourceLocation: location)
        for part in ["hostile.srq"] + parts {
            #expect(error.description.contains(part), "\(error) names \(part)", sourceLocation: location)
        }
    }

    private func replace(_ key: String, _ old: String, _ new: String) -> (inout SafeTensors) throws -> SafeTensors? {
        { file in
            var text = try #require(file.metadata[key])
            let range = try #require(text.firstRange(of: old))
            text.replaceSubrange(range, with: new)
            file.metadata[key] = text
            return nil
        }
    }

    @Test("of a newer format, or of none, are refused")
    func versions() throws {
        try expectRefusal(.unsupported, naming: ["format 6"]) { file in
            file.metadata["version"] = "6"
            return nil
        }
        for version in ["0", "-1", "", "one", "1.5"] {
            try expectRefusal(.format, naming: ["version"]) { file in
                file.metadata["version"] = version
                return nil
            }
        }
    }

    @Test("without a part of the metadata are refused", arguments: ["graph", "recipe", "version"])
    func missingMetadata(key: String) throws {
        try expectRefusal(.format, naming: [key]) { file in
            file.metadata[key] = nil
            return nil
        }
    }

    @Test("with impossible settings of a layer are refused, naming it")
    func settings() throws {
        func refuse(
            _ key: String, _ old: String, _ new: String, naming parts: String..., at location: SourceLocation = #_sourceLocation
        ) throws {
            try expectRefusal(.format, naming: parts, change: replace(key, old, new), at: location)
        }
        try refuse("quantization", "\"weights\":4", "\"weights\":9", naming: "weights", "9")
        try refuse("quantization", "\"weights\":4", "\"weights\":5", naming: "body.0.body.0", "codes")
        try refuse("quantization", "\"activations\":4", "\"activations\":1", naming: "activations")
        try refuse("quantization", "\"activations\":4", "\"activations\":2", naming: "body.0.body.0", "at least 3 bits")
        try refuse("quantization", "\"plq\"", "\"magic\"", naming: "magic", "minmax")
        try refuse("quantization", "\"quantizer\":\"plq\"", "\"quantizer\":\"minmax\"", naming: "parameters")
        try refuse("quantization", "[8,8,3,3]", "[8,8,3]", naming: "shape")
        try refuse("quantization", "[8,8,3,3]", "[8,8,3,1048576]", naming: "codes")
        try refuse("quantization", "[8,8,3,3]", "[1048576,1048576,1048576,1048576]", naming: "too large")
        try refuse("quantization", "[8,8,3,3]", "[0,8,3,3]", naming: "shape")
        try refuse("quantization", "\"deviation\"", "\"nonsense\"", naming: "nonsense")
        try refuse("quantization", "\"body.0.body.0\"", "\"body.7.body.0\"", naming: "body.7")
        try refuse("quantization", "\"body.0.body.2\"", "\"body.0.body.0\"", naming: "twice")
        try refuse("recipe", "\"momentum\"", "\"momentun\"", naming: "recipe")
        try refuse("graph", "\"convolution\"", "\"convolutoin\"", naming: "nodes")
        try refuse("graph", "}", "", naming: "graph")
    }

    @Test("with impossible asymmetric weights are refused, naming the layer")
    func asymmetricWeights() throws {
        var recipe = Recipe()
        recipe.quantizer = "ptq4sr"
        let bytes = try TinyModels.quantization("EDSR", recipe).freeze().serialized(name: "model")
        for (old, new, part) in [
            ("\"weight_quantizer\":\"asymmetric\"", "\"weight_quantizer\":\"lopsided\"", "lopsided"),
            (",\"weight_quantizer\":\"asymmetric\"", "", ".bound"),
        ] {
            var file = try SafeTensors.read(bytes: bytes, name: "model")
            file.metadata["quantization"] = file.metadata["quantization"]?.replacing(old, with: new)
            file.metadata["checksum"] = nil
            let error = #expect(throws: SuperResolutionError.self) {
                try Model.load(bytes: try file.serialized(), name: "hostile.srq")
            }
            #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
        }
        var file = try SafeTensors.read(bytes: bytes, name: "model")
        file = try Self.rebuilt(file) { entry in
            // The lower end becomes a number that is not below the upper one.
            guard entry.name == "body.0.body.0.lower" else { return (entry.type, entry.dimensions, entry.bytes) }
            return (entry.type, entry.dimensions, file["body.0.body.0.upper"]?.bytes ?? entry.bytes)
        }
        file.metadata["checksum"] = nil
        let error = #expect(throws: SuperResolutionError.self) {
            try Model.load(bytes: try file.serialized(), name: "hostile.srq")
        }
        #expect(error?.description.contains("body.0.body.0") == true && error?.description.contains("narrow") == true)
    }

    @Test("with damaged tensors are refused, naming them")
    func tensors() throws {
        try expectRefusal(.format, naming: ["body.0.body.0.codes"]) { file in
            try Self.rebuilt(file) { $0.name == "body.0.body.0.codes" ? nil : ($0.type, $0.dimensions, $0.bytes) }
        }
        try expectRefusal(.format, naming: ["body.0.body.0.bound"]) { file in
            try Self.rebuilt(file) { $0.name == "body.0.body.0.bound" ? nil : ($0.type, $0.dimensions, $0.bytes) }
        }
        try expectRefusal(.format, naming: ["body.0.body.0.bias"]) { file in
            try Self.rebuilt(file) { $0.name == "body.0.body.0.bias" ? nil : ($0.type, $0.dimensions, $0.bytes) }
        }
        try expectRefusal(.format, naming: ["F32"]) { file in
            try Self.rebuilt(file) {
                $0.name == "body.0.body.0.bias" ? (.float16, [$0.dimensions[0] * 2], $0.bytes) : ($0.type, $0.dimensions, $0.bytes)
            }
        }
        // Word 15 of 4 bits stands for no weight: codes go from -7 to 7, words from 0 to 14.
        try expectRefusal(.format, naming: ["body.0.body.0", "codes"]) { file in
            try Self.rebuilt(file) {
                ($0.type, $0.dimensions, $0.name == "body.0.body.0.codes" ? ArraySlice([0xF0] + $0.bytes.dropFirst()) : $0.bytes)
            }
        }
        for bound in [Float.nan, .infinity, 0, -1] {
            try expectRefusal(.format, naming: ["body.0.body.0"]) { file in
                try Self.rebuilt(file) {
                    let bytes = withUnsafeBytes(of: bound.bitPattern.littleEndian) { ArraySlice($0) }
                    return ($0.type, $0.dimensions, $0.name == "body.0.body.0.bound" ? bytes : $0.bytes)
                }
            }
        }
        try expectRefusal(.format, naming: ["stowaway"]) { file in
            try file.append("stowaway", Tensor(zeros: [2]))
            return nil
        }
        try expectRefusal(.format, naming: ["body.0.body.0", "float"]) { file in
            try file.append("body.0.body.0.weight", Tensor(zeros: [8, 8, 3, 3]))
            return nil
        }
    }

    @Test("with any bit flipped are refused")
    func flippedBits() throws {
        for model in [try TinyModels.quantization().freeze(), try TinyModels.float("SRResNet")] {
            let bytes = try model.serialized()
            for index in bytes.indices {
                var broken = bytes
                broken[index] ^= 1 << UInt8(index % 8)
                #expect(throws: SuperResolutionError.self, "byte \(index)") { try Model.load(bytes: broken, name: "broken.srq") }
            }
            // In the last byte, which is a weight's, nothing but the checksum can notice it.
            var broken = bytes
            broken[bytes.count - 1] ^= 1
            let error = #expect(throws: SuperResolutionError.self) { try Model.load(bytes: broken, name: "broken.srq") }
            #expect(error?.kind == .format)
            #expect(error?.description.hasPrefix("broken.srq: the file is damaged: its checksum is ") == true)
        }
    }

    @Test("with a key of metadata that none has are refused, be it a damaged one")
    func unknownMetadata() throws {
        try expectRefusal(.format, naming: ["checksun"]) { file in
            file.metadata["checksun"] = file.metadata["checksum"]
            return nil
        }
    }

    @Test("without a checksum, as older libraries wrote them, are read")
    func noChecksum() throws {
        let model = try TinyModels.quantization().freeze()
        let loaded = try Model.load(bytes: try Self.changed { _ in nil }, name: "old.srq")
        #expect(try loaded.serialized() == model.serialized())
    }

    @Test("of any kind give a model or an error, never a trap")
    func mutations() throws {
        // Without a checksum, which would refuse all of them at the door.
        let files = try [
            TinyModels.quantization(scale: 2).freeze(), TinyModels.quantization("SRResNet").freeze(), TinyModels.float("MSRResNet"),
        ].map { model in
            var file = try SafeTensors.read(bytes: model.serialized(), name: "model")
            file.metadata["checksum"] = nil
            return try file.serialized()
        }
        var random = SplitMix64(state: 2)
        var loaded = 0
        let rounds = 3000
        for round in 0..<rounds {
            var bytes = files[round % files.count]
            let header = 8 + Int(bytes[0]) + Int(bytes[1]) << 8 + Int(bytes[2]) << 16
            for _ in 0...Int(random.next() % 3) {
                // Most changes are in the header, where the meaning is.
                let end = random.next() % 8 == 0 ? bytes.count : min(header, bytes.count)
                guard end > 0 else { break }
                let position = Int(random.next() % UInt64(end))
                switch random.next() % 6 {
                case 0: bytes[position] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes[position] ^= 1 << UInt8(random.next() % 8)
                case 2: bytes[position] = [UInt8]("0123456789-.eE\"[]{},:".utf8).randomElement(using: &random) ?? 0
                case 3: bytes.removeSubrange(position..<min(bytes.count, position + Int(random.next() % 4)))
                case 4: bytes.insert(UInt8(ascii: "9"), at: position)
                default: bytes.removeLast(min(bytes.count, Int(random.next() % 64)))
                }
            }
            // The length is put right every other time, so that insertions in the header are not all refused for it.
            if random.next() % 2 == 0, bytes.count > 8 {
                let length = header - 8 + bytes.count - files[round % files.count].count
                if length >= 0 { for byte in 0..<8 { bytes[byte] = UInt8(truncatingIfNeeded: length >> (8 * byte)) } }
            }
            do throws(SuperResolutionError) {
                let model = try Model.load(bytes: bytes, name: "mutated")
                loaded += 1
                if loaded % 40 == 0 { _ = try Session(model, threads: 1).upscale(Pictures.noise(3, 2, .rgb)) }
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
        #expect(loaded > 0 && loaded < rounds)
    }
}
