import FloatEngine
import Quantizers
import Tensors

/// The passes over images that calibration and reports on layers share.
extension Executor {
    /// Runs the float network on an image and shows its convolutions' inputs and outputs to `observe`, band by band, on many
    /// threads.
    func observe(_ image: Tensor, _ observe: @escaping ConvolutionObserver) throws(CalibrationError) {
        do { _ = try run(image, observe: observe) } catch { throw .engine(error) }
    }

    /// Counts what enters layers while the float network runs over images.
    ///
    /// - Parameters:
    ///   - empty: for each node index an empty histogram over the range of that layer's input.
    ///   - scales: for each node index the scales that the input is divided by before it is counted, where it has any.
    ///   - images: each `[1, height, width, 3]`, RGB, 0…255.
    ///   - advance: called after each image, on this thread; what it throws ends the pass.
    /// - Returns: the filled histograms. Counts do not depend on which thread saw what.
    func histograms(
        filling empty: [Int: Histogram], scales: [Int: InputScales], images: [Tensor],
        _ advance: () throws(CalibrationError) -> Void
    ) throws(CalibrationError) -> [Int: Histogram] {
        let shards = empty.mapValues { _ in Shards<Histogram>() }
        for image in images {
            try observe(image) { observation in
                guard let empty = empty[observation.node] else { return }
                InputScales.dividing(observation.input, by: scales[observation.node]) { input in
                    shards[observation.node]?.use(orMake: { empty }, { $0.add(input) })
                }
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
