import Glibc
import Machine

/// How close an image is to its reference, on luma, in the readings that publications use.
public struct Score: Sendable, Equatable {
    /// The peak signal-to-noise ratio in dB, on studio-swing luma, unrounded as in BasicSR; +infinity for equal images.
    public var psnr: Double
    /// The structural similarity in MATLAB's reading: only windows inside the image, the luma of `psnr`. NaN for images smaller
    /// than 11 × 11 after shaving.
    public var ssim: Double
    /// The structural similarity in AdaBM's reading: a window at every pixel, borders replicated, luma without the offset of 16.
    public var ssimReplicate: Double

    /// Makes a score of numbers that are known, such as means.
    public init(psnr: Double, ssim: Double, ssimReplicate: Double) {
        (self.psnr, self.ssim, self.ssimReplicate) = (psnr, ssim, ssimReplicate)
    }
}

/// The scoring of images.
public enum Metrics {
    /// Scores an image. Formats and sample types may differ; gray counts as red = green = blue, alpha is not looked at.
    ///
    /// - Parameter shave: The number of pixels that are left out at every side, 0 or more.
    /// - Throws: `.invalid` for images of different size or with nothing left after shaving, `.memory`.
    public static func score(_ image: Image, _ reference: Image, shave: Int) throws(ImageError) -> Score {
        guard image.width == reference.width, image.height == reference.height else {
            throw .invalid(
                reason: "an image of \(image.width) x \(image.height) pixels cannot be compared with one of "
                    + "\(reference.width) x \(reference.height)")
        }
        guard shave >= 0, shave <= (min(image.width, image.height) - 1) / 2 else {
            throw .invalid(reason: "\(shave) pixels cannot be shaved off every side of \(image.width) x \(image.height) pixels")
        }
        let margin = StructuralSimilarity.windowSide / 2
        // Two planes as they are, two before and after their borders are repeated.
        let pixels = (image.width + 2 * margin).multipliedReportingOverflow(by: 6 * (image.height + 2 * margin))
        guard !pixels.overflow, pixels.partialValue <= Int.max / 8, Memory.isAvailable(bytes: 8 * pixels.partialValue) else {
            throw .memory(
                what: "scoring an image of \(image.width) x \(image.height) pixels",
                bytes: pixels.overflow || pixels.partialValue > Int.max / 8 ? .max : 8 * pixels.partialValue)
        }
        let luma = Plane(lumaOf: image, shave: shave, formula: .studioSwing)
        let referenceLuma = Plane(lumaOf: reference, shave: shave, formula: .studioSwing)
        let padded = Plane(lumaOf: image, shave: shave, formula: .withoutOffset).replicated(by: margin)
        let referencePadded = Plane(lumaOf: reference, shave: shave, formula: .withoutOffset).replicated(by: margin)
        return Score(
            psnr: psnr(luma, referenceLuma), ssim: StructuralSimilarity.mean(luma, referenceLuma),
            ssimReplicate: StructuralSimilarity.mean(padded, referencePadded))
    }

    private static func psnr(_ a: Plane, _ b: Plane) -> Double {
        var sum = 0.0
        for (p, q) in zip(a.values, b.values) { sum += (p - q) * (p - q) }
        return 10 * log10(255 * 255 / (sum / Double(a.values.count)))
    }
}
