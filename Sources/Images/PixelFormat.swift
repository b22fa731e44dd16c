/// The channels of one pixel, interleaved in this order. Raw values are those of `SRQ_PIXEL_…` in srq.h.
public enum PixelFormat: Int32, Sendable, CaseIterable {
    case gray = 1
    case grayAlpha = 2
    case rgb = 3
    case rgba = 4
    case bgr = 5
    case bgra = 6

    /// The number of samples in a pixel, 1…4.
    public var channels: Int {
        switch self {
        case .gray: 1
        case .grayAlpha: 2
        case .rgb, .bgr: 3
        case .rgba, .bgra: 4
        }
    }

    /// Whether there is one channel of brightness instead of three colours.
    public var isGray: Bool { self == .gray || self == .grayAlpha }

    /// Whether there is alpha, which is always the last channel.
    public var hasAlpha: Bool { self == .grayAlpha || self == .rgba || self == .bgra }

    /// The places where red, green and blue are within a pixel; all at 0 for gray.
    var colorOffsets: (red: Int, green: Int, blue: Int) {
        switch self {
        case .gray, .grayAlpha: (0, 0, 0)
        case .rgb, .rgba: (0, 1, 2)
        case .bgr, .bgra: (2, 1, 0)
        }
    }
}
