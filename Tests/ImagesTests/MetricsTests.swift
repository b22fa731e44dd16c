import Foundation
import Images
import Testing

@Suite struct MetricsTests {
    /// Makes the pictures that `golden/metrics.py` makes.
    private func picture(_ width: Int, _ height: Int, _ format: PixelFormat) throws -> Image {
        try Image.made(width, height, format) { x, y, c in (x * 7 + y * 13 + c * 29 + (x * y) % 31 * 3) % 256 }
    }

    private func disturbed(_ image: Image) throws -> Image {
        let channels = image.format.channels
        return try Image.made(image.width, image.height, image.format) { x, y, c in
            min(max(Int(image.bytes[(y * image.width + x) * channels + c]) + (x * 5 + y * 3 + c) % 23 - 11, 0), 255)
        }
    }

    /// The expected numbers were made with `python3 Tests/ImagesTests/golden/metrics.py`.
    @Test(arguments: [
        (37, 29, 4, PixelFormat.rgb, 33.83111586321935, 0.9868025542664637, 0.987609152016991),
        (37, 29, 0, .rgb, 33.846030677572905, 0.9886708304868437, 0.9882824614045601),
        (21, 40, 3, .gray, 33.108544991053314, 0.9912389645125288, 0.9898751882025666),
        (12, 5, 0, .rgb, 34.096247409656954, .nan, 0.9835961674592878),
    ])
    func agreesWithNumPy(
        width: Int, height: Int, shave: Int, format: PixelFormat, psnr: Double, ssim: Double, replicate: Double
    ) throws {
        let image = try picture(width, height, format)
        let score = try Metrics.score(disturbed(image), image, shave: shave)
        #expect(abs(score.psnr - psnr) < 1e-9)
        #expect(abs(score.ssim - ssim) < 1e-11 || (score.ssim.isNaN && ssim.isNaN))
        #expect(abs(score.ssimReplicate - replicate) < 1e-11)
    }

    /// Returns the structural similarity window by window with two-dimensional weights, as Wang et al. define it.
    @Test func agreesWithTheDefinition() throws {
        let (width, height, shave) = (30, 26, 2)
        let (a, b) = (try Image.arbitrary(width, height, .rgb, seed: 1), try Image.arbitrary(width, height, .rgb, seed: 2))
        func luma(_ image: Image, _ x: Int, _ y: Int) -> Double {
            let pixel = ((y + shave) * width + x + shave) * 3
            let (red, green, blue) = (Double(image.bytes[pixel]), Double(image.bytes[pixel + 1]), Double(image.bytes[pixel + 2]))
            return 16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255
        }
        var weights: [[Double]] = (-5...5).map { y in (-5...5).map { x in exp(-Double(x * x + y * y) / 4.5) } }
        let sum = weights.joined().reduce(0, +)
        weights = weights.map { $0.map { $0 / sum } }
        func mean(_ x: Int, _ y: Int, _ f: (Int, Int) -> Double) -> Double {
            var total = 0.0
            for j in 0..<11 { for i in 0..<11 { total += weights[j][i] * f(x + i, y + j) } }
            return total
        }
        var total = 0.0
        let (columns, rows) = (width - 2 * shave - 10, height - 2 * shave - 10)
        for y in 0..<rows {
            for x in 0..<columns {
                let (p, q) = (mean(x, y) { luma(a, $0, $1) }, mean(x, y) { luma(b, $0, $1) })
                let pp = mean(x, y) { (luma(a, $0, $1) - p) * (luma(a, $0, $1) - p) }
                let qq = mean(x, y) { (luma(b, $0, $1) - q) * (luma(b, $0, $1) - q) }
                let pq = mean(x, y) { (luma(a, $0, $1) - p) * (luma(b, $0, $1) - q) }
                total += (2 * p * q + 6.5025) * (2 * pq + 58.5225) / ((p * p + q * q + 6.5025) * (pp + qq + 58.5225))
            }
        }
        #expect(abs(try Metrics.score(a, b, shave: shave).ssim - total / Double(columns * rows)) < 1e-11)
    }

    @Test func equalImagesAreInfinitelyClose() throws {
        let image = try Image.arbitrary(20, 20, .rgb)
        let score = try Metrics.score(image, image, shave: 4)
        #expect(score.psnr == .infinity && abs(score.ssim - 1) < 1e-12 && abs(score.ssimReplicate - 1) < 1e-12)
    }

    @Test func oneLevelOfGrayIsAKnownNumberOfDecibels() throws {
        let (a, b) = (try Image.made(16, 16, .gray) { _, _, _ in 100 }, try Image.made(16, 16, .gray) { _, _, _ in 101 })
        let score = try Metrics.score(a, b, shave: 0)
        #expect(abs(score.psnr - 20 * log10(255 / (219.0 / 255))) < 1e-9)
    }

    @Test func formatAndDepthMakeNoDifference() throws {
        let (gray, reference) = (try picture(20, 18, .gray), try Image.arbitrary(20, 18, .rgb))
        let expected = try Metrics.score(gray, reference, shave: 2)
        for format in PixelFormat.allCases {
            for type in [SampleType.uint8, .uint16] {
                let image = try Image(rgb: gray.tensorRGB(), format: format, type: type)
                #expect(try Metrics.score(image, reference, shave: 2) == expected)
            }
        }
    }

    @Test func theShavedBorderDoesNotCount() throws {
        let image = try picture(24, 20, .rgb)
        let framed = try Image.made(24, 20, .rgb) { x, y, c in
            x < 4 || y < 4 || x >= 20 || y >= 16 ? 0 : Int(image.bytes[(y * 24 + x) * 3 + c])
        }
        #expect(try Metrics.score(framed, image, shave: 4).psnr == .infinity)
        #expect(try Metrics.score(framed, image, shave: 3).psnr < 40)
    }

    @Test func onlyTheValidWindowNeedsElevenPixels() throws {
        func score(_ width: Int, _ height: Int) throws -> Score {
            try Metrics.score(.arbitrary(width, height, .gray, seed: 1), .arbitrary(width, height, .gray, seed: 2), shave: 0)
        }
        for (width, height) in [(1, 1), (10, 300), (30000, 1), (1, 30000)] {
            let score = try score(width, height)
            #expect(score.ssim.isNaN && score.ssimReplicate.isFinite && score.psnr.isFinite)
        }
        #expect(try score(11, 11).ssim.isFinite)
    }

    @Test func whatCannotBeComparedIsAnError() throws {
        let image = try Image.arbitrary(9, 8, .gray)
        #expect(throws: ImageError.self) { try Metrics.score(image, Image.arbitrary(8, 9, .gray), shave: 0) }
        #expect(throws: ImageError.self) { try Metrics.score(image, image, shave: 4) }
        #expect(throws: ImageError.self) { try Metrics.score(image, image, shave: -1) }
        #expect(throws: ImageError.self) { try Metrics.score(image, image, shave: .max) }
        #expect(try Metrics.score(image, image, shave: 3).psnr == .infinity)
    }
}
