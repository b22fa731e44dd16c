import FloatEngine
import QuantizedNetworks
import Quantizers
import Tensors

/// An observer of the means of one layer's input channels, before and after the layer's quantizer, over all images of the float
/// network.
///
/// Thread rule: `add` may be called by many threads at once; the rest is called by one thread at a time, between images.
final class MeanObserver: Sendable {
    /// The sums over a band of an image, or over all images so far.
    private struct Sums {
        var band = 0
        var pixels = 0
        var before: [Double]
        var after: [Double]

        static func += (left: inout Self, right: Self) {
            left.pixels += right.pixels
            for channel in left.before.indices {
                left.before[channel] += right.before[channel]
                left.after[channel] += right.after[channel]
            }
        }
    }

    private let quantizer: (any ActivationQuantizer)?
    private let scales: InputScales?
    private let bands = Guarded<[Sums]>([])
    private let whole = Guarded<Sums?>(nil)

    init(_ layer: LayerQuantization) { (quantizer, scales) = (layer.activation, layer.inputScales) }

    /// Takes a band of one image's input.
    func add(_ observation: ConvolutionObservation) {
        let sums = InputScales.dividing(observation.input, by: quantizer == nil ? nil : scales) { input -> Sums in
            self.sums(input, channels: observation.inputShape.channels, band: observation.band)
        }
        bands.withLock { $0.append(sums) }
    }

    private func sums(_ input: UnsafeBufferPointer<Float>, channels: Int, band: Int) -> Sums {
        var sums = Sums(
            band: band, pixels: input.count / channels, before: [Double](repeating: 0, count: channels),
            after: [Double](repeating: 0, count: channels))
        guard let start = input.baseAddress else { return sums }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: channels) { pixel in
            guard let pixel = pixel.baseAddress else { return }
            for first in stride(from: 0, to: input.count, by: channels) {
                if let quantizer {
                    quantizer.apply(start + first, into: pixel, count: channels)
                } else {
                    pixel.update(from: start + first, count: channels)
                }
                for channel in 0..<channels {
                    sums.before[channel] += Double(start[first + channel])
                    sums.after[channel] += Double(pixel[channel])
                }
            }
        }
        return sums
    }

    /// Combines the bands of one image.
    func finishImage() {
        // Bands are taken in their order in the image, not in the order in which threads finished: sums of floats depend on it.
        let bands = bands.withLock { bands in
            defer { bands.removeAll(keepingCapacity: true) }
            return bands.sorted { $0.band < $1.band }
        }
        whole.withLock { whole in
            for band in bands { if whole == nil { whole = band } else { whole? += band } }
        }
    }

    /// The means of the channels behind their scales, before and after the quantizer; nil before the first image.
    var means: (before: [Double], after: [Double])? {
        whole.withLock { whole in
            guard let whole, whole.pixels > 0 else { return nil }
            return (whole.before.map { $0 / Double(whole.pixels) }, whole.after.map { $0 / Double(whole.pixels) })
        }
    }
}
