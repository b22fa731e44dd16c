import Foundation
import Images
import Networks
import QuantizedNetworks
import Quantizers
import SuperResolution
import Tensors
import TestSupport
import Testing
import Training

/// Calibrated real networks have the PyTorch oracle's numbers (`Tests/Golden`, which says how they were made).
@Suite(
    "Calibrated networks", .enabled(if: SharedFiles.arePresent, "the shared models and images are not beside the package"),
    .serialized)
struct OracleTests {
    private struct Range: Decodable { var l, u, bp, u_w, deviation, sensitivity: Double }
    private struct Scores: Decodable { var mean: Double }
    private struct Step: Decodable {
        var loss: Double
        var gradients: [String: [String: Double?]]
    }

    private static func golden<T: Decodable>(_ name: String, as type: T.Type) throws -> T {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden")
        return try JSONDecoder().decode(type, from: try Data(contentsOf: folder.appending(path: name)))
    }

    /// Returns a model with the statistics of a calibration and another quantizer. This needs no new calibration, which looks
    /// at the float network alone.
    ///
    /// - Parameter weights: A quantization whose weight ranges are the ones to use.
    private static func refitted(
        _ quantization: Quantization, _ quantizer: String, bits: Int, _ scope: QuantizationProtocol, weights: Quantization
    ) throws -> Model {
        var result = quantization
        let network = quantization.quantized.network
        for node in network.layers {
            guard case .convolution(let convolution) = network.nodes[node].operation,
                let layer = quantization.quantized.layers[node],
                let statistics = layer.statistics
            else { continue }
            guard let width = scope.bits(convolution.role, asked: bits) else {
                result.quantized.layers[node] = nil
                continue
            }
            result.quantized.layers[node]?.activation = try QuantizerRegistry.standard.fit(
                name: width >= 8 ? "minmax" : quantizer, statistics: statistics, bits: width)
            result.quantized.layers[node]?.weight = try weights.quantized.layers[node]?.weight?.withBits(width)
        }
        return result.freeze()
    }

    /// One step of finetuning EDSR, whose values round the other way now and then: so far the oracle itself moves where it computes
    /// in another order or in double precision (`Tests/Golden/README.md`). Gradients are compared relative to their size and 1 % of
    /// the largest of their kind, those of the worst layer and of the median one.
    @Test("have the oracle's finetuning step") func step() throws {
        let model = try Model.load(path: SharedFiles.models + "/edsr_x4.pth")
        let ranges = try Self.golden("oracle_ranges_edsr_x4.json", as: [String: Range].self)
        let steps = try Self.golden("oracle_step_edsr_x4.json", as: [String: Step].self)
        let small = try PatchSet(SharedFiles.calibration, count: 1, size: 16, seed: 1)
        var quantized = try model.calibrate(images: small).quantized
        for node in quantized.quantizedNodes {
            let range = try #require(ranges[quantized.network.nodes[node].name])
            let all = [range.l, range.u, range.bp].map { Float($0) }
            let count = quantized.layers[node]?.activation?.parameters.count ?? 0
            quantized.layers[node]?.activation?.parameters = Array(all.prefix(count))
            quantized.layers[node]?.weight?.parameters = [Float(range.u_w)]
            quantized.layers[node]?.deviation = range.deviation
        }
        let patches = try PatchSet(SharedFiles.calibration, count: 2, size: 96, seed: 1).patches
        var crops: [Float] = []
        for patch in patches { for row in 0..<24 { crops += patch.values[row * 288..<row * 288 + 72] } }
        let images = Tensor(dimensions: [2, 24, 24, 3], values: crops)
        let kinds: [(name: String, group: ParameterGroup, index: Int, worst: Double, median: Double)] = [
            ("u_w", .weights, 0, 0.1, 0.005), ("l", .range, 0, 0.01, 1e-4), ("u", .range, 1, 0.05, 0.005),
            ("bp", .breakpoint, 0, 0.15, 0.01),
        ]
        for method in ["saft", "vft"] {
            let expected = try #require(steps["24 \(method)"])
            var options = FinetuningOptions()
            options.sensitivity = method == "saft"
            let objective = try Objective(quantized, options: options, pool: ThreadPool(threads: 2))
            for kind in kinds {
                let (loss, gradients) = try objective.evaluate(images, numbers: [0, 1], quantized, group: kind.group)
                #expect(abs(loss - expected.loss) < 1e-4 * expected.loss, "\(method) \(kind.name): \(loss)")
                var pairs: [(found: Double, wanted: Double)] = []
                for node in quantized.quantizedNodes {
                    guard let wanted = expected.gradients[quantized.network.nodes[node].name]?[kind.name] ?? nil else { continue }
                    let found = try #require(gradients[ParameterPlace.layer(node)])
                    pairs.append((found[kind.index], wanted))
                }
                let largest = pairs.map { abs($0.wanted) }.max() ?? 0
                let errors = pairs.map { abs($0.found - $0.wanted) / (abs($0.wanted) + 0.01 * largest) }.sorted()
                #expect(errors.count > 30)
                #expect(errors[errors.count - 1] < kind.worst, "\(method) \(kind.name), the worst layer")
                #expect(errors[errors.count / 2] < kind.median, "\(method) \(kind.name), the median layer")
            }
        }
    }

    @Test("have the oracle's ranges and PSNR", arguments: ["edsr_x4", "srresnet_x4", "rdn_x4"])
    func ranges(model name: String) throws {
        let model = try Model.load(
            path: SharedFiles.models + "/\(name).pth", options: LoadOptions(tanhOutput: name.hasPrefix("srresnet")))
        var recipe = Recipe()
        recipe.quantizer = "percentile"
        let patches = try PatchSet(SharedFiles.calibration, count: 100, size: 96, seed: 1)
        // With this recipe calibration collects what all quantizers here need, except for the weights' largest magnitudes. No image
        // has a part in these, so a second calibration on one small patch gives them.
        let quantization = try model.calibrate(images: patches, recipe: recipe)
        let largest = try model.calibrate(images: PatchSet(SharedFiles.calibration, count: 1, size: 16, seed: 1))
        try Self.expectPercentiles(quantization, of: name)

        let expected = try Self.golden("oracle_ranges_\(name).json", as: [String: Range].self)
        let quantized = quantization.quantized
        #expect(quantized.layers.count == expected.count)
        for (node, layer) in quantized.layers {
            let layerName = quantized.network.nodes[node].name
            let range = try #require(expected[layerName])
            let statistics = try #require(layer.statistics)
            let scale = max(abs(range.l), abs(range.u))
            #expect(abs(Double(statistics.lower) - range.l) <= 1e-4 * scale, "\(layerName)")
            #expect(abs(Double(statistics.upper) - range.u) <= 1e-4 * scale, "\(layerName)")
            #expect(abs(Double(statistics.percentileAbsolute) - range.bp) <= 1e-4 * scale, "\(layerName)")
            #expect(
                abs(Double(largest.quantized.layers[node]?.weight?.parameters[0] ?? 0) - range.u_w) <= 1e-4 * range.u_w,
                "\(layerName)")
            #expect(abs(layer.deviation - range.deviation) <= 1e-4 * range.deviation, "\(layerName)")
        }

        let scores = try Self.golden("oracle_psnr.json", as: [String: [String: [String: Scores]]].self)
        for (setting, score) in try #require(scores[name]?["Set5"]) where setting != "fp" {
            // A setting reads like "plq W4A4 full".
            let words = setting.split(separator: " ").map(String.init)
            let scope = try #require(QuantizationProtocol(rawValue: words[2]))
            let candidate = try Self.refitted(quantization, words[0], bits: words[1] == "W4A4" ? 4 : 6, scope, weights: largest)
            let psnr = try candidate.evaluate(folder: SharedFiles.benchmark + "/Set5").mean.psnr
            #expect(abs(psnr - score.mean) < 0.05, "\(setting): \(psnr) dB, the oracle has \(score.mean)")
        }
    }

    private struct PercentileGolden: Decodable {
        struct Range: Decodable { var l, u, u_w: Double }
        var ranges: [String: Range]
        var psnr: [String: Double]
    }

    private static func expectPercentiles(_ quantization: Quantization, of name: String) throws {
        let expected = try Self.golden("oracle_percentile_\(name).json", as: PercentileGolden.self)
        #expect(quantization.layers.count == expected.ranges.count)
        for layer in quantization.layers {
            let range = try #require(expected.ranges[layer.name])
            let found = try #require(layer.quantization)
            let scale = max(abs(range.l), abs(range.u))
            #expect(abs(Double(found.lower ?? .nan) - range.l) <= 1e-4 * scale, "\(layer.name)")
            #expect(abs(Double(found.upper ?? .nan) - range.u) <= 1e-4 * scale, "\(layer.name)")
            #expect(abs(Double(found.weightBound ?? .nan) - range.u_w) <= 1e-4 * range.u_w, "\(layer.name)")
        }
        for (setting, psnr) in expected.psnr {
            let words = setting.split(separator: " ").map(String.init)
            let scope = try #require(QuantizationProtocol(rawValue: words[1]))
            var candidate = quantization
            for layer in quantization.layers {
                let bits = scope.bits(layer.role, asked: words[0] == "W4A4" ? 4 : 6) ?? LayerQuantization.floatBits
                try candidate.setBits(matching: layer.name, weights: bits, activations: bits)
            }
            let found = try candidate.freeze().evaluate(folder: SharedFiles.benchmark + "/Set5").mean.psnr
            #expect(abs(found - psnr) < 0.05, "\(setting): \(found) dB, the oracle has \(psnr)")
        }
    }
}
