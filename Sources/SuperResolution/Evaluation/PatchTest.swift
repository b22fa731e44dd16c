import Images
import QuantizedNetworks
import Tensors

/// How an image is cut into the patches that Test2K and Test4K are upscaled in (docs/protocols.md, "Patch test").
///
/// Patches begin at multiples of `step`. The last one of every row and column reaches to the border, so it may be up to
/// `step - 1` pixels longer than the others; an image that is smaller than a patch is one patch.
public struct PatchTest: Sendable, Equatable {
    /// The side of a patch in pixels of the low resolution image, at least 1.
    public let side: Int
    /// The number of pixels from the beginning of one patch to that of the next, 1...`side`; below `side` patches overlap.
    public let step: Int

    /// Makes a patch test of patches of `side` pixels.
    ///
    /// - Parameter step: The distance from one patch to the next; nil means `side`, so that patches do not overlap.
    /// - Throws: `.argument` for a side below 1 and for a step outside `1...side`, which would leave gaps.
    public init(side: Int, step: Int? = nil) throws(SuperResolutionError) {
        guard side >= 1 else { throw .argument("patch: \(side) is less than 1") }
        let step = step ?? side
        guard (1...side).contains(step) else { throw .argument("patch_step: \(step) is outside 1...\(side)") }
        (self.side, self.step) = (side, step)
    }

    /// Returns the ranges of pixels that patches take along a side of `length` pixels, in ascending order.
    ///
    /// Edge cases: a side no longer than a patch is one range.
    package func spans(_ length: Int) -> [Range<Int>] {
        guard length > side else { return [0..<length] }
        let last = (length - side) / step
        return (0...last).map { $0 * step..<($0 == last ? length : $0 * step + side) }
    }
}

extension Session {
    /// Upscales an image patch by patch, otherwise as `upscale(_:format:type:)` does.
    ///
    /// Every patch is clamped and rounded to 8 bits on its own, and where patches overlap the result is their mean.
    public func upscale(
        _ image: Image, by test: PatchTest, format: PixelFormat? = nil, type: SampleType? = nil
    ) throws(SuperResolutionError) -> Image {
        try enlarged(image, by: test, name: "image").image(format ?? image.format, type ?? image.type)
    }

    /// Returns what the network makes of an image patch by patch, on the scale 0...255: every patch's result is clamped and rounded
    /// to 8 bits, and where patches overlap the mean is taken. Its bits are the mean over the patches.
    ///
    /// - Parameter name: The image's name in messages.
    func enlarged(_ image: Image, by test: PatchTest, name: String) throws(SuperResolutionError) -> EnlargedImage {
        let scale = model.scale
        let (rows, columns) = (test.spans(image.height), test.spans(image.width))
        var colours = PatchMean(width: image.width * scale, height: image.height * scale)
        var alpha = image.format.hasAlpha ? colours : nil
        var bits = 0.0
        for row in rows {
            for column in columns {
                let patch = try wrapping(SuperResolutionError.image) { () throws(ImageError) in
                    try image.cropped(x: column.lowerBound, y: row.lowerBound, width: column.count, height: row.count)
                }
                let result = try enlarged(patch, name: name)
                colours.add(result.colours, x: column.lowerBound * scale, y: row.lowerBound * scale)
                bits += (result.bits ?? Double(LayerQuantization.floatBits)) / Double(rows.count * columns.count)
                if let part = result.alpha { alpha?.add(part, x: column.lowerBound * scale, y: row.lowerBound * scale) }
            }
        }
        let counts = (rows: PatchMean.counts(rows, scale), columns: PatchMean.counts(columns, scale))
        return EnlargedImage(colours: colours.mean(counts), alpha: alpha?.mean(counts), bits: bits)
    }
}

/// The running sum of overlapping patches, from which their mean is taken: `[height, width, 3]`, on the scale 0...255.
private struct PatchMean {
    private let width, height: Int
    private var sums: [Float]

    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        sums = [Float](repeating: 0, count: width * height * 3)
    }

    /// Adds a patch `[1, height, width, 3]`, clamped to 0...255 and rounded, ties to even, at column `x` of row `y`.
    mutating func add(_ patch: Tensor, x: Int, y: Int) {
        let (patchHeight, row) = (patch.dimensions[1], patch.dimensions[2] * 3)
        for line in 0..<patchHeight {
            let target = ((y + line) * width + x) * 3
            for i in 0..<row {
                sums[target + i] += min(max(patch.values[line * row + i], 0), 255).rounded(.toNearestOrEven)
            }
        }
    }

    /// Returns how many patches cover each row of the result, or each column, given the ranges of patches in the low resolution
    /// image.
    static func counts(_ spans: [Range<Int>], _ scale: Int) -> [Float] {
        var counts = [Float](repeating: 0, count: (spans.last?.upperBound ?? 0) * scale)
        for span in spans {
            for line in span.lowerBound * scale..<span.upperBound * scale { counts[line] += 1 }
        }
        return counts
    }

    /// Returns the sum divided by the number of patches that cover each pixel: its row's count times its column's.
    func mean(_ counts: (rows: [Float], columns: [Float])) -> Tensor {
        var values = sums
        for y in 0..<height {
            for x in 0..<width {
                let count = counts.rows[y] * counts.columns[x]
                for i in 0..<3 { values[(y * width + x) * 3 + i] /= count }
            }
        }
        return Tensor(dimensions: [1, height, width, 3], values: values)
    }
}
