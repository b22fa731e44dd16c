import Tensors

/// The weights of a network in the layouts that oneDNN works with, each made when it is first needed.
///
/// Executors of the same network with the same overrides may share them, on any threads: transformed for Winograd they take four
/// times the network's own memory.
public final class PreparedWeights: Sendable {
    /// The layers' weights so far, by node index.
    private let layers = Guarded<[Int: LayerWeights]>([:])

    /// Makes an empty store.
    public init() {}

    /// Returns a layer's weights, made at the first call.
    func layer(_ node: Int, make: () throws(FloatEngineError) -> LayerWeights) throws(FloatEngineError) -> LayerWeights {
        try layers.withLock { layers throws(FloatEngineError) in
            if let known = layers[node] { return known }
            let made = try make()
            layers[node] = made
            return made
        }
    }

    /// Sets a layer's weights, if they were made already. Nobody may be computing with them.
    /// - Returns: these weights; nil where there were none.
    func replace(_ node: Int, with values: [Float]) -> LayerWeights? {
        let known = layers.withLock { $0[node] }
        known?.replace(values)
        return known
    }

    /// Sets a layer's bias, if its weights were made already. Nobody may be computing with it.
    func replaceBias(_ node: Int, with values: [Float]) { layers.withLock { $0[node] }?.replaceBias(values) }
}
