public import CSRQ
import Images
import QuantizedNetworks
import SuperResolution

/// The object behind an `srq_images`. It never changes: threads share it.
final class ImagesObject: HandleObject, Sendable {
    static var handleName: StaticString { "srq_images" }
    static var handleTag: UInt64 { 0x7367_616d_6971_7273 }

    let patches: PatchSet
    let skipped: [(name: CText, reason: CText)]

    init(_ patches: PatchSet) {
        self.patches = patches
        skipped = patches.skipped.map { (CText($0.name), CText($0.reason)) }
    }
}

@c @implementation
public func srq_images_options_init(_ options: UnsafeMutablePointer<srq_images_options>!, _ struct_size: UInt32) {
    VersionedStruct.initialize(options, size: struct_size, to: .defaults)
}

@c @implementation
public func srq_images_open(
    _ out: UnsafeMutablePointer<OpaquePointer?>!, _ pattern: UnsafePointer<CChar>!, _ options: UnsafePointer<srq_images_options>!
) -> srq_status {
    status(making: out) { () throws(SuperResolutionError) in
        let pattern = try path(pattern, "pattern")
        let options = try VersionedStruct.read(options, "options", defaults: srq_images_options.defaults)
        try options.check()
        return ImagesObject(
            try imaging { () throws(ImageError) in
                try PatchSet(
                    pattern, count: Int(options.count), size: Int(options.patch), seed: options.seed,
                    keepGoing: options.keep_going == 1)
            })
    }
}

@c @implementation
public func srq_images_from_views(
    _ out: UnsafeMutablePointer<OpaquePointer?>!, _ views: UnsafePointer<srq_image_view>!, _ count: Int,
    _ options: UnsafePointer<srq_images_options>!
) -> srq_status {
    status(making: out) { () throws(SuperResolutionError) in
        let options = try VersionedStruct.read(options, "options", defaults: srq_images_options.defaults)
        try options.check()
        let images = try images(views, count: count)
        return ImagesObject(
            try imaging { () throws(ImageError) in
                try PatchSet(images, count: Int(options.count), size: Int(options.patch), seed: options.seed)
            })
    }
}

@c @implementation
public func srq_images_warnings(
    _ images: OpaquePointer!, _ warning: srq_warning_function!, _ user: UnsafeMutableRawPointer!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        let images: ImagesObject = try Handle.object(images, "images")
        try WarningCallback(warning, user).tell(images.patches.warnings)
    }
}

@c @implementation
public func srq_images_count(_ images: OpaquePointer!) -> Int {
    guard let object: ImagesObject = try? Handle.object(images) else { return 0 }
    return object.patches.patches.count
}

@c @implementation
public func srq_images_skipped_count(_ images: OpaquePointer!) -> Int {
    guard let object: ImagesObject = try? Handle.object(images) else { return 0 }
    return object.skipped.count
}

@c @implementation
public func srq_images_skipped(
    _ images: OpaquePointer!, _ index: Int, _ skipped: UnsafeMutablePointer<srq_skipped_image>!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        let object: ImagesObject = try Handle.object(images, "images")
        let image = object.skipped[try checkedIndex(index, count: object.skipped.count, "skipped images")]
        let description = srq_skipped_image(struct_size: 0, reserved: 0, name: image.name.pointer, reason: image.reason.pointer)
        try VersionedStruct.write(description, to: skipped, "skipped")
    }
}

@c @implementation
public func srq_images_free(_ images: OpaquePointer!) { Handle.free(images, as: ImagesObject.self) }

/// Returns copies of the images in an array of views, each of which is as long as the first one's `struct_size` says.
///
/// - Throws: `.argument` for NULL, an impossible count or size, and for a view that is no image; the message names its index.
private func images(_ views: UnsafePointer<srq_image_view>?, count: Int) throws(SuperResolutionError) -> [Image] {
    guard let views else { throw .argument("views: is NULL") }
    // A size_t beyond Int.max comes in as a negative number.
    guard (1...Int(UInt32.max)).contains(count) else { throw .argument("count: \(UInt(bitPattern: count)) images are impossible") }
    let step = try VersionedStruct.size(UnsafeRawPointer(views), srq_image_view.self, "views")
    guard step % MemoryLayout<srq_image_view>.alignment == 0 else {
        throw .argument("views: a struct_size of \(step) cannot be that of an array's element")
    }
    var images: [Image] = []
    for index in 0..<count {
        let element = (UnsafeRawPointer(views) + index * step).assumingMemoryBound(to: srq_image_view.self)
        guard element.pointee.struct_size == UInt32(step) else {
            throw .argument("views[\(index)]: struct_size is \(element.pointee.struct_size), of the first one it is \(step)")
        }
        let view = try VersionedStruct.read(element, "views", defaults: srq_image_view())
        images.append(try ImageView(view, "views[\(index)]").image())
    }
    return images
}

extension srq_images_options {
    static var defaults: srq_images_options {
        srq_images_options(
            struct_size: 0, count: OptionTable.number(.images, "count"), patch: OptionTable.number(.images, "patch"), reserved: 0,
            seed: OptionTable.number(.images, "seed"), keep_going: 0, reserved_end: 0)
    }

    /// Checks the options against the list of options, so that C and scripts have the same bounds.
    fileprivate func check() throws(SuperResolutionError) {
        for option in OptionOwner.images.options {
            let refusal: String? =
                switch option.field {
                case "count": option.refusal(of: Int(count))
                case "patch": option.refusal(of: Int(patch))
                default: nil
                }
            if let refusal { throw .argument(refusal) }
        }
        try SRQ.reserved(reserved, "reserved")
        try SRQ.reserved(reserved_end, "reserved_end")
        _ = try flag(keep_going, "keep_going")
    }
}
