import FloatEngine
import Quantizers
import Tensors

/// An observer that finds the largest magnitude of each channel of one layer's input over all images, from which the channels'
/// scales follow. It sees every image before anything else does, because all other statistics are those of the scaled input.
///
/// Thread rule: `add` may be called by many threads at once. The result does not depend on which thread saw what.
final class ChannelObserver: Sendable {
    private let largest = Guarded<[Float]>([])

    /// Takes a band of one image's input.
    func add(_ observation: ConvolutionObservation) {
        let channels = observation.inputShape.channels
        var seen = [Float](repeating: 0, count: channels)
        for first in stride(from: 0, to: observation.input.count, by: channels) {
            for channel in 0..<channels {
                let magnitude = abs(observation.input[first + channel])
                // A NaN counts as infinite, so that it shows.
                if !(magnitude <= seen[channel]) { seen[channel] = magnitude.isNaN ? .infinity : magnitude }
            }
        }
        largest.withLock { [seen] largest in largest = largest.isEmpty ? seen : zip(largest, seen).map { max($0, $1) } }
    }

    /// The largest magnitudes, one for each channel; nil before the first image, and if one is not finite.
    var magnitudes: [Float]? {
        largest.withLock { !$0.isEmpty && $0.allSatisfy(\.isFinite) ? $0 : nil }
    }
}
