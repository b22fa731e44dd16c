import Tensors

/// A network that grows operation by operation from the tensors of a checkpoint. Every appending method returns the index of the
/// last node that it made.
package struct NetworkBuilder {
    /// The tensors of the checkpoint.
    package var tensors: TensorReader
    /// The options, which say what the checkpoint cannot.
    package let options: LoadOptions
    private var nodes: [Node] = []
    /// The size of every node's result so far.
    private var extents: [Extent] = []

    /// Makes a network without nodes.
    init(reading tensors: [String: Tensor], file: String, options: LoadOptions) {
        self.tensors = TensorReader(tensors, file: file)
        self.options = options
    }

    /// Returns how many channels a node's result has.
    package func channels(of node: Int) -> Int { extents[node].channels }
    /// Returns how many times wider and higher than the input a node's result is.
    package func scale(of node: Int) -> Int { extents[node].scale }

    /// Appends an operation that has no tensors of its own, or whose tensors were read already.
    package mutating func append(_ name: String, _ operation: Operation, _ inputs: Int...) throws(NetworkError) -> Int {
        try append(name, operation, inputs)
    }

    /// Appends an operation that reads a list of nodes.
    /// - Throws: `.graph` if the operation cannot work with these inputs.
    package mutating func append(_ name: String, _ operation: Operation, _ inputs: [Int]) throws(NetworkError) -> Int {
        do {
            extents.append(try operation.checkedExtent(of: inputs.map { extents[$0] }))
        } catch {
            throw NetworkError.graph(file: tensors.file, node: name, problem: error.message)
        }
        nodes.append(Node(name: name, operation: operation, inputs: inputs))
        return nodes.count - 1
    }

    /// Reads `name.weight` and, where there is one, `name.bias`, and appends their convolution.
    /// - Parameter outputs: how many there have to be; nil where the file decides. The kernel, square and odd, is always the
    ///   file's.
    package mutating func convolution(
        _ name: String, _ role: Convolution.Role, _ input: Int, outputs: Int? = nil
    ) throws(NetworkError) -> Int {
        let key = name + ".weight"
        let expected = "[\(outputs.map(String.init) ?? "any"), \(channels(of: input)), k, k] with odd k"
        let weight = try tensors.take(key, [outputs, channels(of: input), nil, nil], expected: expected)
        guard weight.dimensions[2] == weight.dimensions[3], weight.dimensions[2] % 2 == 1 else {
            throw tensors.problem(key, "has the shape \(weight.dimensions); expected \(expected)")
        }
        let bias = try tensors.takeVector(ifPresent: name + ".bias", count: weight.dimensions[0])
        return try append(name, .convolution(Convolution(role: role, weight: weight, bias: bias)), input)
    }

    /// Reads `name.weight`, one slope or one per channel, and appends their PReLU.
    package mutating func prelu(_ name: String, _ input: Int) throws(NetworkError) -> Int {
        let key = name + ".weight"
        let expected = "[1] or [\(channels(of: input))]"
        let slopes = try tensors.take(key, [nil], expected: expected)
        guard slopes.values.count == 1 || slopes.values.count == channels(of: input) else {
            throw tensors.problem(key, "has the shape \(slopes.dimensions); expected \(expected)")
        }
        return try append(name, .prelu(slopes: slopes.values), input)
    }

    /// The tensors that a batch normalisation needs, after its name.
    private static let normParts = ["weight", "bias", "running_mean", "running_var"]

    /// Returns whether the file has any tensor of any of these batch normalisations. If so it has to have all of them: only a file
    /// without any can be one whose normalisation was folded into the convolutions.
    package func hasNorms(among names: [String]) -> Bool {
        names.contains { name in
            (Self.normParts + ["num_batches_tracked"]).contains { tensors.contains("\(name).\($0)") }
        }
    }

    /// Appends batch normalisation in evaluation mode, `y = (x − mean) / √(variance + 1e-5) · weight + bias`, as one affine
    /// operation.
    ///
    /// Edge cases: where the file has no normalisation at all and the convolution before has a bias, into which it was folded,
    /// nothing is appended and `input` is returned.
    /// - Parameter isInFile: whether the file has any of the network's normalisations, by `hasNorms`.
    package mutating func batchNorm(_ name: String, isInFile: Bool, _ input: Int) throws(NetworkError) -> Int {
        if !isInFile, case .convolution(let before) = nodes[input].operation, before.bias != nil { return input }
        let channels = channels(of: input)
        let weight = try tensors.take(name + ".weight", [channels]).values
        let bias = try tensors.take(name + ".bias", [channels]).values
        let mean = try tensors.take(name + ".running_mean", [channels]).values
        let variance = try tensors.take(name + ".running_var", [channels]).values
        if let negative = variance.first(where: { $0 < 0 }) {
            throw tensors.problem(name + ".running_var", "holds \(negative); a variance is not negative")
        }
        var scale: [Float] = []
        var shift: [Float] = []
        for c in 0..<channels {
            let factor = Double(weight[c]) / (Double(variance[c]) + 1e-5).squareRoot()
            scale.append(Float(factor))
            shift.append(Float(Double(bias[c]) - Double(mean[c]) * factor))
        }
        return try append(name, .affine(scale: scale, shift: shift), input)
    }

    /// Appends convolutions that each make the map 2 or 3 times larger, by pixel shuffle.
    ///
    /// - Parameters:
    ///   - channels: how many there are after each shuffle.
    ///   - activation: appended after each shuffle, given the index of the step.
    package mutating func upsample(
        _ input: Int, _ convolutions: [String], channels: Int,
        activation: (inout NetworkBuilder, _ step: Int, _ input: Int) throws(NetworkError) -> Int = { $2 }
    ) throws(NetworkError) -> Int {
        var x = input
        for (step, name) in convolutions.enumerated() {
            x = try convolution(name, .edge, x)
            let outputs = self.channels(of: x)
            guard let factor = [2, 3].first(where: { $0 * $0 * channels == outputs }) else {
                throw tensors.problem(
                    name + ".weight", "has \(outputs) outputs; expected \(4 * channels) or \(9 * channels) for a pixel shuffle")
            }
            x = try append(name + ".shuffle", .pixelShuffle(factor), x)
            x = try activation(&self, step, x)
        }
        return x
    }

    /// Returns the network that was built, once nothing in the file is left over.
    /// - Throws: `.unusedTensors` for what nobody read; `.graph` for a scale other than 2, 3 and 4 and for a graph that cannot be
    ///   run.
    func network(of architecture: some Architecture) throws(NetworkError) -> Network {
        let unused = tensors.unread.filter { !Architectures.isByProduct($0) }
        guard unused.isEmpty else {
            throw .unusedTensors(file: tensors.file, architecture: architecture.name, names: unused.sorted())
        }
        let network = Network(architecture: architecture.name, scale: extents.last?.scale ?? 1, nodes: nodes)
        guard [2, 3, 4].contains(network.scale) else {
            throw .graph(file: tensors.file, node: "", problem: "enlarges \(network.scale) times; 2, 3 and 4 are known")
        }
        try network.validate(file: tensors.file)
        try checkBiases()
        return network
    }

    /// Checks that all convolutions of a kind have a bias, or none of them: one that lacks it while its brothers have it was
    /// damaged, and would compute something else. A convolution before a batch normalisation, which brings a bias of its own, is
    /// of another kind than one that is followed by anything else.
    /// - Throws: `.tensor`, naming the first bias that is missing.
    private func checkBiases() throws(NetworkError) {
        var normalised: Set<Int> = []
        for node in nodes {
            guard case .affine = node.operation, !ColourConversion.affineNames.contains(node.name) else { continue }
            normalised.formUnion(node.inputs)
        }
        for isNormalised in [false, true] {
            var (with, without): (Node?, (name: String, outputs: Int)?) = (nil, nil)
            for (index, node) in nodes.enumerated() where normalised.contains(index) == isNormalised {
                guard case .convolution(let convolution) = node.operation else { continue }
                if convolution.bias != nil {
                    with = with ?? node
                } else {
                    without = without ?? (node.name, convolution.weight.dimensions[0])
                }
            }
            if let with, let without {
                throw tensors.problem(
                    without.name + ".bias", "is missing; expected [\(without.outputs)], since there is a \(with.name).bias")
            }
        }
    }
}
