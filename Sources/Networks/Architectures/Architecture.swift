import Tensors

/// A family of networks under one naming of its tensors.
package protocol Architecture: Sendable {
    /// As in `Network.architecture`.
    var name: String { get }
    /// Where this naming of the tensors comes from.
    var naming: String { get }
    /// Layers whose weights every checkpoint of this family has and that tell it from the other ones.
    var signature: [String] { get }
    var hasResidualScale: Bool { get }
    var mayEndInTanh: Bool { get }

    /// Reads every tensor the network has, and appends its operations.
    func build(_ builder: inout NetworkBuilder) throws(NetworkError)
}

extension Architecture {
    package var hasResidualScale: Bool { false }
    package var mayEndInTanh: Bool { false }

    func recognises(_ tensors: [String: Tensor]) -> Bool { signature.allSatisfy { tensors[$0 + ".weight"] != nil } }
}

/// The architectures that checkpoints are looked at for. A list is a value: with one more architecture it is another list.
package struct Architectures: Sendable {
    /// The first that recognises a file builds it.
    package let all: [any Architecture]

    package init(_ all: [any Architecture]) { self.all = all }

    /// All architectures of this folder. SRResNet comes before EDSR, because in AdaBM's naming a folded SRResNet has all that EDSR has,
    /// and more.
    package static let standard = Architectures([
        SRResNet.adaBM, SRResNet.ddtb,
        EDSR.pytorch, EDSR.adaBM, EDSR.pams, EDSR.basicSR,
        RDN(),
        MSRResNet(),
    ])

    /// Training by-products of the quantization methods whose checkpoints are read: the network is complete without them.
    static func isByProduct(_ tensor: String) -> Bool {
        let components = tensor.split(separator: ".")
        guard let last = components.last else { return false }
        return byProducts.contains(String(last)) || components.contains("atten_c")
    }

    private static let byProducts: Set<String> = [
        "num_batches_tracked",
        "lower_a", "upper_a", "upper_w", "measure_layer", "measure_l", "measure_u",  // AdaBM
        "alpha", "max_val", "min_val",  // PAMS
        "alpha_upper", "alpha_lower", "is_dynamic",  // DDTB
    ]
}
