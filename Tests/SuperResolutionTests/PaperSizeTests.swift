import FloatEngine
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@Suite("RDN at the paper's size") struct PaperSizeTests {
    private struct Golden: Decodable {
        struct Values: Decodable {
            var shape: [Int]
            var values: [Float]
        }
        var input: Values
        var output_shape: [Int]
        var output_every: Int
        var output_values: [Double]
    }

    /// An RDN of the published size, D = 16, C = 8, G = 64, gives the oracle's output; both sides compute the weights from one
    /// formula.
    @Test func equalsTheOracle() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden")
        let golden = try JSONDecoder().decode(
            Golden.self, from: try Data(contentsOf: folder.appending(path: "rdn_paper_size.json")))
        let network = try Network.recognise(tensors: SeededNetworks.rdn(seed: 0), file: "RDN", options: LoadOptions())
        let (height, width) = (golden.input.shape[2], golden.input.shape[3])
        var input = Tensor(zeros: [1, height, width, 3])
        for channel in 0..<3 {
            for pixel in 0..<height * width {
                input.values[pixel * 3 + channel] = golden.input.values[channel * height * width + pixel]
            }
        }
        let output = try Executor(network: network, pool: ThreadPool(threads: 2)).run(input)
        let area = golden.output_shape[2] * golden.output_shape[3]
        let scale = golden.output_values.map(abs).max() ?? 0
        for (index, expected) in golden.output_values.enumerated() {
            // The golden values are channels first.
            let place = index * golden.output_every
            let found = Double(output.values[place % area * 3 + place / area])
            #expect(abs(found - expected) < 1e-4 * scale, "value \(place)")
        }
    }
}
