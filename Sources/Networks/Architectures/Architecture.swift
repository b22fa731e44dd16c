import Tensors

/// A family of networks under one naming of its tensors.
package protocol Architecture: Sendable {
    /// The name of the family, as in `Network.architecture`.
    var name: String { get }
    /// The project whose checkpoints name the tensors like this.
    var naming: String { get }
    /// The layers whose weights every checkpoint of this family has and that tell it from the other ones.
    var signature: [String] { get }
    /// Whether `LoadOptions.resScale` means anything to the family.
    var hasResidualScale: Bool { get }
    /// Whether `LoadOptions.tanhOutput` means anything to the family.
    var mayEndInTanh: Bool { get }

    /// Reads every tensor the network has, and appends its operations.
    /// - Throws: `.tensor` for what is missing or has the wrong shape; `.graph` for operations that do not fit each other.
    func build(_ builder: inout NetworkBuilder) throws(NetworkError)
}

extension Architecture {
    /// By default the option means nothing.
    package var hasResidualScale: Bool { false }
    /// By default the option means nothing.
    package var mayEndInTanh: Bool { false }

    /// Returns whether the tensors, by name, have the signature.
    func recognises(_ tensors: [String: Tensor]) -> Bool { signature.allSatisfy { tensors[$0 + ".weight"] != nil } }
}

/// A list of the architectures that checkpoints are looked at for. It is a value: with one more architecture it is another list.
package struct Architectures: Sendable {
    /// The architectures in order; the first that recognises a file builds it.
    package let all: [any Architecture]

    /// Makes a list.
    package init(_ all: [any Architecture]) { self.all = all }

    /// The list of all architectures of this folder. SRResNet comes before EDSR, because in AdaBM's naming a folded SRResNet has
    /// all that EDSR has, and more.
    package static let standard = Architectures([
        SRResNet.adaBM, SRResNet.ddtb,
        EDSR.pytorch, EDSR.adaBM, EDSR.pams, EDSR.basicSR,
        RDN(),
        MSRResNet(),
    ])

    /// Returns whether this is the name of a training by-product, of a quantization method whose checkpoints are read
    /// (docs/protocols.md, "Training by-products") or of a profiler: the network is complete without it.
    static func isByProduct(_ tensor: String) -> Bool {
        let components = tensor.split(separator: ".")
        guard let last = components.last else { return false }
        return byProducts.contains(String(last)) || components.contains("atten_c")
    }

    /// The last components of these names.
    private static let byProducts: Set<String> = [
        "num_batches_tracked",
        "total_ops", "total_params",  // the counters of thop, which profiling leaves in every module
        "lower_a", "upper_a", "upper_w", "measure_layer", "measure_l", "measure_u",  // AdaBM
        "alpha", "max_val", "min_val",  // PAMS
        "alpha_upper", "alpha_lower", "is_dynamic",  // DDTB
    ]
}
