import FloatEngine
import Quantizers
import Tensors

/// Passes over images that calibration and reports on layers share.
extension Executor {
    func observe(_ image: Tensor, _ observe: @escaping ConvolutionObserver) throws(CalibrationError) {
        do { _ = try run(image, observe: observe) } catch { throw .engine(error) }
    }

    /// Counts what enters layers.
    ///
    /// - Parameters:
    ///   - empty: by node index: a histogram over the range of that layer's input.
    ///   - advance: called after each image.
    func histograms(
        filling empty: [Int: Histogram], images: [Tensor], _ advance: () throws(CalibrationError) -> Void
    ) throws(CalibrationError) -> [Int: Histogram] {
        let shards = empty.mapValues { _ in Shards<Histogram>() }
        for image in images {
            try observe(image) { observation in
                guard let empty = empty[observation.node] else { return }
                shards[observation.node]?.use(orMake: { empty }, { $0.add(observation.input) })
            }
            try advance()
        }
        var filled = empty
        for (node, shards) in shards {
            for shard in shards.takeAll() { filled[node]?.add(shard) }
        }
        return filled
    }
}
