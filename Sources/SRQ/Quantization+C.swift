public import CSRQ
import QuantizedNetworks
import Training
import SuperResolution

/// The object behind an `srq_quantization`. One call at a time uses it.
final class QuantizationObject: ExclusiveObject {
    static var handleName: StaticString { "srq_quantization" }
    static var handleTag: UInt64 { 0x746e_6175_7171_7273 }

    let isBusy = BusyFlag()
    /// How many layers there are; no call changes it, so it can be asked for at any time.
    let layerCount: Int
    var quantization: Quantization
    /// Whether callers that freeze without options get a snapped model; `srq_quantization_set_snapping` sets it.
    var snapping = true
    /// The names and quantizers of layers that `srq_quantization_layer` has lent out.
    let texts = CTextTable()

    init(_ quantization: Quantization) {
        self.quantization = quantization
        layerCount = quantization.layers.count
    }
}

@c @implementation
public func srq_model_calibrate(
    _ out: UnsafeMutablePointer<OpaquePointer?>!, _ model: OpaquePointer!, _ images: OpaquePointer!,
    _ options: UnsafePointer<srq_calibration_options>!
) -> srq_status {
    status(making: out) { () throws(SuperResolutionError) in
        let model: ModelObject = try Handle.object(model, "model")
        let images: ImagesObject = try Handle.object(images, "images")
        let options = try VersionedStruct.read(options, "options", defaults: srq_calibration_options.defaults)
        let progress = ProgressCallback(options.progress, options.user)
        return QuantizationObject(
            try model.model.calibrate(
                images: images.patches, recipe: try Recipe(options), threads: threads(options.threads),
                progress: { progress($0) }))
    }
}

@c @implementation
public func srq_quantization_set_bits(
    _ quantization: OpaquePointer!, _ pattern: UnsafePointer<CChar>!, _ weights: UInt32, _ activations: UInt32
) -> srq_status {
    status { () throws(SuperResolutionError) in
        try Handle.using(quantization, "quantization") { (object: QuantizationObject) throws(SuperResolutionError) in
            try object.quantization.setBits(
                matching: try text(pattern, "pattern"), weights: weights == 0 ? nil : Int(weights),
                activations: activations == 0 ? nil : Int(activations))
        }
    }
}

@c @implementation
public func srq_quantization_set_levels(
    _ quantization: OpaquePointer!, _ layer: UnsafePointer<CChar>!, _ levels: UnsafePointer<Float>!, _ count: Int
) -> srq_status {
    status { () throws(SuperResolutionError) in
        try Handle.using(quantization, "quantization") { (object: QuantizationObject) throws(SuperResolutionError) in
            let name = try text(layer, "layer")
            guard let levels else { throw .argument("levels: is NULL") }
            // A size_t beyond Int.max comes in as a negative number; more levels than 8 bits have codes, 256, are never legal.
            guard (0...256).contains(count) else { throw .argument("count: \(UInt(bitPattern: count)) levels are impossible") }
            try object.quantization.setLevels(Array(UnsafeBufferPointer(start: levels, count: count)), layer: name)
        }
    }
}

@c @implementation
public func srq_quantization_layer_count(_ quantization: OpaquePointer!) -> Int {
    guard let object: QuantizationObject = try? Handle.object(quantization) else { return 0 }
    return object.layerCount
}

@c @implementation
public func srq_quantization_layer(
    _ quantization: OpaquePointer!, _ index: Int, _ info: UnsafeMutablePointer<srq_layer_info>!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        try Handle.using(quantization, "quantization") { (object: QuantizationObject) throws(SuperResolutionError) in
            let layers = object.quantization.layers
            let layer = layers[try checkedIndex(index, count: layers.count, "layers")]
            let description = srq_layer_info(
                layer, name: object.texts.pointer(layer.name),
                quantizer: object.texts.pointer(layer.quantization?.quantizer ?? ""))
            try VersionedStruct.write(description, to: info, "info")
        }
    }
}

@c @implementation
public func srq_quantization_finetune(
    _ quantization: OpaquePointer!, _ images: OpaquePointer!, _ options: UnsafePointer<srq_finetune_options>!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        try Handle.using(quantization, "quantization") { (object: QuantizationObject) throws(SuperResolutionError) in
            let images: ImagesObject = try Handle.object(images, "images")
            let options = try VersionedStruct.read(options, "options", defaults: srq_finetune_options.defaults)
            let progress = ProgressCallback(options.progress, options.user)
            try object.quantization.finetune(
                images: images.patches, options: try FinetuningOptions(options), threads: threads(options.threads),
                statePath: try optionalPath(options.state_path, "state_path"), progress: { progress($0) })
        }
    }
}

@c @implementation
public func srq_quantization_set_snapping(_ quantization: OpaquePointer!, _ on: Int32) -> srq_status {
    status { () throws(SuperResolutionError) in
        try Handle.using(quantization, "quantization") { (object: QuantizationObject) throws(SuperResolutionError) in
            object.snapping = try flag(on, "on")
        }
    }
}

@c @implementation
public func srq_quantize_options_init(_ options: UnsafeMutablePointer<srq_quantize_options>!, _ struct_size: UInt32) {
    VersionedStruct.initialize(options, size: struct_size, to: .defaults)
}

@c @implementation
public func srq_model_quantize(
    _ out: UnsafeMutablePointer<OpaquePointer?>!, _ quantization: OpaquePointer!, _ options: UnsafePointer<srq_quantize_options>!
) -> srq_status {
    status(making: out) { () throws(SuperResolutionError) in
        try Handle.using(quantization, "quantization") { (object: QuantizationObject) throws(SuperResolutionError) in
            var snapping = object.snapping
            if options != nil {
                let options = try VersionedStruct.read(options, "options", defaults: srq_quantize_options.defaults)
                snapping = try flag(options.snapping, "snapping")
            }
            return try ModelObject(object.quantization.freeze(snapping: snapping))
        }
    }
}

@c @implementation
public func srq_model_snap(_ out: UnsafeMutablePointer<OpaquePointer?>!, _ model: OpaquePointer!) -> srq_status {
    status(making: out) { () throws(SuperResolutionError) in
        let object: ModelObject = try Handle.object(model, "model")
        return try ModelObject(object.model.snapped())
    }
}

extension srq_quantize_options {
    static var defaults: srq_quantize_options {
        srq_quantize_options(struct_size: 0, snapping: OptionTable.number(.quantize, "snapping"))
    }
}

@c @implementation
public func srq_quantization_free(_ quantization: OpaquePointer!) { Handle.free(quantization, as: QuantizationObject.self) }
