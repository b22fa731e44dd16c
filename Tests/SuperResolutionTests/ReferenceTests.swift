import Foundation
import Images
import Networks
import SuperResolution
import Testing

/// Real networks on real images against the PyTorch oracle.
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
}
