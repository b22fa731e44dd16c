import Tensors

/// Checkpoints with random weights for tests and benchmarks: the same seed gives the same bytes everywhere.
///
/// Weights and biases are uniform in ±1/√(inputs · k²), as PyTorch initialises a convolution. Element `i` of a tensor is element
/// `i` of SplitMix64 (Steele et al., 2014) started at `seed + FNV-1a(name)`, its upper 24 bits taken as a fraction of 1, so that
/// another language can make the same tensors in any order.
package enum SeededNetworks {
    package typealias StateDict = [String: Tensor]

    /// EDSR-PyTorch's naming, with the shifts by the mean colour.
    package static func edsr(channels: Int = 64, blocks: Int = 16, scale: Int = 4, seed: UInt64) -> StateDict {
        var weights = Weights(seed: seed)
        for (name, sign) in [("sub_mean", Float(-1)), ("add_mean", 1)] {
            weights.tensors["\(name).weight"] = Tensor(dimensions: [3, 3, 1, 1], values: [1, 0, 0, 0, 1, 0, 0, 0, 1])
            weights.tensors["\(name).bias"] = Tensor(dimensions: [3], values: [0.4488, 0.4371, 0.4040].map { sign * 255 * $0 })
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
        return weights.tensors
    }

    /// AdaBM's naming, with batch normalisation and without biases.
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
        return weights.tensors
    }

    /// The paper's size by default: configuration B.
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
        return weights.tensors
    }

    /// BasicSR's MSRResNet.
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
        return weights.tensors
    }

    private static func factors(of scale: Int) -> [Int] { scale == 4 ? [2, 2] : [scale] }
}

private struct Weights {
    let seed: UInt64
    var tensors: SeededNetworks.StateDict = [:]

    init(seed: UInt64) { self.seed = seed }

    mutating func convolution(_ name: String, _ inputs: Int, _ outputs: Int, kernel: Int = 3, bias: Bool = true) {
        let bound = Float(1 / Double(inputs * kernel * kernel).squareRoot())
        draw("\(name).weight", [outputs, inputs, kernel, kernel], around: 0, within: bound)
        if bias { draw("\(name).bias", [outputs], around: 0, within: bound) }
    }

    mutating func vector(_ name: String, _ count: Int, around centre: Float, within bound: Float) {
        draw(name, [count], around: centre, within: bound)
    }

    mutating func batchNorm(_ name: String, _ channels: Int) {
        draw("\(name).weight", [channels], around: 1, within: 0.2)
        draw("\(name).bias", [channels], around: 0, within: 0.2)
        draw("\(name).running_mean", [channels], around: 0, within: 0.5)
        draw("\(name).running_var", [channels], around: 1, within: 0.5)
        tensors["\(name).num_batches_tracked"] = Tensor(dimensions: [], values: [1000])
    }

    private mutating func draw(_ name: String, _ dimensions: [Int], around centre: Float, within bound: Float) {
        let hash = name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        var generator = SplitMix64(state: seed &+ hash)
        var tensor = Tensor(zeros: dimensions)
        tensor.values.withUnsafeMutableBufferPointer { values in
            var index = 0  // A range would make debug builds, which the tests are, several times slower.
            while index < values.count {
                values[index] = centre + (Float(generator.next() >> 40) * 0x1p-23 - 1) * bound
                index += 1
            }
        }
        tensors[name] = tensor
    }
}

package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
