import Networks
import Tensors
import TestSupport

/// The oracle's networks as straight-line code over the tensors of a checkpoint: what a recognised graph must compute.
struct Straight {
    let tensors: [String: Tensor]
    init(_ tensors: [String: Tensor]) { self.tensors = tensors }

    func vector(_ name: String) -> [Float] { tensors[name]!.values }

    func conv(_ name: String, _ x: SlowMap) -> SlowMap { x.convolved(tensors[name + ".weight"]!, tensors[name + ".bias"]?.values) }

    func prelu(_ name: String, _ x: SlowMap) -> SlowMap { x.prelu(vector(name + ".weight")) }

    func norm(_ name: String, _ x: SlowMap) -> SlowMap {
        let (weight, bias) = (vector(name + ".weight"), vector(name + ".bias"))
        let (mean, variance) = (vector(name + ".running_mean"), vector(name + ".running_var"))
        return x.map { value, c in
            (value - Double(mean[c])) / (Double(variance[c]) + 1e-5).squareRoot() * Double(weight[c]) + Double(bias[c])
        }
    }

    func edsr(_ x: SlowMap, blocks: Int, factors: [Int], resScale: Double = 1) -> SlowMap {
        let head = conv("head.0", conv("sub_mean", x))
        var y = head
        for block in 0..<blocks {
            let inner = conv("body.\(block).body.2", conv("body.\(block).body.0", y).relu())
            y = y + inner.map { value, _ in value * resScale }
        }
        y = conv("body.\(blocks)", y) + head
        for (step, factor) in factors.enumerated() { y = conv("tail.0.\(2 * step)", y).shuffled(factor) }
        return conv("add_mean", conv("tail.1", y))
    }

    func srResNet(_ x: SlowMap, blocks: Int, factors: [Int]) -> SlowMap {
        let head = prelu("head.1", conv("head.0", x))
        var y = head
        for block in 0..<blocks {
            let name = "body.\(block)"
            let inner = prelu(name + ".act", norm(name + ".bn1", conv(name + ".conv1", y)))
            y = y + norm(name + ".bn2", conv(name + ".conv2", inner))
        }
        y = norm("body.\(blocks + 1)", conv("body.\(blocks)", y)) + head
        for (step, factor) in factors.enumerated() {
            y = prelu("tail.0.\(3 * step + 2)", conv("tail.0.\(3 * step)", y).shuffled(factor))
        }
        return conv("tail.1", y)
    }

    func rdn(_ input: SlowMap, blocks: Int, convolutions: Int, factors: [Int]) -> SlowMap {
        let shallow = conv("SFENet1", input)
        var x = conv("SFENet2", shallow)
        var all: [SlowMap] = []
        for block in 0..<blocks {
            var grown = x
            for index in 0..<convolutions {
                grown = SlowMap.join([grown, conv("RDBs.\(block).convs.\(index).conv.0", grown).relu()])
            }
            x = conv("RDBs.\(block).LFF", grown) + x
            all.append(x)
        }
        x = conv("GFF.1", conv("GFF.0", SlowMap.join(all))) + shallow
        for (step, factor) in factors.enumerated() { x = conv("UPNet.\(2 * step)", x).shuffled(factor) }
        return conv("UPNet.\(2 * factors.count)", x)
    }

    /// Runs MSRResNet on 0…255 at both ends; inside it is 0…1.
    func msrResNet(_ input: SlowMap, blocks: Int, factors: [Int]) -> SlowMap {
        let colours = input.map { value, _ in value / 255 }
        var x = conv("conv_first", colours).prelu([0.1])
        for block in 0..<blocks { x = x + conv("body.\(block).conv2", conv("body.\(block).conv1", x).relu()) }
        for (step, factor) in factors.enumerated() { x = conv("upconv\(step + 1)", x).shuffled(factor).prelu([0.1]) }
        x = conv("conv_last", conv("conv_hr", x).prelu([0.1]))
        return (x + colours.resized(factors.reduce(1, *))).map { value, _ in value * 255 }
    }
}

extension [String: Tensor] {
    /// Returns a checkpoint's tensors under other names; nil drops one.
    func renamed(_ rename: (String) -> String?) -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for (name, tensor) in self { if let new = rename(name) { result[new] = tensor } }
        return result
    }

    mutating func set(_ name: String, _ dimensions: [Int], _ value: Float = 0) {
        self[name] = Tensor(dimensions: dimensions, values: [Float](repeating: value, count: dimensions.reduce(1, *)))
    }
}

extension String {
    func replacing(prefix: String, with other: String) -> String { hasPrefix(prefix) ? other + dropFirst(prefix.count) : self }
}

/// Other namings of the networks that `SeededNetworks` makes.
enum Namings {
    static func adaBM(edsr tensors: [String: Tensor]) -> [String: Tensor] {
        tensors.renamed { $0.replacingAll(".body.0.", with: ".conv1.").replacingAll(".body.2.", with: ".conv2.") }
    }

    static func pams(edsr tensors: [String: Tensor]) -> [String: Tensor] {
        tensors.renamed { $0.replacingAll(".body.2.", with: ".body.3.") }
    }

    static func basicSR(edsr tensors: [String: Tensor], blocks: Int) -> [String: Tensor] {
        adaBM(edsr: tensors).renamed { name in
            guard !name.hasPrefix("sub_mean"), !name.hasPrefix("add_mean") else { return nil }
            return name.replacing(prefix: "head.0.", with: "conv_first.").replacing(
                prefix: "body.\(blocks).", with: "conv_after_body."
            )
            .replacing(prefix: "tail.0.", with: "upsample.").replacing(prefix: "tail.1.", with: "conv_last.")
        }
    }

    static func ddtb(srResNet tensors: [String: Tensor], blocks: Int) -> [String: Tensor] {
        tensors.renamed { name in
            name.replacing(prefix: "head.0.", with: "conv_input.").replacing(prefix: "head.1.", with: "relu.")
                .replacing(prefix: "body.\(blocks).", with: "conv_mid.").replacing(prefix: "body.\(blocks + 1).", with: "bn_mid.")
                .replacing(prefix: "body.", with: "residual.").replacingAll(".bn1.", with: ".in1.").replacingAll(
                    ".bn2.", with: ".in2."
                )
                .replacingAll(".act.", with: ".relu.").replacing(prefix: "tail.0.", with: "upscale.")
                .replacing(prefix: "tail.1.", with: "conv_output.")
        }
    }
}

extension String {
    func replacingAll(_ part: String, with other: String) -> String { replacing(part, with: other) }
}
