import FloatEngine
import Networks
import Synchronization
import Tensors

/// The values that every convolution reads, before its quantizer.
package enum LayerInputs {
    package static func of(
        _ network: Network, _ image: Tensor, overrides: [Int: ConvolutionOverride] = [:], variants: [Int] = []
    ) throws -> [Int: [Float]] {
        let bands = Mutex<[Int: [(number: Int, values: [Float])]]>([:])
        let executor = try Executor(network: network, pool: ThreadPool(threads: 1), overrides: overrides)
        _ = try executor.run(image, variants: variants) { observation in
            let band = (observation.band, Array(observation.input))
            bands.withLock { $0[observation.node, default: []].append(band) }
        }
        return bands.withLock { $0 }.mapValues { $0.sorted { $0.number < $1.number }.flatMap(\.values) }
    }
}
