import CSRQ
import Images
import SuperResolution

/// The pixels of a caller, checked as far as they can be: whether there is memory behind `data` only the caller knows.
struct ImageView {
    let width: Int
    let height: Int
    let format: PixelFormat
    let type: SampleType
    private let stride: Int
    private let data: UnsafeMutableRawPointer

    /// Checks a view that a caller passed as the argument `name`.
    init(_ pointer: UnsafePointer<srq_image_view>?, _ name: StaticString) throws(SuperResolutionError) {
        guard let pointer else { throw .argument("\(name): is NULL") }
        try self.init(VersionedStruct.read(pointer, name, defaults: srq_image_view()), "\(name)")
    }

    /// Checks a view whose missing fields have been filled in; messages begin with `name`.
    init(_ view: srq_image_view, _ name: String) throws(SuperResolutionError) {
        guard view.width >= 1, view.height >= 1 else {
            throw .argument("\(name): an image cannot have \(view.width) x \(view.height) pixels")
        }
        guard let format = PixelFormat(rawValue: view.format) else {
            throw .argument("\(name): unknown pixel format \(view.format)")
        }
        guard let type = SampleType(rawValue: view.type) else { throw .argument("\(name): unknown pixel type \(view.type)") }
        guard view.reserved == 0 else { throw .argument("\(name): reserved is \(view.reserved), not 0") }
        guard let data = view.data else { throw .argument("\(name): data is NULL") }
        // The product does not overflow: 2^32 pixels of at most 16 bytes are 2^36. A stride beyond Int.max comes in as a
        // negative number.
        let row = Int(view.width) * format.channels * type.size
        let stride = view.stride == 0 ? row : view.stride
        guard stride >= row else {
            throw .argument("\(name): a stride of \(UInt(bitPattern: view.stride)) bytes is impossible for rows of \(row) bytes")
        }
        guard !stride.multipliedReportingOverflow(by: Int(view.height)).overflow else {
            throw .argument("\(name): \(view.height) rows with a stride of \(stride) bytes are more than memory can hold")
        }
        (width, height, self.format, self.type) = (Int(view.width), Int(view.height), format, type)
        (self.stride, self.data) = (stride, data)
    }

    /// Returns a copy of the pixels.
    func image() throws(SuperResolutionError) -> Image {
        try imaging { () throws(ImageError) in
            try Image(copying: UnsafeRawPointer(data), stride: stride, width: width, height: height, format: format, type: type)
        }
    }

    /// Copies an image into the caller's memory.
    ///
    /// - Precondition: The image has this view's size, format and type.
    func fill(from image: Image) throws(SuperResolutionError) {
        try imaging { () throws(ImageError) in try image.copy(to: data, stride: stride) }
    }
}

/// Runs work of the room `Images` and turns its error into one of `SuperResolution`.
func imaging<Value>(_ work: () throws(ImageError) -> Value) throws(SuperResolutionError) -> Value {
    do { return try work() } catch { throw .image(error) }
}
