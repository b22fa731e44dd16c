import Checkpoints
import Files
import QuantizedNetworks
import Tensors
import TestSupport
import Testing
import Training

/// What a state file holds is checked against what a run can have written.
@Suite("A finetuning state")
struct FinetuningStateTests {
    /// A run of "tiny_edsr" with the state of two epochs.
    private struct Run {
        let folder: TemporaryFolder
        let path: String
        let golden: Golden
        let quantized: QuantizedNetwork

        init() throws {
            folder = try TemporaryFolder()
            path = folder("state")
            golden = try Golden("tiny_edsr")
            quantized = try golden.quantized("calibrated", quantizer: "plq")
            _ = try finetune(epochs: 2)
        }

        @discardableResult
        func finetune(epochs: Int, path: String? = nil) throws -> QuantizedNetwork {
            var options = FinetuningOptions()
            options.epochs = epochs
            return try Finetuner(options: options, pool: ThreadPool(threads: 1), statePath: path ?? self.path)
                .finetune(quantized, images: golden.images) { _ in true }
        }

        /// Writes a state with other contents, sealed or as it then is, and returns why it is refused.
        func refusal(
            sealed: Bool = true, metadata: [String: String] = [:], doubles: [String: Double] = [:], floats: [String: Float] = [:]
        ) throws -> String? {
            let file = try SafeTensors.read(path: path)
            var other = SafeTensors(metadata: file.metadata.merging(metadata) { $1 }, name: "other")
            for entry in file.entries {
                var bytes = Array(entry.bytes)
                if let value = doubles[entry.name] { withUnsafeBytes(of: value.bitPattern) { bytes[0..<8] = ArraySlice($0) } }
                if let value = floats[entry.name] { withUnsafeBytes(of: value.bitPattern) { bytes[0..<4] = ArraySlice($0) } }
                try other.append(entry.name, type: entry.type, dimensions: entry.dimensions, bytes: bytes[...])
            }
            if sealed { other.seal() }
            try other.write(to: folder("other"))
            do { try finetune(epochs: 6, path: folder("other")) } catch { return "\(error)" }
            return nil
        }
    }

    @Test("is accepted as it was written")
    func unchanged() throws { #expect(try Run().refusal() == nil) }

    @Test("is refused for a number that no run writes, and is named", arguments: [-1, 0, 7, 1_000_000_000_000_000])
    func epochs(count: Int) throws {
        let refusal = try Run().refusal(metadata: ["epochs": String(count)])
        #expect(refusal?.contains("epoch") == true)
    }

    @Test("is refused for moments, steps and parameters that no run writes")
    func numbers() throws {
        let run = try Run()
        let file = try SafeTensors.read(path: run.path)
        let names = file.entries.map(\.name)
        for name in names {
            let values: [Double] =
                if name.hasSuffix(".first") {
                    [.nan, .infinity]
                } else if name.hasSuffix(".second") {
                    [.nan, .infinity, -1]
                } else if name.hasSuffix(".steps") {
                    [.nan, -1, 0.5, 1e6, 9e18, 1e300]
                } else {
                    []
                }
            for value in values {
                let refusal = try run.refusal(doubles: [name: value])
                #expect(refusal?.contains("other") == true, "\(name) = \(value)")
            }
            for value in values.isEmpty ? [Float.nan, .infinity, -.infinity] : [] {
                let refusal = try run.refusal(floats: [name: value])
                #expect(refusal?.contains(name.prefix { $0 != "." }) == true, "\(name) = \(value)")
            }
        }
        // Ranges beyond 1e18 and breakpoints beyond the range are not legal.
        for name in names where name.hasSuffix(".values") || name.hasSuffix(".initial") {
            let refusal = try run.refusal(floats: [name: 2e18])
            #expect(refusal?.contains("cannot have") == true, "\(name)")
        }
    }

    @Test("is refused without its checksum, with another one, and with a flipped bit")
    func checksum() throws {
        let run = try Run()
        #expect(try run.refusal(sealed: false, metadata: ["checksum": "0123456789abcdef"])?.contains("checksum") == true)
        let bytes = try Files.read(run.path)
        var flips = SplitMix64(state: 11)
        for _ in 0..<60 {
            var flipped = bytes
            let bit = Int(flips.next() % UInt64(8 * bytes.count))
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            try AtomicFile.write(flipped, to: run.folder("flipped"))
            #expect(throws: FinetuningError.self, "bit \(bit)") { try run.finetune(epochs: 6, path: run.folder("flipped")) }
        }
    }

    @Test("is refused where it cannot be written, before the first step")
    func early() throws {
        let run = try Run()
        var options = FinetuningOptions()
        options.epochs = 1
        var steps = 0
        for (path, word) in [
            (run.folder("no/such/state"), "no such file or folder"), ("", "state: the path is empty"),
            (run.folder.path, "is a directory"), (run.path + "/state", "is not a directory"),
        ] {
            let finetuner = try Finetuner(options: options, pool: ThreadPool(threads: 1), statePath: path)
            let error = #expect(throws: FinetuningError.self) {
                try finetuner.finetune(run.quantized, images: run.golden.images) { _ in
                    steps += 1
                    return true
                }
            }
            #expect(error?.description.contains(word) == true, "\(path): \(error?.description ?? "")")
        }
        #expect(steps == 0)
        try AtomicFile.write(try Files.read(PackageFiles.golden + "/tiny_edsr.pth"), to: run.folder("model"))
        #expect(throws: FinetuningError.self) { try run.finetune(epochs: 1, path: run.folder("model")) }
    }

    @Test("of 2^32 epochs costs no more than one of a few")
    func manyEpochs() throws {
        let golden = try Golden("tiny_edsr")
        var options = FinetuningOptions()
        options.epochs = 1 << 32
        for schedule in LearningRateSchedule.allCases {
            options.schedule = schedule
            let finetuner = try Finetuner(options: options, pool: ThreadPool(threads: 1))
            let quantized = try golden.quantized("calibrated", quantizer: "plq")
            let time = ContinuousClock().measure {
                #expect(throws: FinetuningError.self) { try finetuner.finetune(quantized, images: golden.images) { $0.epoch < 3 } }
            }
            #expect(time < .seconds(2))
        }
    }

    @Test("adds up the time of all calls, and tells how many epochs were resumed")
    func time() throws {
        let run = try Run()
        func report(_ path: String) throws -> FinetuningReport {
            var (options, report) = (FinetuningOptions(), FinetuningReport())
            options.epochs = 3
            _ = try Finetuner(options: options, pool: ThreadPool(threads: 1), statePath: path)
                .finetune(run.quantized, images: run.golden.images, report: &report) { _ in true }
            return report
        }
        let fresh = try report(run.folder("fresh"))
        #expect(fresh.epochs == 3 && fresh.resumed == 0 && fresh.seconds > 0 && fresh.seconds < 3600)
        // A state of two epochs that took a day.
        let file = try SafeTensors.read(path: run.path)
        var slow = SafeTensors(metadata: file.metadata.merging(["seconds": "86400.5"]) { $1 }, name: "slow")
        for entry in file.entries {
            try slow.append(entry.name, type: entry.type, dimensions: entry.dimensions, bytes: entry.bytes)
        }
        slow.seal()
        try slow.write(to: run.folder("slow"))
        let resumed = try report(run.folder("slow"))
        #expect(resumed.epochs == 3 && resumed.resumed == 2 && resumed.seconds > 86400.5 && resumed.seconds < 90000)
        for wrong in ["nan", "inf", "-1", "soon"] {
            #expect(try run.refusal(metadata: ["seconds": wrong])?.contains("time") == true)
        }
    }

    /// A step of the ranges can move a breakpoint, which stays within its range: what is saved is what the network has, and what
    /// is read is set range first.
    @Test("holds breakpoints that the ranges have moved, and a resumed run ends with the same bytes", arguments: [1, 2, 3, 4, 5])
    func breakpointsFollowRanges(killedAfter epochs: Int) throws {
        let golden = try Golden("tiny_edsr")
        let quantized = try golden.quantized("calibrated", quantizer: "plq")
        let folder = try TemporaryFolder()
        var options = FinetuningOptions()
        (options.epochs, options.cycle, options.decay) = (6, [.range, .weights, .breakpoint], 1)
        // Steps so large that ranges end below the breakpoints.
        for group in ParameterGroup.standard { options.learningRates[group] = 30 }
        func parameters(_ state: String?, until: Int = 6) throws -> [[Float]] {
            let finetuner = try Finetuner(options: options, pool: ThreadPool(threads: 1), statePath: state)
            let tuned = try finetuner.finetune(quantized, images: golden.images) { $0.epoch <= until }
            return tuned.quantizedNodes.flatMap { node in ParameterGroup.standard.map { tuned[$0, .layer(node)] } }
        }
        let straight = try parameters(nil)
        #expect(throws: FinetuningError.self) { try parameters(folder("state"), until: epochs) }
        #expect(try parameters(folder("state")) == straight)
    }
}
