import QuantizedNetworks
import Tensors

/// Collects image thresholds: percentiles within a batch, moving averages over batches (AdaBM, facts 4.5).
struct ImageObserver {
    let momentum: Float
    private(set) var thresholds: ImageThresholds?
    private var batch: [Double] = []

    init(momentum: Float) { self.momentum = momentum }

    mutating func add(_ image: Tensor) { batch.append(ImageMeasure.measure(image)) }

    mutating func finishBatch() {
        guard let new = ImageThresholds(batch: batch) else { return }
        thresholds = thresholds?.averaged(with: new, momentum: momentum) ?? new
        batch.removeAll()
    }
}
