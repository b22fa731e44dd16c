import Tensors

/// A family of networks under one naming of its tensors.
protocol Architecture: Sendable {
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
    var hasResidualScale: Bool { false }
    var mayEndInTanh: Bool { false }

    func recognises(_ tensors: [String: Tensor]) -> Bool { signature.allSatisfy { tensors[$0 + ".weight"] != nil } }
}

enum Architectures {
    /// The first that recognises a file builds it. SRResNet comes before EDSR, because in AdaBM's naming a folded SRResNet has
    /// all that EDSR has, and more.
    static let all: [any Architecture] = [
        SRResNet.adaBM, SRResNet.ddtb,
        EDSR.pytorch, EDSR.adaBM, EDSR.pams, EDSR.basicSR,
        RDN(),
        MSRResNet(),
    ]

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
