/// The type of one sample. Raw values are those of `SRQ_PIXEL_…` in srq.h.
public enum SampleType: Int32, Sendable, CaseIterable {
    /// 0…255
    case uint8 = 1
    /// 0…65535, host byte order
    case uint16 = 2
    /// 0…1
    case float32 = 3

    /// The number of bytes in a sample.
    public var size: Int {
        switch self {
        case .uint8: 1
        case .uint16: 2
        case .float32: 4
        }
    }
}

/// The samples of an image: rows from top to bottom without gaps, pixels from left to right, channels interleaved.
public enum Samples: Sendable, Equatable {
    case uint8([UInt8])
    case uint16([UInt16])
    case float32([Float])

    /// The type of each sample.
    public var type: SampleType {
        switch self {
        case .uint8: .uint8
        case .uint16: .uint16
        case .float32: .float32
        }
    }

    /// The number of bytes of all samples.
    var byteCount: Int { count * type.size }

    /// The number of samples.
    public var count: Int {
        switch self {
        case .uint8(let values): values.count
        case .uint16(let values): values.count
        case .float32(let values): values.count
        }
    }
}

/// An operation that treats samples in the same way whatever their type.
protocol SampleTransform {
    func callAsFunction<Value: SampleValue>(_ values: [Value]) -> [Value]
}

extension Samples {
    func transformed(by transform: some SampleTransform) -> Samples {
        switch self {
        case .uint8(let values): .uint8(transform(values))
        case .uint16(let values): .uint16(transform(values))
        case .float32(let values): .float32(transform(values))
        }
    }
}
