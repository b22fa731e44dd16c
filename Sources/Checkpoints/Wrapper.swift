/// The search for the network among what a training script saves around it.
enum Wrapper {
    /// The names of wrappers, best first: averaged weights before plain ones, names that hold only a network before those that
    /// may hold more.
    static let names = [
        "params_ema", "params-ema", "params", "state_dict", "model_state_dict", "model", "network", "net", "generator",
    ]
    private static let deepest = 8

    /// Returns the tensors of the network in the pickled object `root`, by name.
    static func unwrapped(
        _ root: PickleValue, _ heap: PickleHeap, file: String
    ) throws(CheckpointError) -> [String: TorchTensor] {
        guard case .dictionary(var dictionary) = root else {
            throw .unsupported(file: file, reason: "holds \(root.kind), not a dictionary of tensors")
        }
        for _ in 0..<deepest {
            guard let inner = wrapped(in: dictionary, heap) else { break }
            dictionary = inner
        }
        var tensors: [String: TorchTensor] = [:]
        for (name, value) in heap.named(dictionary) {
            guard case .tensor(let index) = value else { continue }
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

    /// Returns the wrapper to look into. A wrapper's content is a dictionary, which no entry of a state dict is.
    private static func wrapped(in dictionary: Int, _ heap: PickleHeap) -> Int? {
        let items = heap.named(dictionary)
        for name in names {
            for item in items where item.name == name {
                if case .dictionary(let inner) = item.value, !heap.dictionaries[inner].isEmpty { return inner }
            }
        }
        return nil
    }
}
