import Foundation
import Quantizers
import Tensors
import TestSupport
import Testing

/// These tests compare quantizers and gradients with what PyTorch computes (`make_golden.py`).
@Suite struct GoldenTests {
    struct Case: Decodable {
        let kind: String
        let bits: Int
        let parameters: [String: Float]
        let x, g, y, dx: [Float]
        /// For each parameter its gradient and the sum of its terms' magnitudes, which rounding errors are relative to.
        let gradients: [String: [Double]]

        func function() throws -> (any ElementwiseFunction, [String]) {
            if kind == "symmetric" {
                return (try SymmetricWeightQuantizer(bits: bits, uppers: [#require(parameters["upper"])])[0], ["upper"])
            }
            let kind = try QuantizerRegistry.standard.kind(named: kind)
            let values = try kind.parameterNames.map { try #require(parameters[$0]) }
            let quantizer = try kind.quantizer(bits: bits, parameters: values)
            #expect(quantizer.parameters == values, "legal parameters stay as they are")
            return (quantizer, kind.parameterNames)
        }
    }

    private let cases: [Case]

    init() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("golden.json")
        cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
    }

    @Test func everyQuantizerIsCovered() throws {
        // Quantizers that differ in the origin of their range alone are all uniform. The levels of a codebook are saved
        // numbers as well, which a case has no place for; `CodebookTests` computes its gradients by hand.
        let different = try QuantizerRegistry.standard.kinds.filter { kind in
            let parameters: [Float] = [-1, 1, 0.5]
            let quantizer = try kind.quantizer(bits: 4, parameters: Array(parameters.prefix(kind.parameterNames.count)))
            return kind.name == "minmax" || !(quantizer is UniformQuantizer || quantizer is CodebookQuantizer)
        }
        #expect(Set(cases.map(\.kind)) == Set(different.map(\.name) + ["symmetric"]))
    }

    @Test func outputsAgreeWithin1e6OfTheRange() throws {
        for golden in cases {
            let (function, _) = try golden.function()
            let range = golden.parameters.values.map(abs).max() ?? 0
            for (i, (y, expected)) in zip(function.applied(to: golden.x), golden.y).enumerated() {
                #expect(
                    abs(y - expected) <= 1e-6 * range,
                    "\(golden.kind) \(golden.bits) bits \(golden.parameters) at \(golden.x[i]): \(y), not \(expected)")
            }
        }
    }

    @Test func inputGradientsAgree() throws {
        for golden in cases {
            let (function, _) = try golden.function()
            let found = function.differentiated(at: golden.x, outputGradient: golden.g).input
            for (i, (d, expected)) in zip(found, golden.dx).enumerated() {
                #expect(
                    abs(d - expected) <= 1e-6 * abs(expected),
                    "\(golden.kind) \(golden.bits) bits \(golden.parameters) at \(golden.x[i]): \(d), not \(expected)")
            }
        }
    }

    @Test func parameterGradientsAgreeWithin1e5() throws {
        for golden in cases {
            let (function, names) = try golden.function()
            let found = function.differentiated(at: golden.x, outputGradient: golden.g).parameters
            for (name, gradient) in zip(names, found) {
                let expected = try #require(golden.gradients[name])
                // Where terms cancel altogether (an empty tail), PyTorch leaves the rounding errors of single precision.
                #expect(
                    abs(gradient - expected[0]) <= 1e-5 * expected[1] + 3e-7,
                    "\(golden.kind) \(golden.bits) bits \(golden.parameters), \(name): \(gradient), not \(expected[0])")
            }
        }
    }
}
