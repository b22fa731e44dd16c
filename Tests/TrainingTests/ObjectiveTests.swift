import Tensors
import TestSupport
import Testing
import Training

@Suite struct ObjectiveTests {
    private static func names(of group: ParameterGroup) -> [String] {
        switch group {
        case .weights: ["u_w"]
        case .range: ["l", "u"]
        case .breakpoint: ["bp"]
        default: []
        }
    }

    /// One whole step, teacher, student and backward, against PyTorch's autograd.
    @Test(arguments: Golden.names, ["minmax", "plq", "plq-offset", "plq-one-sided"])
    func lossAndGradientsEqualTheOracles(name: String, quantizer: String) throws {
        let golden = try Golden(name)
        for method in ["saft", "vft"] {
            let expected = try golden.step("moved", quantizer: quantizer, method: method)
            let quantized = try golden.quantized("moved", quantizer: quantizer)
            var options = FinetuningOptions()
            options.sensitivity = method == "saft"
            let objective = try Objective(quantized, options: options, pool: ThreadPool(threads: 2))
            for group in [ParameterGroup.weights, .range, .breakpoint] {
                let (loss, gradients) = try objective.evaluate(golden.input, numbers: [0, 1], quantized, group: group)
                #expect(abs(loss - expected.loss) < 2e-5 * expected.loss, "\(method) \(group)")
                // Relative to the group's largest gradient: small ones are differences of large sums.
                let all = quantized.quantizedNodes.flatMap { node in
                    Self.names(of: group).compactMap { expected.gradients[golden.network.nodes[node].name]?[$0] }
                }
                let scale = all.map(abs).max() ?? 0
                for node in quantized.quantizedNodes {
                    let layer = golden.network.nodes[node].name
                    for (index, parameter) in Self.names(of: group).enumerated() {
                        guard let wanted = expected.gradients[layer]?[parameter] else {
                            // One-sided layers do not depend on their lower end, and 8-bit layers have no breakpoint.
                            #expect(gradients[.layer(node)]?.dropFirst(index).first ?? 0 == 0, "\(layer) \(parameter)")
                            continue
                        }
                        let found = try #require(gradients[.layer(node)])
                        #expect(
                            abs(found[index] - wanted) < 1e-3 * max(abs(wanted), 0.1 * scale), "\(method) \(layer) \(parameter)")
                    }
                }
                if group != .breakpoint || quantizer != "minmax" { #expect(gradients.values.contains { !$0.isEmpty }) }
            }
        }
    }

    /// The teacher's results are kept: what comes from memory must be what would be computed, in any batch.
    @Test func imagesSeenBeforeGiveTheSameBytes() throws {
        let golden = try Golden("tiny_rdn")
        let quantized = try golden.quantized("moved", quantizer: "plq")
        let (first, second) = (golden.images[0], golden.images[1])
        let turned = Tensor(dimensions: golden.input.dimensions, values: second.values + first.values)
        func loss(_ objective: Objective, _ images: Tensor, _ numbers: [Int]) throws -> (Double, [ParameterPlace: [Double]]) {
            let result = try objective.evaluate(images, numbers: numbers, quantized, group: .range)
            return (result.loss, result.gradients)
        }
        let fresh = try loss(Objective(quantized, options: FinetuningOptions(), pool: ThreadPool(threads: 1)), turned, [1, 0])
        let objective = try Objective(quantized, options: FinetuningOptions(), pool: ThreadPool(threads: 2))
        _ = try loss(objective, golden.input, [0, 1])
        let remembered = try loss(objective, turned, [1, 0])
        #expect(remembered.0 == fresh.0)
        #expect(remembered.1 == fresh.1)
    }
}
