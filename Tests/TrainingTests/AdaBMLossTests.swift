import QuantizedNetworks
import Tensors
import TestSupport
import Testing
import Training

@Suite struct AdaBMLossTests {
    private static func block(_ student: [Float], _ teacher: [Float], samples: Int, blocks: Int = 1) -> (
        loss: Double, gradient: [Float]
    ) {
        let loss = BlockLoss(nodes: Set(1...blocks), pool: ThreadPool(threads: 2))
        let shape = Shape(samples: samples, height: 1, width: 1, channels: student.count / samples)
        var gradient = [Float](repeating: 0, count: student.count)
        let value = student.withUnsafeBufferPointer { values in
            teacher.withUnsafeBufferPointer { teacher in
                loss.evaluate(
                    student: .init(node: 1, shape: shape, values: values.baseAddress!), teacher: teacher.baseAddress!,
                    addingTo: &gradient)
            }
        }
        return (value, gradient)
    }

    @Test func blocksAreComparedByDirectionOverTheWholeBatch() {
        // Each of norm 5, so 3/5 and 4/5 against 4/5 and 3/5: distances of 1/5 in both samples. 10 · 2/5 / (2 · 1 · 2).
        #expect(abs(Self.block([3, 4], [4, 3], samples: 2).loss - 10 * 0.4 / 4) < 1e-9)
        // One sample of two numbers: √2 / 5.
        #expect(abs(Self.block([3, 4], [4, 3], samples: 1).loss - 10 * 2.0.squareRoot() / 5) < 1e-9)
        // Shared among three blocks.
        #expect(abs(Self.block([3, 4], [4, 3], samples: 1, blocks: 3).loss - 10 * 2.0.squareRoot() / 15) < 1e-9)
        // Only the direction counts.
        #expect(Self.block([6, 8], [3, 4], samples: 2).loss < 1e-7)
    }

    @Test func theBlocksGradientIsThatOfFiniteDifferences() {
        let teacher: [Float] = [1, -2, 0.5, 3, 0.25, 1.5, -0.75, 2, 1]
        let student: [Float] = [1.2, -1.7, 0.4, 2.5, 0.5, 1.1, -0.5, 2.25, 1.3]
        let gradient = Self.block(student, teacher, samples: 3).gradient
        for index in student.indices {
            func moved(_ by: Float) -> Double {
                var moved = student
                moved[index] += by
                return Self.block(moved, teacher, samples: 3).loss
            }
            let numeric = (moved(1.0 / 128) - moved(-1.0 / 128)) * 64
            #expect(abs(Double(gradient[index]) - numeric) < 1e-4, "\(index)")
        }
        // No direction to go where nothing differs.
        #expect(Self.block(teacher, teacher, samples: 3).gradient.allSatisfy { abs($0) < 1e-5 })
    }

    /// A network of five layers below 8 bits with the given measures.
    private static func network(_ measures: [Float]) throws -> (QuantizedNetwork, [Int]) {
        var network = try Golden("tiny_edsr").quantized("calibrated", quantizer: "minmax")
        network.imageThresholds = ImageThresholds(lower: 10, upper: 20)
        let low = network.quantizedNodes.filter { network.layers[$0]?.hasLowBits == true }
        for (node, measure) in zip(low, measures) { network.layers[node]?.measure = measure }
        return (network, low)
    }

    @Test func bitsBeyondTheBudgetAreCharged() throws {
        // Layers 4, 5, 5, 4, 3 bits; in the mean 4.2 for one image, 5.2 for the other.
        let (network, _) = try Self.network([0, 1, 1, 0, -1])
        let over = BitLoss.evaluate(network, imageSteps: [0, 1])
        #expect(abs(over.loss - 50 * 0.7) < 1e-9 && abs(over.gradient - 5) < 1e-12)
        let under = BitLoss.evaluate(network, imageSteps: [-1, 0])
        #expect(under.loss == 0 && under.gradient == 0)
        // Even: half of the slope, as PyTorch has it.
        let even = BitLoss.evaluate(try Self.network([0, 1, -1, 0, 0]).0, imageSteps: [0, 0])
        #expect(even.loss == 0 && abs(even.gradient - 2.5) < 1e-12)
    }

    @Test func measuresGetTheBitsGradientsOfTheirImagesAndLayers() throws {
        let (network, low) = try Self.network([0, 0.5, -1, 2])
        // A flat and a busy image; d loss / d bits by layer and image, the last layer not being adaptive.
        let ofBits: [[Double]] = [[1, 2], [-3, 0.5], [0.25, 0], [4, 8], [100, 100]]
        var samples: [Int: [[Double]]] = [:]
        for (node, bits) in zip(low, ofBits) { samples[node] = bits.map { [7, 7, $0] } }
        let (measures, price) = ([8.0, 21], 0.125)
        let found = MeasureGradients.evaluate(network, samples: samples, measures: measures, ofBits: price)
        for (node, (measure, bits)) in zip(low, zip([0, 0.5, -1, 2] as [Float], ofBits)) {
            let expected = (bits[0] + bits[1] + 2 * price) * LayerMeasure.gradient(for: measure)
            #expect(abs(try #require(found[.layer(node)])[0] - expected) < 1e-12)
        }
        #expect(found[.layer(low[4])] == nil)
        let thresholds = try #require(network.imageThresholds)
        let (flat, busy) = (thresholds.gradients(for: 8), thresholds.gradients(for: 21))
        let (ofFlat, ofBusy) = (1 - 3 + 0.25 + 4 + 4 * price, 2 + 0.5 + 0 + 8 + 4 * price)
        let image = try #require(found[.image])
        #expect(abs(image[0] - (ofFlat * flat.lower + ofBusy * busy.lower)) < 1e-12)
        #expect(abs(image[1] - (ofFlat * flat.upper + ofBusy * busy.upper)) < 1e-12)
    }

    @Test func bitsThatCannotBeHadHaveNoGradient() throws {
        var (network, low) = try Self.network([1, 0, 0, 0])
        try network.setBits(matching: network.network.nodes[low[0]].name, weights: nil, activations: 7)
        let samples = Dictionary(uniqueKeysWithValues: low.map { ($0, [[0, 0, 1.0]]) })
        // 7 + 1 + 1 bits do not exist; 7 + 1 + 0 do.
        let busy = MeasureGradients.evaluate(network, samples: samples, measures: [25], ofBits: 0)
        let calm = MeasureGradients.evaluate(network, samples: samples, measures: [15], ofBits: 0)
        #expect(busy[.layer(low[0])] == [0])
        #expect(calm[.layer(low[0])] == [LayerMeasure.gradient(for: 1)])
    }
}
