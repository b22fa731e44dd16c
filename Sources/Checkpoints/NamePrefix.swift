import Tensors

/// What training tools put before the names of all tensors of a network.
enum NamePrefix {
    /// The prefixes of tools that wrap a whole network: `DataParallel` and `AveragedModel`, `torch.compile`. All names have one,
    /// but for `additions`.
    private static let whole = ["module.", "_orig_mod."]

    /// The attributes under which a training module keeps its network, perhaps beside a discriminator or a loss: averaged weights
    /// before plain ones.
    private static let attributes = [
        "ema.", "model_ema.", "ema_model.", "g_ema.", "net_g_ema.", "model.", "network.", "net.", "net_g.", "netG.", "generator.",
    ]

    /// The names that tools add beside the network that they wrap: the count of `AveragedModel`, the counters of thop.
    private static let additions: Set<String> = ["n_averaged", "total_ops", "total_params"]

    /// Returns the tensors of the network under their own names, which begin with none of the prefixes for any network that is
    /// known here.
    ///
    /// Prefixes are taken off one after the other, in whatever order they are there (`module.module.`, `model._orig_mod.`). What
    /// has another name than the network is left aside, as what lies beside a wrapper is.
    static func stripped(_ tensors: [String: Tensor]) -> [String: Tensor] {
        var tensors = tensors
        while let prefix = prefix(of: tensors) {
            var network: [String: Tensor] = [:]
            for (name, tensor) in tensors where has(name, prefix) {
                network[String(name.unicodeScalars.dropFirst(prefix.unicodeScalars.count))] = tensor
            }
            tensors = network
        }
        return tensors
    }

    /// Returns the prefix to take off next; nil where there is none.
    private static func prefix(of tensors: [String: Tensor]) -> String? {
        let names = tensors.keys.filter { !additions.contains($0) }
        guard !names.isEmpty else { return nil }
        return whole.first { prefix in names.allSatisfy { has($0, prefix) } }
            ?? attributes.first { prefix in tensors.contains { has($0.key, prefix) && $0.value.dimensions.count == 4 } }
            ?? attributes.first { prefix in names.allSatisfy { has($0, prefix) } }
    }

    /// Whether a name has the prefix and something behind it: an empty name is none.
    private static func has(_ name: String, _ prefix: String) -> Bool {
        name.utf8.count > prefix.utf8.count && name.utf8.starts(with: prefix.utf8)
    }
}
