import CSRQ
import Images
import SuperResolution

/// A caller's pixels, checked as far as they can be.
struct ImageView {
    let width: Int
    let height: Int
    let format: PixelFormat
    let type: SampleType
    private let stride: Int
    private let data: UnsafeMutableRawPointer

    init(_ pointer: UnsafePointer<srq_image_view>?, _ name: StaticString) throws(SuperResolutionError) {
        guard let pointer else { throw .argument("\(name): is NULL") }
        try self.init(VersionedStruct.read(pointer, name, defaults: srq_image_view()), "\(name)")
    }

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
        // Does not overflow: 2^32 pixels of 16 bytes are 2^36. A size_t beyond Int.max comes in as a negative number.
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

    func image() throws(SuperResolutionError) -> Image {
        try imaging { () throws(ImageError) in
            try Image(copying: UnsafeRawPointer(data), stride: stride, width: width, height: height, format: format, type: type)
        }
    }

    /// - Precondition: the image has this view's size, format and type.
    func fill(from image: Image) throws(SuperResolutionError) {
        try imaging { () throws(ImageError) in try image.copy(to: data, stride: stride) }
    }
}

/// Runs work of the Images room.
func imaging<Value>(_ work: () throws(ImageError) -> Value) throws(SuperResolutionError) -> Value {
    do { return try work() } catch { throw .image(error) }
}
