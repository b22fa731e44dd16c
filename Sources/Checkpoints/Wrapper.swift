/// The search for the network among what a training script saves around it.
enum Wrapper {
    /// The names of wrappers, best first: averaged weights before plain ones, names that hold only a network before those that
    /// may hold more.
    static let names = [
        "params_ema", "params-ema", "ema", "model_ema", "ema_model", "state_dict_ema", "ema_state_dict", "g_ema",
        "net_g_ema", "params", "state_dict", "model_state_dict", "model", "network", "net", "net_g", "netG", "generator", "module",
    ]
    private static let deepest = 8
    /// The most tensors that are read, a hundred times as many as the largest network known here has. A name of few bytes is enough
    /// to make another tensor, which takes half a kilobyte.
    private static let mostTensors = 1 << 16

    /// Returns the tensors of the network in the pickled object `root`, by name.
    static func unwrapped(
        _ root: PickleValue, _ heap: PickleHeap, file: String
    ) throws(CheckpointError) -> [String: TorchTensor] {
        guard case .dictionary(var dictionary) = root else {
            throw .unsupported(file: file, reason: "holds \(root.kind), not a dictionary of tensors")
        }
        // Settings may lie under such a name too, and hold a tensor or two; the weights of a convolution are no setting.
        for kind in [TensorKind.convolution, .any] {
            var search = Search(heap: heap, wanted: kind)
            guard let found = search.network(in: dictionary, depth: 0) else { continue }
            dictionary = found
            break
        }
        var tensors: [String: TorchTensor] = [:]
        for (name, value) in heap.named(dictionary) {
            guard case .tensor(let index) = value else { continue }
            guard tensors.count < mostTensors else {
                throw .unsupported(file: file, reason: "holds more than \(mostTensors) tensors")
            }
            guard tensors.updateValue(heap.tensors[index], forKey: name) == nil else {
                throw .malformed(file: file, reason: "tensor \(quoted(name)) occurs twice")
            }
        }
        guard !tensors.isEmpty else {
            let found = heap.named(dictionary).map(\.name)
            throw .unsupported(
                file: file,
                reason: "holds no tensors by name; looked for them at the top and under \(quotedList(names)); found "
                    + (found.isEmpty ? "nothing" : quotedList(found)))
        }
        return tensors
    }

    /// The tensors by which a dictionary is taken for that of a network.
    private enum TensorKind {
        case convolution, any
    }

    /// A search for the dictionary of a network, which looks into every dictionary once: hostile files share them, or let them
    /// contain themselves.
    private struct Search {
        let heap: PickleHeap
        let wanted: TensorKind
        private var seen: Set<Int> = []

        init(heap: PickleHeap, wanted: TensorKind) { (self.heap, self.wanted) = (heap, wanted) }

        /// Returns the best dictionary of a network: what lies deeper under the names of wrappers, by their order, before
        /// `dictionary` itself; nil where neither has a tensor of the kind.
        mutating func network(in dictionary: Int, depth: Int) -> Int? {
            guard depth <= Wrapper.deepest, seen.insert(dictionary).inserted else { return nil }
            let items = heap.named(dictionary)
            for name in Wrapper.names {
                for item in items where item.name == name {
                    if case .dictionary(let inner) = item.value, let found = network(in: inner, depth: depth + 1) { return found }
                }
            }
            return items.contains { isWanted($0.value) } ? dictionary : nil
        }

        private func isWanted(_ value: PickleValue) -> Bool {
            guard case .tensor(let index) = value else { return false }
            return wanted == .any || heap.tensors[index].dimensions.count == 4
        }
    }
}
