import Calibration
import Images
import QuantizedNetworks
import Tensors

extension Model {
    /// Runs the float network over the images and sets every clipping range and breakpoint: the calibration phase of Algorithm 1
    /// (docs/method.md, "Calibration"). The model itself does not change.
    ///
    /// - Parameters:
    ///   - images: The calibration patches, in the order in which moving averages see them.
    ///   - recipe: The bits, quantizers and constants.
    ///   - threads: The number of threads that share the work; nil means one per processor. It never changes a byte of the result.
    ///   - progress: Called on this thread after each image; false cancels.
    /// - Throws: `.argument` for a model that is quantized already and for a number of threads out of range, `.calibration` for
    ///   the rest.
    public func calibrate(
        images: PatchSet, recipe: Recipe = Recipe(), threads: Int? = nil, progress: ProgressFunction = { _ in true }
    ) throws(SuperResolutionError) -> Quantization {
        guard case .float(let network) = content else {
            throw .argument("\(name): the model is quantized already; calibrate the float model it was made from")
        }
        let pool = try ThreadPool(asked: threads)
        let (quantized, teacher) = try wrapping(SuperResolutionError.calibration) { () throws(CalibrationError) in
            try Calibrator(network: network, recipe: recipe, pool: pool)
                .calibrateBesideTeacher(images: images.patches, progress: progress)
        }
        return Quantization(name: name, sources: sources + images.sources, quantized, float: teacher)
    }
}
