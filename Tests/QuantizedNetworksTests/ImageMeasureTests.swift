import QuantizedNetworks
import Tensors
import Testing

@Suite struct ImageMeasureTests {
    private static func gray(_ height: Int, _ width: Int, _ values: [Float]) -> Tensor {
        Tensor(dimensions: [1, height, width, 3], values: values.flatMap { [$0, $0, $0] })
    }

    /// The measure straight from its definition: two 3×3 kernels over a padded map of luma.
    private static func slow(_ image: Tensor) -> Double {
        let (height, width) = (image.dimensions[1], image.dimensions[2])
        func luma(_ y: Int, _ x: Int) -> Double {
            let at = 3 * (min(max(y, 0), height - 1) * width + min(max(x, 0), width - 1))
            let (r, g, b) = (image.values[at], image.values[at + 1], image.values[at + 2])
            return (0.299 * Double(r) + 0.587 * Double(g) + 0.114 * Double(b)) / 255
        }
        let kernel: [[Double]] = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
        var sum = 0.0
        for y in 0..<height {
            for x in 0..<width {
                var (horizontal, vertical) = (0.0, 0.0)
                for i in 0..<3 {
                    for j in 0..<3 {
                        horizontal += kernel[i][j] / 8 * luma(y + i - 1, x + j - 1)
                        vertical += kernel[j][i] / 8 * luma(y + i - 1, x + j - 1)
                    }
                }
                sum += abs(horizontal) + abs(vertical)
            }
        }
        return 1000 * sum / Double(2 * height * width)
    }

    @Test func handComputedImagesHaveTheirMeasure() {
        #expect(ImageMeasure.measure(Self.gray(1, 1, [200])) == 0)
        #expect(ImageMeasure.measure(Self.gray(3, 4, [Float](repeating: 77, count: 12))) == 0)
        // A step in a row of three: |gradients| are 0, 1/2 and 1/2 across, 0 along, so the mean of six is 1/6.
        #expect(abs(ImageMeasure.measure(Self.gray(1, 3, [0, 0, 255])) - 1000.0 / 6) < 1e-3)
        // Turned by 90 degrees, and of green alone.
        #expect(abs(ImageMeasure.measure(Self.gray(3, 1, [0, 0, 255])) - 1000.0 / 6) < 1e-3)
        let green = Tensor(dimensions: [1, 1, 3, 3], values: [0, 0, 0, 0, 0, 0, 0, 255, 0])
        #expect(abs(ImageMeasure.measure(green) - 587.0 / 6) < 1e-3)
    }

    @Test(arguments: [(1, 1), (1, 5), (2, 2), (7, 4), (19, 23)])
    func theMeasureIsThatOfTheDefinition(height: Int, width: Int) {
        var state: UInt32 = 12345
        let values = (0..<height * width * 3).map { _ -> Float in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(state >> 24)
        }
        let image = Tensor(dimensions: [1, height, width, 3], values: values)
        #expect(abs(ImageMeasure.measure(image) - Self.slow(image)) < 1e-4)
    }
}
