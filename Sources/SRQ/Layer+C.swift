import CSRQ
import SuperResolution

extension srq_layer_info {
    /// Makes the C struct of a layer's description. The texts must live as long as the handle that they are borrowed from.
    init(
        _ layer: LayerDescription, name: UnsafePointer<CChar>, quantizer: UnsafePointer<CChar>,
        inFloat: UnsafePointer<CChar> = CText.empty, arithmetic: UnsafePointer<CChar> = CText.empty,
        arithmeticReason: UnsafePointer<CChar> = CText.empty
    ) {
        let quantized = layer.quantization
        func number(_ value: Float?) -> Double { value.map(Double.init) ?? .nan }
        self.init(
            struct_size: 0, inputs: UInt32(layer.inputs), outputs: UInt32(layer.outputs), kernel: UInt32(layer.kernel),
            weight_bits: UInt32(quantized?.weightBits ?? 32), activation_bits: UInt32(quantized?.activationBits ?? 32), name: name,
            role: layer.roleText, quantizer: quantizer, lower: number(quantized?.lower), upper: number(quantized?.upper),
            breakpoint: number(quantized?.breakpoint), weight_bound: number(quantized?.weightBound),
            deviation: quantized?.deviation ?? .nan, parameters: UInt64(layer.parameters), resolution: UInt32(layer.resolution),
            weight_parameters: UInt32(quantized?.weightParameters ?? 0), measure: number(quantized?.measure), in_float: inFloat,
            arithmetic: arithmetic, arithmetic_reason: arithmeticReason, input_scales: UInt64(quantized?.inputScales ?? 0),
            smallest_input_scale: number(quantized?.smallestInputScale))
    }
}

extension LayerDescription {
    /// The role's name in C, which is never freed.
    fileprivate var roleText: UnsafePointer<CChar> {
        switch role {
        case .edge: CText.constant("edge")
        case .body: CText.constant("body")
        case .bodyEnd: CText.constant("bodyEnd")
        }
    }
}

/// Returns an index that a caller passed, if there are that many `things`.
///
/// - Throws: `.argument`, with the index and the number of things.
func checkedIndex(_ index: Int, count: Int, _ things: StaticString) throws(SuperResolutionError) -> Int {
    // A size_t beyond Int.max comes in as a negative number.
    guard index >= 0, index < count else { throw .argument("index: \(UInt(bitPattern: index)), but there are \(count) \(things)") }
    return index
}
