import Synchronization

/// A network's weights in the layouts that oneDNN works with, each made when it is first needed.
///
/// Executors of the same network with the same overrides may share them, on any threads: transformed for Winograd they take four times
/// the network's own memory.
public final class PreparedWeights: Sendable {
    private let layers = Mutex<[Int: LayerWeights]>([:])

    public init() {}

    func layer(_ node: Int, make: () throws(FloatEngineError) -> LayerWeights) throws(FloatEngineError) -> LayerWeights {
        try layers.withLock { layers throws(FloatEngineError) in
            if let known = layers[node] { return known }
            let made = try make()
            layers[node] = made
            return made
        }
    }

    func replace(_ node: Int, with values: [Float]) { layers.withLock { $0[node] }?.replace(values) }

    func replaceBias(_ node: Int, with values: [Float]) { layers.withLock { $0[node] }?.replaceBias(values) }
}
