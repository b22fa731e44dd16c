import Tensors

/// Checkpoints with random weights for tests and benchmarks: the same seed gives the same bytes in any language.
///
/// Tensor `t`, counted from 0 in the order of the names, takes element `i` (row-major) from value `i` of SplitMix64 (Steele et
/// al., 2014) started at `seed · 0xD1342543DE82EF95 + t`: its upper 53 bits, as a fraction `u` of 1 in double, give
/// `centre + (2u − 1) · bound`, rounded to float once. Convolutions have centre 0 and bound √(3 / fan-in), which keeps the
/// variance from layer to layer; the fan-in of a bias is 1. With seed 0 RDN is the one of `Tests/Golden/make_oracle.py`.
package enum SeededNetworks {
    package typealias StateDict = [String: Tensor]

    /// Returns an EDSR by EDSR-PyTorch's names, with the shifts by the mean colour.
    package static func edsr(channels: Int = 64, blocks: Int = 16, scale: Int = 4, seed: UInt64) -> StateDict {
        var weights = Weights(seed: seed)
        for (name, sign) in [("sub_mean", Float(-1)), ("add_mean", 1)] {
            weights.fixed["\(name).weight"] = Tensor(dimensions: [3, 3, 1, 1], values: [1, 0, 0, 0, 1, 0, 0, 0, 1])
            weights.fixed["\(name).bias"] = Tensor(dimensions: [3], values: [0.4488, 0.4371, 0.4040].map { sign * 255 * $0 })
        }
        weights.convolution("head.0", 3, channels)
        for block in 0..<blocks {
            weights.convolution("body.\(block).body.0", channels, channels)
            weights.convolution("body.\(block).body.2", channels, channels)
        }
        weights.convolution("body.\(blocks)", channels, channels)
        for (step, factor) in factors(of: scale).enumerated() {
            weights.convolution("tail.0.\(2 * step)", channels, channels * factor * factor)
        }
        weights.convolution("tail.1", channels, 3)
        return weights.drawn()
    }

    /// Returns an SRResNet by AdaBM's names, with batch normalisation and without biases.
    package static func srResNet(
        channels: Int = 64, blocks: Int = 16, scale: Int = 4, slopePerChannel: Bool = false, seed: UInt64
    ) -> StateDict {
        var weights = Weights(seed: seed)
        let slopes = slopePerChannel ? channels : 1
        weights.convolution("head.0", 3, channels, kernel: 9, bias: false)
        weights.vector("head.1.weight", slopes, around: 0.25, within: 0.1)
        for block in 0..<blocks {
            for part in ["1", "2"] {
                weights.convolution("body.\(block).conv\(part)", channels, channels, bias: false)
                weights.batchNorm("body.\(block).bn\(part)", channels)
            }
            weights.vector("body.\(block).act.weight", slopes, around: 0.25, within: 0.1)
        }
        weights.convolution("body.\(blocks)", channels, channels, bias: false)
        weights.batchNorm("body.\(blocks + 1)", channels)
        for (step, factor) in factors(of: scale).enumerated() {
            weights.convolution("tail.0.\(3 * step)", channels, channels * factor * factor, bias: false)
            weights.vector("tail.0.\(3 * step + 2).weight", slopes, around: 0.25, within: 0.1)
        }
        weights.convolution("tail.1", channels, 3, kernel: 9, bias: false)
        return weights.drawn()
    }

    /// Returns an RDN; by default it has the paper's size, configuration B.
    package static func rdn(
        blocks: Int = 16, convolutions: Int = 8, growth: Int = 64, channels: Int = 64, scale: Int = 4, seed: UInt64
    ) -> StateDict {
        var weights = Weights(seed: seed)
        weights.convolution("SFENet1", 3, channels)
        weights.convolution("SFENet2", channels, channels)
        for block in 0..<blocks {
            for index in 0..<convolutions {
                weights.convolution("RDBs.\(block).convs.\(index).conv.0", channels + index * growth, growth)
            }
            weights.convolution("RDBs.\(block).LFF", channels + convolutions * growth, channels, kernel: 1)
        }
        weights.convolution("GFF.0", blocks * channels, channels, kernel: 1)
        weights.convolution("GFF.1", channels, channels)
        var inputs = channels
        for (step, factor) in factors(of: scale).enumerated() {
            weights.convolution("UPNet.\(2 * step)", inputs, growth * factor * factor)
            inputs = growth
        }
        weights.convolution("UPNet.\(2 * factors(of: scale).count)", growth, 3)
        return weights.drawn()
    }

    /// Returns an MSRResNet by BasicSR's names.
    package static func msrResNet(channels: Int = 64, blocks: Int = 16, scale: Int = 4, seed: UInt64) -> StateDict {
        var weights = Weights(seed: seed)
        weights.convolution("conv_first", 3, channels)
        for block in 0..<blocks {
            weights.convolution("body.\(block).conv1", channels, channels)
            weights.convolution("body.\(block).conv2", channels, channels)
        }
        for (step, factor) in factors(of: scale).enumerated() {
            weights.convolution("upconv\(step + 1)", channels, channels * factor * factor)
        }
        weights.convolution("conv_hr", channels, channels)
        weights.convolution("conv_last", channels, 3)
        return weights.drawn()
    }

    private static func factors(of scale: Int) -> [Int] { scale == 4 ? [2, 2] : [scale] }
}

/// Collects what a checkpoint has, because a tensor's numbers depend on its place among all names.
private struct Weights {
    private struct Distribution {
        var dimensions: [Int]
        var centre, bound: Double
    }

    let seed: UInt64
    var fixed: SeededNetworks.StateDict = [:]
    private var random: [String: Distribution] = [:]

    init(seed: UInt64) { self.seed = seed }

    mutating func convolution(_ name: String, _ inputs: Int, _ outputs: Int, kernel: Int = 3, bias: Bool = true) {
        let fanIn = Double(inputs * kernel * kernel)
        random["\(name).weight"] = Distribution(
            dimensions: [outputs, inputs, kernel, kernel], centre: 0, bound: (3 / fanIn).squareRoot())
        if bias { vector("\(name).bias", outputs, around: 0, within: 3.0.squareRoot()) }
    }

    mutating func vector(_ name: String, _ count: Int, around centre: Double, within bound: Double) {
        random[name] = Distribution(dimensions: [count], centre: centre, bound: bound)
    }

    mutating func batchNorm(_ name: String, _ channels: Int) {
        vector("\(name).weight", channels, around: 1, within: 0.2)
        vector("\(name).bias", channels, around: 0, within: 0.2)
        vector("\(name).running_mean", channels, around: 0, within: 0.5)
        vector("\(name).running_var", channels, around: 1, within: 0.5)
        fixed["\(name).num_batches_tracked"] = Tensor(dimensions: [], values: [1000])
    }

    func drawn() -> SeededNetworks.StateDict {
        var tensors = fixed
        for (place, name) in (Array(fixed.keys) + Array(random.keys)).sorted().enumerated() {
            guard let distribution = random[name] else { continue }
            let state = seed &* 0xD134_2543_DE82_EF95 &+ UInt64(place)
            tensors[name] = Self.draw(distribution, SplitMix64(state: state))
        }
        return tensors
    }

    private static func draw(_ distribution: Distribution, _ generator: SplitMix64) -> Tensor {
        var generator = generator
        var tensor = Tensor(zeros: distribution.dimensions)
        let (centre, bound) = (distribution.centre, distribution.bound)
        tensor.values.withUnsafeMutableBufferPointer { values in
            var index = 0  // A range would make debug builds, which the tests are, several times slower.
            while index < values.count {
                let fraction = Double(generator.next() >> 11) * 0x1p-53
                values[index] = Float(centre + (2 * fraction - 1) * bound)
                index += 1
            }
        }
        return tensor
    }
}
