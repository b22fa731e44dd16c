import Foundation
import Images
import SuperResolution
import TestSupport
import Testing

@Suite("Evaluation")
struct EvaluationTests {
    /// Makes a folder of `HR` and `LR_x2` with a gray, an RGB and an RGBA image, and returns its path.
    private static func dataSet(in folder: TemporaryFolder) throws -> String {
        let high = try folder.makeFolder("set/HR")
        let low = try folder.makeFolder("set/LR_x2")
        for (name, format) in [("a", PixelFormat.gray), ("b", .rgb), ("c", .rgba)] {
            let picture = Pictures.noise(40, 36, format)
            try picture.write(png: high + "/\(name).png")
            try picture.resizedBicubic(width: 20, height: 18).write(png: low + "/\(name)x2.png")
        }
        return folder("set/")
    }

    @Test("scores every image as upscaled in RGB and rounded to 8 bit")
    func scores() throws {
        let folder = try TemporaryFolder()
        let place = try Self.dataSet(in: folder)
        let model = try TinyModels.float()
        let evaluation = try model.evaluate(folder: place, threads: 1)
        #expect(evaluation.name == "set")
        #expect(evaluation.images.map(\.name) == ["a", "b", "c"])
        let session = try Session(model, threads: 1)
        for image in evaluation.images {
            let low = try Image.read(png: place + "LR_x2/\(image.name)x2.png")
            let high = try Image.read(png: place + "HR/\(image.name).png")
            #expect(try image.score == Metrics.score(session.upscale(low, format: .rgb, type: .uint8), high, shave: 2))
        }
        let mean = evaluation.images.map(\.score.psnr).reduce(0, +) / 3
        #expect(abs(evaluation.mean.psnr - mean) < 1e-9)
        #expect(try model.evaluate(folder: place, threads: 3) == evaluation)
        #expect(try model.evaluate(folder: place, shave: 5).mean != evaluation.mean)
    }

    @Test("leaves pictures without a window of structural similarity out of its mean alone, and names them")
    func smallPictures() throws {
        let folder = try TemporaryFolder()
        try Pictures.noise(40, 36, .rgb).write(png: folder("large.png"))
        try Pictures.noise(14, 30, .rgb).write(png: folder("narrow.png"))
        let evaluation = try TinyModels.float().evaluate(folder: folder.path, threads: 1)
        let scores = evaluation.images.map(\.score)
        #expect(evaluation.withoutSimilarity == ["narrow"] && scores[1].ssim.isNaN)
        #expect(evaluation.mean.ssim == scores[0].ssim && !evaluation.mean.ssim.isNaN)
        #expect(abs(evaluation.mean.psnr - (scores[0].psnr + scores[1].psnr) / 2) < 1e-9)
        #expect(abs(evaluation.mean.ssimReplicate - (scores[0].ssimReplicate + scores[1].ssimReplicate) / 2) < 1e-12)
        let alone = try TemporaryFolder()
        try Pictures.noise(14, 30, .rgb).write(png: alone("narrow.png"))
        #expect(try TinyModels.float().evaluate(folder: alone.path, threads: 1).mean.ssim.isNaN)
    }

    @Test("makes the low resolution where there is none")
    func highOnly() throws {
        let folder = try TemporaryFolder()
        let picture = Pictures.noise(41, 37, .rgb)
        try picture.write(png: folder("only.png"))
        let evaluation = try TinyModels.float().evaluate(folder: folder.path, threads: 1)
        let cropped = try picture.cropped(toMultipleOf: 2)
        let low = try cropped.resizedBicubic(width: 20, height: 18)
        let result = try Session(try TinyModels.float(), threads: 1).upscale(low)
        #expect(evaluation.images.map(\.name) == ["only"])
        #expect(try evaluation.images.first?.score == Metrics.score(result, cropped, shave: 2))
    }

    @Test("writes the upscaled images, of the low resolution's kind, into a folder that it makes")
    func output() throws {
        let folder = try TemporaryFolder()
        let place = try Self.dataSet(in: folder)
        let model = try TinyModels.float()
        _ = try model.evaluate(folder: place, threads: 1, outputFolder: folder("out"))
        let session = try Session(model, threads: 1)
        for name in ["a", "b", "c"] {
            let low = try Image.read(png: place + "LR_x2/\(name)x2.png")
            #expect(try Image.read(png: folder("out/\(name).png")) == session.upscale(low))
        }
    }

    @Test("reports progress and can be cancelled")
    func progress() throws {
        let folder = try TemporaryFolder()
        let place = try Self.dataSet(in: folder)
        var seen: [String] = []
        let error = #expect(throws: SuperResolutionError.self) {
            try TinyModels.float().evaluate(folder: place, threads: 1) { report in
                seen.append("\(report.stage.rawValue) \(report.detail) \(report.done)/\(report.total)")
                return report.done < 2
            }
        }
        #expect(error?.kind == .cancelled)
        #expect(seen == ["evaluate a 1/3", "evaluate b 2/3"])
    }

    @Test("names the folder or image that cannot serve")
    func errors() throws {
        let folder = try TemporaryFolder()
        let place = try Self.dataSet(in: folder)
        let model = try TinyModels.float()
        func kind(_ folder: String, shave: Int? = nil, outputFolder: String? = nil) -> SuperResolutionError.Kind? {
            do throws(SuperResolutionError) {
                _ = try model.evaluate(folder: folder, shave: shave, threads: 1, outputFolder: outputFolder)
                return nil
            } catch {
                #expect(error.description.contains(folder.dropLast()) || outputFolder != nil, "\(error)")
                return error.kind
            }
        }
        #expect(kind(folder("missing")) == .io)
        #expect(kind(try folder.makeFolder("empty")) == .argument)
        #expect(kind(place, shave: 18) == .argument)
        #expect(kind(place, outputFolder: folder("no/such/folder")) == .io)
        try FileManager.default.removeItem(atPath: place + "LR_x2/bx2.png")
        #expect(kind(place) == .io)
    }

    @Test("skips what cannot be scored if asked to, and names it; the mean is of the rest")
    func keepGoing() throws {
        let folder = try TemporaryFolder()
        let place = try Self.dataSet(in: folder)
        let model = try TinyModels.float()
        let whole = try model.evaluate(folder: place, keepGoing: true, threads: 1)
        #expect(whole.skipped.isEmpty && whole.images.count == 3)
        try "no picture".write(toFile: place + "LR_x2/bx2.png", atomically: true, encoding: .utf8)
        let error = #expect(throws: SuperResolutionError.self) { try model.evaluate(folder: place, threads: 1) }
        #expect(error?.kind == .format && error?.description.contains("LR_x2/bx2.png") == true)
        var seen = 0
        let damaged = try model.evaluate(folder: place, keepGoing: true, threads: 1, outputFolder: folder("out")) { report in
            seen = report.done
            return true
        }
        #expect(seen == 3 && damaged.images.map(\.name) == ["a", "c"] && damaged.skipped.map(\.name) == ["b"])
        #expect(damaged.skipped[0].reason.contains("LR_x2/bx2.png"))
        #expect(abs(damaged.mean.psnr - (whole.images[0].score.psnr + whole.images[2].score.psnr) / 2) < 1e-9)
        #expect(!FileManager.default.fileExists(atPath: folder("out/b.png")))
        try FileManager.default.removeItem(atPath: place + "LR_x2/ax2.png")
        try Pictures.noise(2, 18, .rgb).write(png: place + "LR_x2/cx2.png")
        let nothing = #expect(throws: SuperResolutionError.self) { try model.evaluate(folder: place, keepGoing: true, threads: 1) }
        #expect(nothing?.kind == .argument && nothing?.description.contains("none of its 3 images") == true)
        #expect(nothing?.description.contains("LR_x2/ax2.png: no such file") == true)
    }

    @Test("a folder that cannot be written to is an error also when going on")
    func keepGoingStillWrites() throws {
        let folder = try TemporaryFolder()
        let place = try Self.dataSet(in: folder)
        _ = try folder.makeFolder("out/b.png")
        let error = #expect(throws: SuperResolutionError.self) {
            try TinyModels.float().evaluate(folder: place, keepGoing: true, threads: 1, outputFolder: folder("out"))
        }
        #expect(error?.description.contains("out/b.png") == true)
    }
}
