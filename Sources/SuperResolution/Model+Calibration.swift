import Calibration
import Images
import QuantizedNetworks
import Tensors

extension Model {
    /// Algorithm 1, calibration phase: runs the float network over the images and sets every range and breakpoint.
    ///
    /// - Parameters:
    ///   - threads: nil means one per processor; never changes a byte of the result.
    ///   - progress: called on this thread; false cancels.
    /// - Throws: `.argument` for a model that is quantized already, `.calibration`.
    public func calibrate(
        images: PatchSet, recipe: Recipe = Recipe(), threads: Int? = nil, progress: ProgressFunction = { _ in true }
    ) throws(SuperResolutionError) -> Quantization {
        guard case .float(let network) = content else {
            throw .argument("\(name): the model is quantized already; calibrate the float model it was made from")
        }
        let pool = try ThreadPool(asked: threads)
        let quantized = try wrapping(SuperResolutionError.calibration) { () throws(CalibrationError) in
            try Calibrator(network: network, recipe: recipe, pool: pool).calibrate(images: images.patches, progress: progress)
        }
        return Quantization(name: name, quantized)
    }
}
