import Glibc
import QuantizedNetworks
import Testing

@Suite struct BitMappingTests {
    @Test func thresholdsAreThePercentilesOfABatchAndThenMovingAverages() throws {
        // Ten numbers: the 10th percentile lies at position 0.9, the 90th at 8.1.
        let first = try #require(ImageThresholds(batch: [90, 10, 80, 20, 70, 30, 60, 40, 50, 0]))
        #expect(abs(first.lower - 9) < 1e-5 && abs(first.upper - 81) < 1e-5)
        let second = try #require(ImageThresholds(batch: [50]))
        #expect(second == ImageThresholds(lower: 50, upper: 50))
        let averaged = first.averaged(with: second, momentum: 0.9)
        #expect(abs(averaged.lower - 13.1) < 1e-5 && abs(averaged.upper - 77.9) < 1e-5)
        #expect(ImageThresholds(batch: []) == nil)
    }

    @Test func flatImagesTakeABitLessAndBusyOnesABitMore() {
        let thresholds = ImageThresholds(lower: 10, upper: 20)
        #expect([9.99, 10, 15, 20, 20.01].map(thresholds.step) == [-1, 0, 0, 0, 1])
        // Crossed by finetuning: what lies below the lower one counts as flat first.
        #expect([5, 15, 25].map(ImageThresholds(lower: 20, upper: 10).step) == [-1, -1, 1])
        #expect(ImageThresholds(lower: 10, upper: 10).step(for: 10) == 0)
    }

    @Test func gradientsOfThresholdsAreThoseOfTheHyperbolicTangent() {
        func soft(_ c: Double, _ l: Double, _ u: Double) -> Double { tanh((c - (u + l) / 2) * 2 / (u - l)) }
        let h = 1e-5
        for (l, u) in [(10, 20), (-3, 0.5), (20, 10)] as [(Double, Double)] {
            for c in stride(from: -5.0, through: 25, by: 1.7) {
                let found = ImageThresholds(lower: Float(l), upper: Float(u)).gradients(for: c)
                #expect(abs(found.lower - (soft(c, l + h, u) - soft(c, l - h, u)) / (2 * h)) < 1e-6)
                #expect(abs(found.upper - (soft(c, l, u + h) - soft(c, l, u - h)) / (2 * h)) < 1e-6)
            }
        }
        let met = ImageThresholds(lower: 10, upper: 10).gradients(for: 12)
        #expect(met.lower == 0 && met.upper == 0)
    }

    @Test func layersStartAtThePercentilesOfTheirDeviations() {
        // Eleven layers: the 30th percentile is the fourth smallest, the 70th the eighth.
        let deviations: [Double] = [11, 1, 10, 2, 9, 3, 8, 4, 7, 5, 6]
        #expect(LayerMeasure.initial(deviations: deviations) == [1, -1, 1, -1, 1, -1, 0, 0, 0, 0, 0])
        #expect(LayerMeasure.initial(deviations: [3, 3, 3]) == [0, 0, 0])
        #expect(LayerMeasure.initial(deviations: []).isEmpty)
    }

    @Test func layerBitsRoundTheMeasure() {
        #expect([-7, -1, -0.51, -0.5, 0, 0.5, 0.51, 1, 3].map(LayerMeasure.step) == [-1, -1, -1, 0, 0, 0, 1, 1, 1])
        let h: Float = 1e-2
        for m in [-2, -0.3, 0, 0.7, 1] as [Float] {
            let expected = (tanh(Double(m + h)) - tanh(Double(m - h))) / (2 * Double(h))
            #expect(abs(LayerMeasure.gradient(for: m) - expected) < 1e-4)
        }
    }
}
