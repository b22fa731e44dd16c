import Images
import TestSupport
import Testing

@Suite struct BicubicTests {
    static let published = (1...5).map { ("Set5", $0) } + (1...14).map { ("Set14", $0) }

    @Test(.enabled(if: SharedFiles.imagesArePresent, "needs the benchmark images beside the package"), arguments: published)
    func publishedLowResolutionIsReproducedByteForByte(set: String, number: Int) throws {
        let name = "img_" + String(repeating: "0", count: number < 10 ? 2 : 1) + "\(number)"
        let high = try Image.read(png: "\(SharedFiles.benchmark)/\(set)/HR/\(name).png")
        let low = try Image.read(png: "\(SharedFiles.benchmark)/\(set)/LR_x4/\(name)x4.png")
        #expect(try high.resizedBicubic(width: high.width / 4, height: high.height / 4) == low)
    }

    /// The sizes, width and height, before and after resizing: smaller, larger, both at once, to and from a single pixel.
    static let sizes = [
        (24, 20, 6, 5), (23, 17, 9, 11), (7, 5, 28, 20), (7, 5, 21, 15), (10, 12, 15, 4), (12, 10, 4, 15), (1, 1, 5, 3),
        (9, 8, 1, 1), (40, 1, 7, 1), (1, 40, 1, 100), (6, 6, 6, 6), (64, 3, 2, 3),
    ]

    @Test(arguments: sizes, [PixelFormat.gray, .rgba])
    func agreesWithTheDefinition(size: (Int, Int, Int, Int), format: PixelFormat) throws {
        let (width, height, newWidth, newHeight) = size
        for type in SampleType.allCases {
            let image = try Image.arbitrary(width, height, format, type)
            let fast = numbers(try image.resizedBicubic(width: newWidth, height: newHeight))
            let exact = definition(image, newWidth, newHeight)
            #expect(fast.count == exact.count)
            let differences = zip(fast, exact).map { abs($0 - $1) }
            if type == .float32 {
                #expect(differences.allSatisfy { $0 < 1e-6 })
            } else {
                // A sum that ends in exactly one half falls to either side when it is added up in another order.
                #expect(differences.allSatisfy { $0 <= 1 } && differences.filter { $0 > 0 }.count <= differences.count / 20)
            }
        }
    }

    @Test func constantImagesStayConstant() throws {
        let image = try Image.made(13, 9, .rgb) { _, _, c in [0, 137, 255][c] }
        for (width, height) in [(3, 2), (39, 27), (1, 50), (13, 9)] {
            let expected = try Image.made(width, height, .rgb) { _, _, c in [0, 137, 255][c] }
            #expect(try image.resizedBicubic(width: width, height: height) == expected)
        }
    }

    @Test func overshootIsClippedForIntegersAndKeptForFloats() throws {
        let step: [Float] = [0, 0, 0, 0, 1, 1, 1, 1]
        let image = try Image(width: 8, height: 1, format: .gray, samples: .float32(step))
        let floats = try image.resizedBicubic(width: 16, height: 1).floats
        #expect(floats.contains { $0 < -0.01 } && floats.contains { $0 > 1.01 })
        let bytes = try Image(width: 8, height: 1, format: .gray, samples: .uint8(step.map { UInt8($0 * 255) }))
        #expect(try bytes.resizedBicubic(width: 16, height: 1).bytes.filter { $0 == 0 || $0 == 255 }.count >= 12)
    }

    @Test func impossibleSizesAreErrors() throws {
        let image = try Image.arbitrary(4, 4, .rgb)
        for (width, height) in [(0, 4), (4, -1), (Int.max, Int.max), (1 << 45, 1)] {
            #expect(throws: ImageError.self) { try image.resizedBicubic(width: width, height: height) }
        }
    }

    private func numbers(_ image: Image) -> [Double] {
        switch image.samples {
        case .uint8(let values): values.map(Double.init)
        case .uint16(let values): values.map(Double.init)
        case .float32(let values): values.map(Double.init)
        }
    }

    // MARK: - The definition, sample by sample

    private func definition(_ image: Image, _ width: Int, _ height: Int) -> [Double] {
        let channels = image.format.channels
        let highest: Double? =
            switch image.type {
            case .uint8: 255
            case .uint16: 65535
            case .float32: nil
            }
        func settle(_ x: Double) -> Double { highest.map { min(max((x + 0.5).rounded(.down), 0), $0) } ?? x }
        func vertical(_ grid: [[Double]]) -> [[Double]] {
            (0..<height).map { y in
                grid[0].indices.map { index in
                    settle(weighted(at: y, from: grid.count, to: height) { grid[$0][index] })
                }
            }
        }
        func horizontal(_ grid: [[Double]]) -> [[Double]] {
            grid.map { row in
                (0..<width * channels).map { index in
                    let (column, channel) = (index / channels, index % channels)
                    return settle(weighted(at: column, from: image.width, to: width) { row[$0 * channels + channel] })
                }
            }
        }
        let all = numbers(image)
        let row = image.width * channels
        let grid = (0..<image.height).map { Array(all[$0 * row..<($0 + 1) * row]) }
        let rowsFirst = height * image.width <= width * image.height
        return (rowsFirst ? horizontal(vertical(grid)) : vertical(horizontal(grid))).flatMap { $0 }
    }

    private func weighted(at position: Int, from input: Int, to output: Int, _ sample: (Int) -> Double) -> Double {
        let stretch = max(Double(input) / Double(output), 1)
        // Centres of samples, in units of input samples.
        let center = (Double(position) + 0.5) * Double(input) / Double(output) - 0.5
        var (sum, total) = (0.0, 0.0)
        for index in Int((center - 2 * stretch).rounded(.down))...Int((center + 2 * stretch).rounded(.up)) {
            let x = abs(center - Double(index)) / stretch
            let weight = x <= 1 ? 1.5 * x * x * x - 2.5 * x * x + 1 : x <= 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0
            sum += weight * sample(min(max(index, 0), input - 1))
            total += weight
        }
        return sum / total
    }
}
