import Images

extension Image {
    /// Returns a picture of 8-bit samples that a function of column, row and channel gives.
    static func made(_ width: Int, _ height: Int, _ format: PixelFormat, _ sample: (Int, Int, Int) -> Int) throws -> Image {
        let samples = Samples.uint8(values(width, height, format, sample).map { UInt8($0) })
        return try Image(width: width, height: height, format: format, samples: samples)
    }

    static func made16(_ width: Int, _ height: Int, _ format: PixelFormat, _ sample: (Int, Int, Int) -> Int) throws -> Image {
        let samples = Samples.uint16(values(width, height, format, sample).map { UInt16($0) })
        return try Image(width: width, height: height, format: format, samples: samples)
    }

    /// Returns a picture of samples that look random and are always the same for the same arguments.
    static func arbitrary(
        _ width: Int, _ height: Int, _ format: PixelFormat, _ type: SampleType = .uint8, seed: UInt64 = 1
    ) throws -> Image {
        var random = PythonRandom(seed: seed)
        let count = width * height * format.channels
        let samples: Samples =
            switch type {
            case .uint8: .uint8((0..<count).map { _ in UInt8(random.bits(8)) })
            case .uint16: .uint16((0..<count).map { _ in UInt16(random.bits(16)) })
            case .float32: .float32((0..<count).map { _ in Float(random.bits(16)) / 65535 })
            }
        return try Image(width: width, height: height, format: format, samples: samples)
    }

    var bytes: [UInt8] { if case .uint8(let values) = samples { values } else { [] } }
    var words: [UInt16] { if case .uint16(let values) = samples { values } else { [] } }
    var floats: [Float] { if case .float32(let values) = samples { values } else { [] } }

    private static func values(_ width: Int, _ height: Int, _ format: PixelFormat, _ sample: (Int, Int, Int) -> Int) -> [Int] {
        (0..<height).flatMap { y in (0..<width).flatMap { x in (0..<format.channels).map { sample(x, y, $0) } } }
    }
}
