import Files
import Foundation
import Images
import SuperResolution
import TestSupport
import Testing
import Training

/// No result replaces what it was made from, under whatever name and through whatever link.
@Suite("What is written replaces none of its inputs")
struct OverwritingTests {
    /// A folder with a checkpoint, calibration pictures and a data set, with links to all of them.
    private struct Place {
        let folder: TemporaryFolder
        let network: String

        init() throws {
            folder = try TemporaryFolder()
            network = folder("network.safetensors")
            try TinyModels.float().export(to: network)
            for name in ["images", "set/HR", "set/LR_x2"] { _ = try folder.makeFolder(name) }
            for name in ["a", "b"] {
                try Pictures.noise(24, 20, .rgb).write(png: folder("images/\(name).png"))
                try Pictures.noise(24, 20, .rgb).write(png: folder("set/HR/\(name).png"))
                try Pictures.noise(12, 10, .rgb).write(png: folder("set/LR_x2/\(name)x2.png"))
            }
            for (link, target) in [
                ("network.link", "network.safetensors"), ("picture.link", "images/a.png"), ("again", "set/HR"),
                ("low", "set/LR_x2"),
            ] { try FileManager.default.createSymbolicLink(atPath: folder(link), withDestinationPath: target) }
            try FileManager.default.linkItem(atPath: network, toPath: folder("network.hard"))
        }

        /// The bytes of all files, by path.
        var bytes: [String: [UInt8]] {
            get throws {
                var bytes: [String: [UInt8]] = [:]
                for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where !Files.isFolder(folder(name)) {
                    bytes[name] = try Files.read(folder(name))
                }
                return bytes
            }
        }

        /// Expects an error of a call that names a word, and no change in any file.
        func refuses(_ word: String, _ call: () throws -> Void) throws {
            let before = try bytes
            let error = #expect(throws: SuperResolutionError.self, "\(word)") { try call() }
            #expect(error?.kind == .argument && error?.description.contains("would replace") == true, "\(word)")
            #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
            #expect(try bytes == before, "\(word)")
        }
    }

    private static let names = ["network.safetensors", "./network.safetensors", "network.link", "network.hard"]

    @Test("models, their weights and what is quantized from them do not replace the checkpoint or the calibration images")
    func models() throws {
        let files = try Place()
        let model = try Model.load(path: files.network)
        let images = try PatchSet(files.folder("images"), count: 2, size: 12, seed: 1)
        var quantization = try model.calibrate(images: images, threads: 1)
        for name in Self.names {
            let path = files.folder(name)
            try files.refuses(name) { try model.save(to: path) }
            try files.refuses(name) { try model.export(to: path) }
            try files.refuses(name) { try quantization.freeze(snapping: true).save(to: path) }
            try files.refuses(name) { try quantization.freeze().snapped().save(to: path) }
            try files.refuses(name) { try quantization.finetune(images: images, threads: 1, statePath: path) }
        }
        for name in ["images/a.png", "picture.link"] {
            try files.refuses(name) { try quantization.freeze().save(to: files.folder(name)) }
            try files.refuses(name) { try quantization.finetune(images: images, threads: 1, statePath: files.folder(name)) }
        }
        // A result may be replaced by the next one.
        for _ in 0..<2 { try quantization.freeze().save(to: files.folder("model.srq")) }
        let saved = try Model.load(path: files.folder("model.srq"))
        try files.refuses("model.srq") { try saved.save(to: files.folder("model.srq")) }
        try saved.save(to: files.folder("other.srq"))
    }

    @Test("upscaled pictures do not replace the picture or the model")
    func upscaling() throws {
        let files = try Place()
        let session = try Session(try Model.load(path: files.network), threads: 1)
        for name in ["images/a.png", "images/../images/a.png", "picture.link"] {
            try files.refuses(name) { try session.upscale(file: files.folder("images/a.png"), to: files.folder(name)) }
        }
        for name in Self.names {
            try files.refuses(name) { try session.upscale(file: files.folder("images/a.png"), to: files.folder(name)) }
        }
        for _ in 0..<2 { try session.upscale(file: files.folder("images/a.png"), to: files.folder("large.png")) }
    }

    @Test("an evaluation replaces no picture of its set")
    func evaluation() throws {
        let files = try Place()
        let model = try Model.load(path: files.network)
        for (set, output) in [("images", "images"), ("set", "set/HR"), ("set", "again"), ("set", "images/../set/HR/")] {
            try files.refuses(set) { _ = try model.evaluate(folder: files.folder(set), outputFolder: files.folder(output)) }
        }
        // The low resolution pictures have other names, so that nothing of theirs is replaced.
        _ = try model.evaluate(folder: files.folder("set"), outputFolder: files.folder("low"))
        // One picture of the folder is a link to another set's.
        _ = try files.folder.makeFolder("out")
        try FileManager.default.createSymbolicLink(atPath: files.folder("out/b.png"), withDestinationPath: "../set/LR_x2/ax2.png")
        try files.refuses("out/b.png") {
            _ = try model.evaluate(folder: files.folder("set"), outputFolder: files.folder("out"))
        }
    }
}
