import Calibration
import FloatEngine
import Glibc
import QuantizedNetworks
import Quantizers
import Synchronization
import Tensors
import TestSupport
import Testing

@Suite struct InputHistogramTests {
    private func quantized(_ golden: Golden) throws -> QuantizedNetwork {
        try Calibrator(network: golden.network, recipe: Recipe(), pool: ThreadPool(threads: 1)).calibrate(images: golden.images) {
            _ in
            true
        }
    }

    @Test func momentsOfAFewNumbers() {
        var moments = InputHistogram.Moments()
        [1, 2].withUnsafeBufferPointer { moments.add($0) }
        [6].withUnsafeBufferPointer { moments.add($0) }
        // Mean 3; squares about it 4 + 1 + 9; cubes -8 - 1 + 27.
        #expect(moments.count == 3 && moments.mean == 3)
        #expect(abs(moments.deviation - (14.0 / 3).squareRoot()) < 1e-12)
        #expect(abs(moments.skewness - 6 / (14.0 / 3 * (14.0 / 3).squareRoot())) < 1e-12)
        var equal = InputHistogram.Moments()
        [5, 5, 5, 5].withUnsafeBufferPointer { equal.add($0) }
        #expect(equal.skewness == 0 && equal.deviation == 0)
    }

    /// The report must say what it would say if every number were gathered first.
    @Test(arguments: Golden.names)
    func everyLayersNumbersAreCounted(name: String) throws {
        let golden = try Golden(name)
        let model = try quantized(golden)
        let found = try model.histograms(matching: "*", images: golden.images, pool: ThreadPool(threads: 2)) { _ in true }
        #expect(found.map(\.node) == model.network.layers)
        var inputs: [Int: [Float]] = [:]
        let executor = try Executor(network: golden.network, pool: ThreadPool(threads: 1))
        for image in golden.images {
            let bands = Mutex<[(node: Int, values: [Float])]>([])
            _ = try executor.run(image) { observation in
                let band = (node: observation.node, values: Array(observation.input))
                bands.withLock { $0.append(band) }
            }
            for band in bands.withLock({ $0 }) { inputs[band.node, default: []] += band.values }
        }
        for histogram in found {
            let values = try #require(inputs[histogram.node])
            #expect(histogram.histogram.lower == values.min() && histogram.histogram.upper == values.max())
            #expect(histogram.moments.count == values.count)
            #expect(histogram.histogram.counts.reduce(0, +) == UInt64(values.count))
            guard let quantizer = model.layers[histogram.node]?.activation else {
                #expect(histogram.signalToNoise == nil)
                continue
            }
            let signal = values.reduce(0) { $0 + Double($1) * Double($1) }
            let errors = values.map { Double($0) - Double(quantizer.apply($0)) }
            let noise = errors.reduce(0) { $0 + $1 * $1 }
            let ratio = try #require(histogram.signalToNoise)
            // A dead layer's zeros are rounded without an error.
            #expect(noise == 0 ? ratio == .infinity : abs(ratio - 10 * log10(signal / noise)) < 1e-6)
        }
    }

    @Test func patternsAndCancelling() throws {
        let golden = try Golden("tiny_edsr")
        let model = try quantized(golden)
        let pool = ThreadPool(threads: 1)
        let body = try model.histograms(matching: "body.*", images: golden.images, pool: pool) { _ in true }
        #expect(!body.isEmpty && body.allSatisfy { model.network.nodes[$0.node].name.hasPrefix("body.") })
        let nothing = #expect(throws: CalibrationError.self) {
            try model.histograms(matching: "nothing", images: golden.images, pool: pool) { _ in true }
        }
        #expect(nothing?.description.contains("'nothing'") == true)
        #expect(throws: CalibrationError.self) { try model.histograms(matching: "*", images: [], pool: pool) { _ in true } }
        var reports: [Int] = []
        #expect(throws: CalibrationError.self) {
            try model.histograms(matching: "*", images: golden.images, pool: pool) { report in
                reports.append(report.done)
                return report.done < 3
            }
        }
        #expect(reports == [1, 2, 3])
    }

    @Test func levelsReplaceALayersQuantizer() throws {
        let golden = try Golden("tiny_edsr")
        var model = try quantized(golden)
        let name = model.network.nodes[model.quantizedNodes[1]].name
        let node = model.quantizedNodes[1]
        try model.setLevels([-1, 0, 4], layer: name)
        #expect(model.layers[node]?.activation?.levels == [-1, 0, 4] && model.recipe.levels == [name])
        try model.setLevels([0, 1], layer: name)
        #expect(model.recipe.levels == [name])
        let before = model.layers[node]?.activation?.levels
        for wrong in [[1, 0], [], (0..<17).map(Float.init)] as [[Float]] {
            let error = #expect(throws: QuantizedNetworkError.self) { try model.setLevels(wrong, layer: name) }
            #expect(error?.description.hasPrefix("layer \(name): ") == true)
        }
        #expect(throws: QuantizedNetworkError.self) { try model.setLevels([0, 1], layer: "nowhere") }
        #expect(model.layers[node]?.activation?.levels == before)
        // Fewer bits than the levels need are refused, more are fine.
        try model.setBits(matching: name, weights: nil, activations: 8)
        #expect(model.layers[node]?.activation?.levels == [0, 1])
    }
}
