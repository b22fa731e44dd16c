public import CSRQ
import Machine
import Networks
import SuperResolution

/// The object behind an `srq_model`. It never changes, and neither do the strings that it lends out: threads share it.
final class ModelObject: HandleObject, Sendable {
    static var handleName: StaticString { "srq_model" }
    static var handleTag: UInt64 { 0x6c65_646f_6d71_7273 }

    let model: Model
    let architecture: CText
    /// The recipe as JSON; "" for a float model.
    let recipe: CText
    let layers:
        [(
            description: LayerDescription, name: CText, quantizer: CText, inFloat: CText, arithmetic: CText, arithmeticReason: CText
        )]

    init(_ model: Model) throws(SuperResolutionError) {
        self.model = model
        architecture = CText(model.architecture)
        do {
            recipe = CText(try model.recipe?.json.serialized() ?? "")
        } catch {
            throw .internal("\(model.name): its recipe cannot be written as JSON: \(error)")
        }
        layers = model.layers.map {
            (
                $0, CText($0.name), CText($0.quantization?.quantizer ?? ""),
                CText($0.quantization?.floatReason?.description ?? ""), CText($0.arithmetic ?? ""),
                CText($0.arithmeticReason ?? "")
            )
        }
    }
}

@c @implementation
public func srq_load_options_init(_ options: UnsafeMutablePointer<srq_load_options>!, _ struct_size: UInt32) {
    VersionedStruct.initialize(options, size: struct_size, to: .defaults)
}

@c @implementation
public func srq_model_load(
    _ out: UnsafeMutablePointer<OpaquePointer?>!, _ path: UnsafePointer<CChar>!, _ options: UnsafePointer<srq_load_options>!
) -> srq_status {
    status(making: out) { () throws(SuperResolutionError) in
        try ModelObject(try Model.load(path: try SRQ.path(path, "path"), options: try LoadOptions(options)))
    }
}

@c @implementation
public func srq_model_load_memory(
    _ out: UnsafeMutablePointer<OpaquePointer?>!, _ data: UnsafeRawPointer!, _ size: Int,
    _ options: UnsafePointer<srq_load_options>!
) -> srq_status {
    status(making: out) { () throws(SuperResolutionError) in
        guard let data else { throw .argument("data: is NULL") }
        // A size_t beyond Int.max comes in as a negative number.
        guard size > 0 else { throw .argument("size: \(UInt(bitPattern: size)) bytes are impossible") }
        guard Memory.isAvailable(bytes: size) else {
            throw .memory("model in memory: a copy takes \(Memory.text(bytes: size)), more memory than there is")
        }
        let bytes = [UInt8](UnsafeRawBufferPointer(start: data, count: size))
        return try ModelObject(try Model.load(bytes: bytes, name: "model in memory", options: try LoadOptions(options)))
    }
}

@c @implementation
public func srq_model_warnings(
    _ model: OpaquePointer!, _ warning: srq_warning_function!, _ user: UnsafeMutableRawPointer!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        let model: ModelObject = try Handle.object(model, "model")
        let callback = try WarningCallback(warning, user)
        callback.tell(try model.model.warnings())
    }
}

@c @implementation
public func srq_model_save(_ model: OpaquePointer!, _ path: UnsafePointer<CChar>!) -> srq_status {
    status { () throws(SuperResolutionError) in
        let model: ModelObject = try Handle.object(model, "model")
        try model.model.save(to: try SRQ.path(path, "path"))
    }
}

@c @implementation
public func srq_model_export(_ model: OpaquePointer!, _ path: UnsafePointer<CChar>!) -> srq_status {
    status { () throws(SuperResolutionError) in
        let model: ModelObject = try Handle.object(model, "model")
        try model.model.export(to: try SRQ.path(path, "path"))
    }
}

@c @implementation
public func srq_model_describe(_ model: OpaquePointer!, _ info: UnsafeMutablePointer<srq_model_info>!) -> srq_status {
    status { () throws(SuperResolutionError) in
        let object: ModelObject = try Handle.object(model, "model")
        let description = srq_model_info(
            struct_size: 0, scale: UInt32(object.model.scale), architecture: object.architecture.pointer,
            recipe: object.recipe.pointer, layers: object.layers.count, parameters: UInt64(object.model.network.parameterCount),
            quantized: object.model.isQuantized ? 1 : 0, snapped: object.model.isSnapped ? 1 : 0)
        try VersionedStruct.write(description, to: info, "info")
    }
}

@c @implementation
public func srq_model_layer(_ model: OpaquePointer!, _ index: Int, _ info: UnsafeMutablePointer<srq_layer_info>!) -> srq_status {
    status { () throws(SuperResolutionError) in
        let object: ModelObject = try Handle.object(model, "model")
        let layer = object.layers[try checkedIndex(index, count: object.layers.count, "layers")]
        let description = srq_layer_info(
            layer.description, name: layer.name.pointer, quantizer: layer.quantizer.pointer, inFloat: layer.inFloat.pointer,
            arithmetic: layer.arithmetic.pointer, arithmeticReason: layer.arithmeticReason.pointer)
        try VersionedStruct.write(description, to: info, "info")
    }
}

@c @implementation
public func srq_model_output_size(
    _ model: OpaquePointer!, _ width: UInt32, _ height: UInt32, _ output_width: UnsafeMutablePointer<UInt32>!,
    _ output_height: UnsafeMutablePointer<UInt32>!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        let object: ModelObject = try Handle.object(model, "model")
        let outputWidth = try required(output_width, "output_width")
        let outputHeight = try required(output_height, "output_height")
        guard width >= 1, height >= 1 else { throw .argument("an image cannot have \(width) x \(height) pixels") }
        let scale = UInt32(object.model.scale)
        let (wide, widthOverflows) = width.multipliedReportingOverflow(by: scale)
        let (high, heightOverflows) = height.multipliedReportingOverflow(by: scale)
        guard !widthOverflows, !heightOverflows else {
            throw .argument("\(width) x \(height) pixels are too many to be enlarged \(scale) times")
        }
        (outputWidth.pointee, outputHeight.pointee) = (wide, high)
    }
}

@c @implementation
public func srq_model_free(_ model: OpaquePointer!) { Handle.free(model, as: ModelObject.self) }

extension srq_load_options {
    static var defaults: srq_load_options {
        srq_load_options(
            struct_size: 0, tanh_output: 0, res_scale: .nan, range: 0)
    }
}

extension LoadOptions {
    /// Reads the options of a caller; NULL means the defaults.
    fileprivate init(_ pointer: UnsafePointer<srq_load_options>?) throws(SuperResolutionError) {
        let options = try VersionedStruct.read(pointer, "options", defaults: .defaults)
        self.init(
            tanhOutput: try flag(options.tanh_output, "tanh_output"), resScale: options.res_scale.isNaN ? nil : options.res_scale,
            range: options.range == 0 ? nil : options.range)
    }
}
