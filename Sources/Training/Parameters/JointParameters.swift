import QuantizedNetworks

/// The source of a joint group, which has no parameters of its own: whoever trains it goes through its parts.
struct JointParameters: ParameterSource {
    var studentPart: StudentPart { .weights }

    func places(in quantized: QuantizedNetwork) -> [ParameterPlace] { [] }

    func values(at place: ParameterPlace, in quantized: QuantizedNetwork) -> [Float] { [] }

    func set(_ values: [Float], at place: ParameterPlace, in quantized: inout QuantizedNetwork) {}

    func gradients(in quantized: QuantizedNetwork, after pass: BackwardPass) -> [ParameterPlace: [Double]] { [:] }
}
