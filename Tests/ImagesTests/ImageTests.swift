import Images
import Tensors
import Testing

@Suite struct ImageTests {
    @Test func rawValuesAreThoseOfTheHeader() {
        #expect(PixelFormat.allCases.map(\.rawValue) == [1, 2, 3, 4, 5, 6])
        #expect(SampleType.allCases.map(\.rawValue) == [1, 2, 3] && SampleType.allCases.map(\.size) == [1, 2, 4])
    }

    @Test func impossibleSizesAreErrors() {
        for (width, height) in [(0, 0), (0, 5), (5, 0), (-1, 5), (Int.min, 1)] {
            #expect(throws: ImageError.invalid(reason: "an image cannot have \(width) x \(height) pixels")) {
                try Image(width: width, height: height, format: .rgb, type: .uint8)
            }
        }
        for (width, height) in [(Int.max, Int.max), (1 << 40, 1 << 40), (1 << 31, 1 << 31)] {
            #expect(throws: ImageError.self) { try Image(width: width, height: height, format: .rgba, type: .float32) }
        }
        #expect(throws: ImageError.self) { try Image(width: 2, height: 2, format: .rgb, samples: .uint8([1, 2, 3])) }
    }

    @Test func aNewImageIsBlackAndTransparent() throws {
        #expect(try Image(width: 3, height: 2, format: .bgra, type: .uint16).words == [UInt16](repeating: 0, count: 24))
    }

    @Test(arguments: PixelFormat.allCases, SampleType.allCases)
    func foreignMemoryWithGapsIsCopiedBothWays(format: PixelFormat, type: SampleType) throws {
        let image = try Image.arbitrary(5, 3, format, type)
        // Offset and stride are odd, since nothing may be assumed about alignment.
        let stride = image.rowBytes + 7
        var memory = [UInt8](repeating: 0xAA, count: stride * 3 + 1)
        try memory.withUnsafeMutableBytes { bytes in
            let start = try #require(bytes.baseAddress) + 1
            try image.copy(to: start, stride: stride)
            #expect(try Image(copying: start, stride: stride, width: 5, height: 3, format: format, type: type) == image)
        }
        #expect(memory[0] == 0xAA && memory[1 + image.rowBytes..<1 + stride].allSatisfy { $0 == 0xAA })
        #expect(throws: ImageError.self) {
            try memory.withUnsafeMutableBytes { try image.copy(to: #require($0.baseAddress), stride: image.rowBytes - 1) }
        }
    }

    @Test func pixelsCanBeChangedInPlace() throws {
        var image = try Image.arbitrary(4, 4, .rgb)
        let copy = image
        image.withUnsafeMutableBytes { $0[5] &+= 1 }
        var expected = copy.bytes
        expected[5] &+= 1
        #expect(image.bytes == expected && image != copy)
    }

    // MARK: - Tensors

    @Test func tensorsAreRGBFromBlackToWhite() throws {
        let row = Tensor(dimensions: [1, 1, 2, 3], values: [0, 1, 2, 100, 101, 102])
        #expect(try Image.made(2, 1, .rgb) { x, _, c in x * 100 + c }.tensorRGB() == row)
        #expect(try Image.made(1, 1, .bgra) { _, _, c in c + 1 }.tensorRGB().values == [3, 2, 1])
        #expect(try Image.made(1, 1, .bgra) { _, _, c in c + 1 }.alphaTensor()?.values == [4, 4, 4])
        #expect(try Image.made(1, 2, .grayAlpha) { _, y, c in y * 2 + c }.tensorRGB().values == [0, 0, 0, 2, 2, 2])
        #expect(try Image.made(1, 1, .gray) { _, _, _ in 9 }.alphaTensor() == nil)
        #expect(try Image.made16(1, 1, .rgb) { _, _, c in [0, 65535, 257][c] }.tensorRGB().values == [0, 255, 1])
        #expect(
            try Image(width: 1, height: 1, format: .rgb, samples: .float32([0, 1, 0.5])).tensorRGB().values == [0, 255, 127.5])
    }

    @Test(arguments: PixelFormat.allCases, SampleType.allCases)
    func tensorsAndBackGiveTheSameImage(format: PixelFormat, type: SampleType) throws {
        let image = try Image.arbitrary(64, 33, format, type)
        let back = try Image(rgb: image.tensorRGB(), alpha: image.alphaTensor(), format: format, type: type)
        if type == .float32 {
            #expect(zip(back.floats, image.floats).allSatisfy { abs($0 - $1) < 1e-6 } && back.floats.count == image.floats.count)
        } else {
            #expect(back == image)
        }
    }

    @Test func everySampleSurvivesTheTensor() throws {
        let words = try Image.made16(65536, 1, .gray) { x, _, _ in x }
        #expect(try Image(rgb: words.tensorRGB(), format: .gray, type: .uint16) == words)
        let bytes = try Image.made(256, 1, .gray) { x, _, _ in x }
        #expect(try Image(rgb: bytes.tensorRGB(), format: .gray, type: .uint8) == bytes)
    }

    @Test func networkOutputIsClampedAndRoundedToEven() throws {
        let values: [Float] = [-5, 0.5, 1.5, 2.5, 254.5, 255.4, 300, .nan, .infinity, -.infinity, 0.49999997, 127.50001]
        let tensor = Tensor(dimensions: [1, 2, 2, 3], values: values)
        #expect(try Image(rgb: tensor, format: .rgb, type: .uint8).bytes == [0, 0, 2, 2, 254, 255, 255, 0, 255, 0, 0, 128])
        let bgra: [UInt8] = [2, 0, 0, 255, 255, 254, 2, 255, 255, 0, 255, 255, 128, 0, 0, 255]
        #expect(try Image(rgb: tensor, format: .bgra, type: .uint8).bytes == bgra)
        let floats = try Image(rgb: tensor, format: .rgb, type: .float32).floats
        #expect(floats[0] == 0 && floats[6] == 1 && floats[7] == 0 && floats.allSatisfy { (0...1).contains($0) })
    }

    /// Conversion from levels to samples gives what exact arithmetic gives, although it rounds through the mantissa.
    @Test func roundingAgreesWithTheStandardLibraryEverywhere() throws {
        var random = PythonRandom(seed: 3)
        let values = (0..<30000).map { _ in Float(bitPattern: UInt32(random.bits(32))) } + (0..<30000).map { Float($0) / 100 }
        let tensor = Tensor(dimensions: [1, 1, 20000, 3], values: values)
        let expected = values.map { $0.isNaN ? 0 : UInt8(min(max($0, 0), 255).rounded(.toNearestOrEven)) }
        #expect(try Image(rgb: tensor, format: .rgb, type: .uint8).bytes == expected)
        let wide = values.map { $0.isNaN ? 0 : UInt16(min(max($0 * 257, 0), 65535).rounded(.toNearestOrEven)) }
        #expect(try Image(rgb: tensor, format: .rgb, type: .uint16).words == wide)
    }

    @Test func grayAndAlphaAreMeans() throws {
        let rgb = Tensor(dimensions: [1, 1, 1, 3], values: [10, 20, 33])
        let alpha = Tensor(dimensions: [1, 1, 1, 3], values: [100, 101, 102])
        #expect(try Image(rgb: rgb, alpha: alpha, format: .grayAlpha, type: .uint8).bytes == [21, 101])
        #expect(try Image(rgb: rgb, alpha: alpha, format: .gray, type: .uint8).bytes == [21])
        #expect(try Image(rgb: rgb, format: .grayAlpha, type: .uint8).bytes == [21, 255])
    }

    @Test func tensorsOfOtherShapesAreErrors() throws {
        for dimensions in [[3], [1, 2, 2, 4], [2, 2, 2, 3], [1, 0, 2, 3], [1, 2, 2]] {
            #expect(throws: ImageError.self) { try Image(rgb: Tensor(zeros: dimensions), format: .rgb, type: .uint8) }
        }
        #expect(throws: ImageError.self) {
            try Image(rgb: Tensor(zeros: [1, 2, 2, 3]), alpha: Tensor(zeros: [1, 2, 1, 3]), format: .rgba, type: .uint8)
        }
    }
}
