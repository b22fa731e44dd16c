import FloatEngine
import Foundation
import Images
import Networks
import SuperResolution
import Tensors
import TestSupport
import Testing

/// Real networks give the PyTorch oracle's scores on real images.
@Suite(
    "Float networks", .enabled(if: SharedFiles.arePresent, "the shared models and images are not beside the package"), .serialized)
struct ReferenceTests {
    private struct Scores: Decodable {
        struct Values: Decodable {
            var psnr_y: Double
            var ssim_valid: Double
            var ssim_replicate: Double
        }
        var mean: Values
        var images: [String: Values]
    }

    // Without the optimiser Set14 takes minutes, all of them in PNG and SSIM.
    #if DEBUG
        private static let sets = ["Set5"]
    #else
        private static let sets = ["Set5", "Set14"]
    #endif

    @Test("score as the oracle says", arguments: ["edsr_x4.pth", "srresnet_x4.pth", "rdn_x4.pth"], sets)
    func scores(model file: String, set: String) throws {
        let reference = try JSONDecoder().decode(
            [String: [String: Scores]].self, from: try Data(contentsOf: URL(filePath: SharedFiles.reference)))
        let expected = try #require(reference[file]?[set])
        let options = LoadOptions(tanhOutput: file.hasPrefix("srresnet"))
        let model = try Model.load(path: SharedFiles.models + "/" + file, options: options)
        let evaluation = try model.evaluate(folder: SharedFiles.benchmark + "/" + set)
        #expect(evaluation.images.count == expected.images.count)
        for (name, score, values) in evaluation.images.map({ ($0.name, $0.score, expected.images[$0.name]) })
            + [("mean", evaluation.mean, expected.mean)]
        {
            let values = try #require(values, "\(name)")
            #expect(abs(score.psnr - values.psnr_y) < 0.005, "\(name): \(score.psnr) dB, expected \(values.psnr_y)")
            #expect(abs(score.ssim - values.ssim_valid) < 0.0005, "\(name)")
            #expect(abs(score.ssimReplicate - values.ssim_replicate) < 0.0005, "\(name)")
        }
    }

    /// Convolutions by Winograd's transforms, which float networks use, stay close to direct ones on colours 0…255.
    @Test("stay within a hundredth of an 8-bit step of direct convolutions", arguments: ["edsr_x4", "srresnet_x4", "rdn_x4"])
    func winogradIsExactEnough(name: String) throws {
        let options = LoadOptions(tanhOutput: name.hasPrefix("srresnet"))
        let network = try Model.load(path: "\(SharedFiles.models)/\(name).pth", options: options).network
        let direct = try Executor.direct(network)
        let winograd = try Executor(network: network, pool: ThreadPool(threads: 2))
        let set = try DataSet(folder: SharedFiles.benchmark + "/Set5", scale: 4)
        for entry in set.entries {
            let image = try set.load(entry).low.tensorRGB()
            let worst = zip(try winograd.run(image).values, try direct.run(image).values).reduce(0) { max($0, abs($1.0 - $1.1)) }
            #expect(worst < 0.01, "\(entry.name)")
            #expect(worst > 0, "\(entry.name): both were computed alike")
        }
    }
}
