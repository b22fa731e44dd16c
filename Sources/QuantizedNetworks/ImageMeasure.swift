import Tensors

/// AdaBM's measure of how much goes on in an image: c = 1000 · the mean absolute Sobel gradient of its luma (docs/baselines.md,
/// "Image and layer measures").
///
/// Luma is 0.299 R + 0.587 G + 0.114 B of the image on a 0…1 scale. The kernels, a horizontal and a vertical one, are Sobel's
/// divided by eight; the mean is over both of them and all pixels.
///
/// Edge cases: border pixels are repeated outwards. The measure of a flat image is 0.
public enum ImageMeasure {
    /// Returns the measure of an image. Sums run in a fixed order, in double precision.
    /// - Parameter image: `[1, height, width, 3]`, RGB, 0…255.
    /// - Precondition: the image has these dimensions.
    public static func measure(_ image: Tensor) -> Double {
        precondition(
            image.dimensions.count == 4 && image.dimensions[0] == 1 && image.dimensions[3] == 3, "\(image.dimensions) is no image")
        let (height, width) = (image.dimensions[1], image.dimensions[2])
        guard height > 0, width > 0 else { return 0 }
        let luma = luma(image.values)
        var sum = 0.0
        luma.withUnsafeBufferPointer { luma in
            for y in 0..<height {
                let above = UnsafeBufferPointer(rebasing: luma[max(y - 1, 0) * width..<(max(y - 1, 0) + 1) * width])
                let here = UnsafeBufferPointer(rebasing: luma[y * width..<(y + 1) * width])
                let below = UnsafeBufferPointer(
                    rebasing: luma[min(y + 1, height - 1) * width..<(min(y + 1, height - 1) + 1) * width])
                sum += rowSum(above, here, below)
            }
        }
        return 1000 * sum / (8 * 255 * 2 * Double(height * width))
    }

    /// Returns the luma of every pixel, on the image's 0…255 scale.
    private static func luma(_ values: [Float]) -> [Float] {
        let count = values.count / 3
        return [Float](unsafeUninitializedCapacity: count) { luma, initialized in
            for pixel in 0..<count {
                luma[pixel] = 0.299 * values[3 * pixel] + 0.587 * values[3 * pixel + 1] + 0.114 * values[3 * pixel + 2]
            }
            initialized = count
        }
    }

    /// Returns the sum of |horizontal| + |vertical| over a row of pixels, with the kernels not yet divided by eight.
    private static func rowSum(
        _ above: UnsafeBufferPointer<Float>, _ here: UnsafeBufferPointer<Float>, _ below: UnsafeBufferPointer<Float>
    ) -> Double {
        // Sobel's kernels are products: [1 2 1] along one axis, a difference along the other.
        func smooth(_ x: Int) -> Float { above[x] + 2 * here[x] + below[x] }
        func difference(_ x: Int) -> Float { below[x] - above[x] }
        var sum = 0.0
        for x in here.indices {
            let (left, right) = (max(x - 1, 0), min(x + 1, here.count - 1))
            let horizontal = smooth(right) - smooth(left)
            let vertical = difference(left) + 2 * difference(x) + difference(right)
            sum += Double(abs(horizontal)) + Double(abs(vertical))
        }
        return sum
    }
}
