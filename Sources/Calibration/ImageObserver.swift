import QuantizedNetworks
import Tensors

/// An observer that collects the thresholds of image-wise bit mapping: percentiles within a batch, moving averages over batches
/// (docs/baselines.md, "Image and layer measures").
struct ImageObserver {
    /// The share of the old value in the moving averages.
    let momentum: Float
    /// The moving averages of the thresholds; nil before the first batch is finished.
    private(set) var thresholds: ImageThresholds?
    private var batch: [Double] = []

    init(momentum: Float) { self.momentum = momentum }

    /// Measures an image of the batch at hand.
    mutating func add(_ image: Tensor) { batch.append(ImageMeasure.measure(image)) }

    /// Brings the batch's percentiles into the moving averages.
    mutating func finishBatch() {
        guard let new = ImageThresholds(batch: batch) else { return }
        thresholds = thresholds?.averaged(with: new, momentum: momentum) ?? new
        batch.removeAll()
    }
}
