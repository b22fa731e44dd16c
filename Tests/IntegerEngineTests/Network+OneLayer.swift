import Networks
import Tensors

extension Network {
    /// Returns a network of one 3×3 layer, node 1. Its weights are 0, since tests give the layer integers of their own; its biases
    /// are eighths.
    static func oneLayer(inputs: Int, outputs: Int) -> Network {
        let weight = Tensor(dimensions: [outputs, inputs, 3, 3], values: [Float](repeating: 0, count: outputs * inputs * 9))
        let bias = (0..<outputs).map { Float($0) / 8 }
        return Network(
            architecture: "test", scale: 1,
            nodes: [
                Node(name: "input", operation: .input(channels: inputs), inputs: []),
                Node(name: "layer", operation: .convolution(Convolution(role: .body, weight: weight, bias: bias)), inputs: [0]),
            ])
    }
}
