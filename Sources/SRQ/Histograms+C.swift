public import CSRQ
import Calibration
import SuperResolution

/// The object behind an `srq_histograms`. It never changes, and neither do the strings and counts that it lends out: threads
/// share it.
final class HistogramsObject: HandleObject, Sendable {
    static var handleName: StaticString { "srq_histograms" }
    static var handleTag: UInt64 { 0x7473_6968_7172_7273 }

    let layers: [(histogram: InputHistogram, name: CText, counts: CCounts)]

    init(_ histograms: [InputHistogram], names: [String]) {
        layers = zip(histograms, names).map { ($0, CText($1), CCounts($0.histogram.counts)) }
    }
}

/// A copy of numbers, at one address for as long as the object lives.
final class CCounts: Sendable {
    /// The address of the copy. Nothing writes to it after `init`, so that threads may share it.
    nonisolated(unsafe) let pointer: UnsafePointer<UInt64>

    init(_ counts: [UInt64]) {
        let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: counts.count)
        memory.initialize(from: counts, count: counts.count)
        pointer = UnsafePointer(memory)
    }

    deinit { pointer.deallocate() }
}

@c @implementation
public func srq_histogram_options_init(_ options: UnsafeMutablePointer<srq_histogram_options>!, _ struct_size: UInt32) {
    VersionedStruct.initialize(options, size: struct_size, to: .defaults)
}

@c @implementation
public func srq_quantization_histograms(
    _ out: UnsafeMutablePointer<OpaquePointer?>!, _ quantization: OpaquePointer!, _ images: OpaquePointer!,
    _ options: UnsafePointer<srq_histogram_options>!
) -> srq_status {
    status(making: out) { () throws(SuperResolutionError) in
        try Handle.using(quantization, "quantization") { (object: QuantizationObject) throws(SuperResolutionError) in
            let images: ImagesObject = try Handle.object(images, "images")
            let options = try VersionedStruct.read(options, "options", defaults: srq_histogram_options.defaults)
            let progress = ProgressCallback(options.progress, options.user)
            let histograms = try object.quantization.histograms(
                matching: try optionalText(options.pattern, "pattern") ?? "*", images: images.patches,
                threads: threads(options.threads),
                progress: { progress($0) })
            let nodes = object.quantization.quantized.network.nodes
            return HistogramsObject(histograms, names: histograms.map { nodes[$0.node].name })
        }
    }
}

@c @implementation
public func srq_histograms_count(_ histograms: OpaquePointer!) -> Int {
    guard let object: HistogramsObject = try? Handle.object(histograms) else { return 0 }
    return object.layers.count
}

@c @implementation
public func srq_histograms_layer(
    _ histograms: OpaquePointer!, _ index: Int, _ info: UnsafeMutablePointer<srq_histogram_info>!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        let object: HistogramsObject = try Handle.object(histograms, "histograms")
        let layer = object.layers[try checkedIndex(index, count: object.layers.count, "layers")]
        let (seen, moments) = (layer.histogram.histogram, layer.histogram.moments)
        let description = srq_histogram_info(
            struct_size: 0, bins: UInt32(seen.counts.count), name: layer.name.pointer, counts: layer.counts.pointer,
            count: UInt64(moments.count), lower: Double(seen.lower), upper: Double(seen.upper), mean: moments.mean,
            deviation: moments.deviation, skewness: moments.skewness, signal_to_noise: layer.histogram.signalToNoise ?? .nan)
        try VersionedStruct.write(description, to: info, "info")
    }
}

@c @implementation
public func srq_histograms_free(_ histograms: OpaquePointer!) { Handle.free(histograms, as: HistogramsObject.self) }

extension srq_histogram_options {
    static var defaults: srq_histogram_options {
        srq_histogram_options(
            struct_size: 0, threads: 0, pattern: OptionTable.text(.histograms, "pattern"), progress: nil,
            user: nil)
    }
}
