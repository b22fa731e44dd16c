import Checkpoints
import Files
import Networks
import QuantizedNetworks
import Quantizers
import Tensors

/// A golden file: a tiny network, an input, and what the PyTorch oracle makes of them (`Tests/Golden/make_oracle.py`).
package struct Golden {
    package let network: Network
    /// The input, channels last.
    package let input: Tensor
    private let json: JSON.Field

    /// The names of the golden files of tiny networks.
    package static let names = ["tiny_edsr", "tiny_srresnet", "tiny_rdn"]

    package init(_ name: String) throws {
        let folder = PackageFiles.golden
        let path = Files.joined(folder, name + ".json")
        json = JSON.Field(try JSON.parse(bytes: try Files.read(path)[...], name: path), path: path)
        let file = Files.joined(folder, name + ".pth")
        network = try Network.recognise(
            tensors: try StateDict.read(path: file).tensors, file: file, options: LoadOptions(tanhOutput: name == "tiny_srresnet"))
        input = try Self.channelsLast(json.member("input"))
    }

    /// The output of the float network, channels last.
    package var output: Tensor { get throws { try Self.channelsLast(json.member("output")) } }
    /// The output of the calibrated network with "plq" at W4A4, channels last.
    package var quantizedOutput: Tensor { get throws { try Self.channelsLast(json.member("quantized_output")) } }

    /// The samples of `input`, one tensor each.
    package var images: [Tensor] {
        let count = input.values.count / input.dimensions[0]
        return (0..<input.dimensions[0]).map {
            Tensor(dimensions: [1] + input.dimensions.dropFirst(), values: Array(input.values[$0 * count..<($0 + 1) * count]))
        }
    }

    package struct Layer {
        package let lower, upper, breakpoint, weightBound: Float
        package let deviation, sensitivity: Double?
    }

    /// Returns the parameters of every quantized layer by the layer's name. `point` is "calibrated", or "moved" for parameters
    /// somewhat inside the calibrated ranges.
    package func layers(_ point: String) throws -> [String: Layer] {
        var result: [String: Layer] = [:]
        for (name, field) in try json.member(point).members() {
            result[name] = Layer(
                lower: try field.member("l").float(), upper: try field.member("u").float(),
                breakpoint: try field.member("bp").float(),
                weightBound: try field.member("u_w").float(), deviation: try field.optional("deviation")?.number(),
                sensitivity: try field.optional("sensitivity")?.number())
        }
        return result
    }

    package struct Step {
        package let loss: Double
        /// The gradients by the name of the layer, then by that of the parameter: "l", "u", "bp", "u_w".
        package let gradients: [String: [String: Double]]
    }

    /// Returns one finetuning step on the input, begun at the parameters of `point`.
    package func step(_ point: String, quantizer: String, method: String) throws -> Step {
        let field = try json.member(point == "moved" ? "moved_steps" : "steps").member("\(quantizer) \(method)")
        var gradients: [String: [String: Double]] = [:]
        for (name, layer) in try field.member("gradients").members() {
            // The file has null where the layer has no such parameter.
            for (parameter, value) in try layer.members() where value.value != .null {
                gradients[name, default: [:]][parameter] = try value.number()
            }
        }
        return Step(loss: try field.member("loss").number(), gradients: gradients)
    }

    /// Returns the network at W4A4 with the ranges of `point`.
    package func quantized(_ point: String, quantizer: String) throws -> QuantizedNetwork {
        var recipe = Recipe()
        recipe.quantizer = quantizer
        let ranges = try layers(point)
        let deviations = try layers("calibrated")
        var layers: [Int: LayerQuantization] = [:]
        for node in network.layers {
            guard case .convolution(let convolution) = network.nodes[node].operation, let range = ranges[network.nodes[node].name]
            else { continue }
            let bits = convolution.role == .edge ? 8 : 4
            layers[node] = LayerQuantization(
                activation: try QuantizerRegistry.standard.fit(
                    name: bits == 8 ? "minmax" : quantizer,
                    statistics: ActivationStatistics(lower: range.lower, upper: range.upper, percentileAbsolute: range.breakpoint),
                    bits: bits),
                weight: try SymmetricWeightQuantizer(bits: bits, uppers: [range.weightBound]), statistics: nil,
                deviation: deviations[network.nodes[node].name]?.deviation ?? 0)
        }
        return QuantizedNetwork(network: network, layers: layers, recipe: recipe)
    }

    /// Returns a tensor, channels last, from `{shape: [samples, channels, height, width], values}`.
    private static func channelsLast(_ field: JSON.Field) throws -> Tensor {
        let shape = try field.member("shape").elements().map { try $0.integer() }
        let values = try field.member("values").elements().map { try $0.float() }
        let (n, c, h, w) = (shape[0], shape[1], shape[2], shape[3])
        var result = Tensor(zeros: [n, h, w, c])
        for sample in 0..<n {
            for channel in 0..<c {
                for pixel in 0..<h * w {
                    result.values[(sample * h * w + pixel) * c + channel] = values[(sample * c + channel) * h * w + pixel]
                }
            }
        }
        return result
    }
}
