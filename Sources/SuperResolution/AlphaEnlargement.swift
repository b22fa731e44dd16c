import Images
import Tensors

/// The ways in which an image's alpha channel is enlarged.
public enum AlphaEnlargement: String, Sendable, CaseIterable {
    /// MATLAB's bicubic: alpha is a mask, which no network was trained on.
    case bicubic
    /// The network, as it enlarges gray, where alpha changes; bicubic where it does not.
    case network
}

/// An image's alpha channel enlarged by bicubic interpolation, and how much of a network's answer goes into it.
///
/// Networks move a constant: quantized at four bits, one of 255 comes out as 201. So the network's answer counts by how much alpha
/// changes around a pixel, w = min(1, (largest - smallest) / 32) over the 5 x 5 pixels of the small image around it, interpolated
/// linearly. What is constant stays constant, what is nearly constant stays nearly so, and nothing jumps between the two.
struct EnlargedAlpha {
    private static let windowRadius = 2
    /// The difference between two alphas of a window, in 0...255, from which on the network alone counts.
    private static let wholeChange: Float = 32

    private let scale: Int
    private let width, height: Int
    /// The enlarged alpha, as gray.
    private let bicubic: Image
    /// The share of the network's answer, 0...1, for each pixel of the small image; empty where it has none anywhere.
    private let shares: [Float]

    /// Enlarges the alpha of an image.
    ///
    /// - Parameters:
    ///   - type: The type of the result's samples, which decides what is rounded on the way.
    ///   - name: The image's name in messages.
    /// - Throws: `.argument` for alpha that is not finite; `.image` for a size that memory cannot hold.
    init(
        _ image: Image, scale: Int, type: SampleType, by enlargement: AlphaEnlargement, name: String
    ) throws(SuperResolutionError) {
        let (width, height) = (image.width, image.height)
        (self.scale, self.width, self.height) = (scale, width, height)
        var isFinite = true
        var levels: [Float] = []
        let small = try wrapping(SuperResolutionError.image) { () throws(ImageError) in
            try ImageCanvas.image(width: width, height: height, format: .gray, type: type) { canvas in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * width) { row in
                    guard let start = row.baseAddress else { return }
                    row.initialize(repeating: 0)
                    for y in 0..<height {
                        image.levels(y: y, x: 0, pixels: width, alpha: true, into: start)
                        isFinite = isFinite && UnsafeBufferPointer(row).allFinite
                        canvas.draw(start, y: y, x: 0, pixels: width)
                        if enlargement == .network { levels += stride(from: 0, to: 3 * width, by: 3).map { start[$0] } }
                    }
                }
            }
        }
        guard isFinite else { throw .argument("\(name): holds values that are not finite") }
        bicubic = try wrapping(SuperResolutionError.image) { () throws(ImageError) in
            try small.resizedBicubic(width: width * scale, height: height * scale)
        }
        let shares = Self.changes(levels, width: width).map { min($0 / Self.wholeChange, 1) }
        self.shares = shares.allSatisfy { $0 == 0 } ? [] : shares
    }

    /// Whether the network's answer is wanted for any pixel.
    var needsNetwork: Bool { !shares.isEmpty }

    /// Hands all rows of the bicubic alpha to `draw`.
    func draw(_ draw: SessionEngine.Draw) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * width * scale) { row in
            guard let start = row.baseAddress else { return }
            row.initialize(repeating: 0)
            for y in 0..<height * scale {
                bicubic.levels(y: y, x: 0, pixels: width * scale, into: start)
                draw(start, y, 0, width * scale)
            }
        }
    }

    /// Hands a stretch of pixels to `draw`, mixed from bicubic and what the network gave: `pixels` pixels, row by row, from column
    /// `x` of row `y` on. Several threads may call it at the same time.
    func draw(_ answer: UnsafePointer<Float>, y: Int, x: Int, pixels: Int, _ draw: SessionEngine.Draw) {
        let rowLength = width * scale
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * min(pixels, rowLength)) { row in
            guard let start = row.baseAddress else { return }
            row.initialize(repeating: 0)
            var (y, x, done) = (y, x, 0)
            while done < pixels {
                let count = min(pixels - done, rowLength - x)
                bicubic.levels(y: y, x: x, pixels: count, into: start)
                for pixel in 0..<count {
                    let share = share(y: y, x: x + pixel)
                    guard share > 0 else { continue }
                    let colours = answer + 3 * (done + pixel)
                    // The network may go beyond black and white, and a share of that is not wanted.
                    let gray = min(max((colours[0] + colours[1] + colours[2]) / 3, 0), 255)
                    // Shares of 1 that were interpolated are rounded.
                    let mixed = share > 0.999_99 ? gray : start[3 * pixel] + share * (gray - start[3 * pixel])
                    for value in 3 * pixel..<3 * pixel + 3 { start[value] = mixed }
                }
                draw(start, y, x, count)
                (y, x, done) = (y + 1, 0, done + count)
            }
        }
    }

    /// Returns the share of the network's answer in a pixel of the large image.
    private func share(y: Int, x: Int) -> Float {
        let (top, down) = place(y, below: height)
        let (left, right) = place(x, below: width)
        let (below, after) = (min(top + 1, height - 1), min(left + 1, width - 1))
        let upper = shares[top * width + left] * (1 - right) + shares[top * width + after] * right
        let lower = shares[below * width + left] * (1 - right) + shares[below * width + after] * right
        return upper * (1 - down) + lower * down
    }

    /// Returns the pixel of the small image before a place of the large one, and the part of the way to the next.
    private func place(_ position: Int, below end: Int) -> (Int, Float) {
        let place = min(max((Float(position) + 0.5) / Float(scale) - 0.5, 0), Float(end - 1))
        return (Int(place), place - Float(Int(place)))
    }

    /// Returns, for each pixel, the largest minus the smallest value of the window around it.
    private static func changes(_ values: [Float], width: Int) -> [Float] {
        guard width > 0, !values.isEmpty else { return [] }
        let height = values.count / width
        /// Returns the extremes over the windows, along rows and then along columns.
        func extreme(_ values: [Float], _ pick: (Float, Float) -> Float) -> [Float] {
            var (rows, both) = (values, values)
            for y in 0..<height {
                for x in 0..<width {
                    for other in max(0, x - windowRadius)...min(width - 1, x + windowRadius) {
                        rows[y * width + x] = pick(rows[y * width + x], values[y * width + other])
                    }
                }
            }
            for y in 0..<height {
                for x in 0..<width {
                    both[y * width + x] = rows[y * width + x]
                    for other in max(0, y - windowRadius)...min(height - 1, y + windowRadius) {
                        both[y * width + x] = pick(both[y * width + x], rows[other * width + x])
                    }
                }
            }
            return both
        }
        return zip(extreme(values, max), extreme(values, min)).map { $0 - $1 }
    }
}
