extension Network {
    // These limits lie far above any known network: they keep a hostile graph of a few kilobytes from asking for petabytes.
    static let mostNodes = 100_000
    static let mostChannels = 65_536
    static let largestScale = 16
    static let largestKernel = 31

    /// Checks that the graph can be run: the input comes first and once, every operation reads earlier ones and is read by a
    /// later one, channels and sizes agree, every number is finite, names are unique and the output is `scale` times larger
    /// with as many channels as the input.
    ///
    /// - Parameter file: named in errors.
    /// - Returns: what every node yields, by node index.
    /// - Throws: `.graph`, which names the node.
    @discardableResult
    /// Returns the size of every node's result, by node index, if the graph can be run: the input comes first and once, every
    /// operation reads earlier ones and is read by a later one, channels and sizes agree, every number is finite, names are unique
    /// and the output is `scale` times larger with as many channels as the input.
    /// - Parameter file: named in errors.
    /// - Throws: `.graph`, which names the node.
    public func validate(file: String = "network") throws(NetworkError) -> [Extent] {
        func problem(_ text: String, _ node: String = "") -> NetworkError { .graph(file: file, node: node, problem: text) }

        guard let first = nodes.first, case .input(let colours) = first.operation else {
            throw problem("does not begin with an input")
        }
        guard nodes.count <= Self.mostNodes else {
            throw problem("has \(nodes.count) nodes; at most \(Self.mostNodes) are allowed")
        }
        var extents: [Extent] = []
        var isRead = [Bool](repeating: false, count: nodes.count)
        var names: Set<String> = []
        for (index, node) in nodes.enumerated() {
            guard !node.name.isEmpty else { throw problem("has a node (number \(index)) without a name") }
            guard names.insert(node.name).inserted else { throw problem("is there twice", node.name) }
            if index > 0, case .input = node.operation { throw problem("is a second input", node.name) }
            var inputs: [Extent] = []
            for input in node.inputs {
                guard (0..<index).contains(input) else {
                    throw problem("(number \(index)) reads node \(input), which does not come before it", node.name)
                }
                isRead[input] = true
                inputs.append(extents[input])
            }
            do {
                extents.append(try node.operation.checkedExtent(of: inputs))
            } catch {
                throw problem(error.message, node.name)
            }
            if let value = node.operation.firstNotFinite { throw problem("holds \(value)", node.name) }
        }
        if let index = isRead.dropLast().firstIndex(of: false) { throw problem("is read by none", nodes[index].name) }
        guard let output = extents.last, output == Extent(channels: colours, scale: scale) else {
            let output = extents.last ?? Extent(channels: 0, scale: 0)
            throw problem("yields \(output.channels) channels at scale \(output.scale); expected \(colours) at scale \(scale)")
        }
        return extents
    }
}

/// The problem of an operation; its caller knows the file and the node.
struct OperationProblem: Error {
    var message: String
    init(_ message: String) { self.message = message }
}

extension Operation {
    /// Returns the size of the operation's result if `inputs` go in.
    /// - Throws: the problem of the operation or of what it reads.
    func checkedExtent(of inputs: [Extent]) throws(OperationProblem) -> Extent {
        guard inputCount.contains(inputs.count) else {
            throw OperationProblem("has \(inputs.count) inputs, which is not what it takes")
        }
        try check(inputs, first: inputs.first ?? Extent(channels: 0, scale: 1))
        let result = extent(of: inputs)
        guard (1...Network.mostChannels).contains(result.channels) else {
            throw OperationProblem("yields \(result.channels) channels; 1 to \(Network.mostChannels) are allowed")
        }
        guard result.scale <= Network.largestScale else {
            throw OperationProblem("enlarges \(result.scale) times; at most \(Network.largestScale) are allowed")
        }
        return result
    }

    /// Checks the operation's own numbers against what it reads; their count is right already.
    private func check(_ inputs: [Extent], first: Extent) throws(OperationProblem) {
        switch self {
        case .convolution(let convolution):
            try convolution.check(inputs: first.channels)
        case .affine(let scale, let shift):
            guard scale.count == first.channels, shift.count == first.channels else {
                throw OperationProblem("has \(scale.count) factors and \(shift.count) shifts for \(first.channels) channels")
            }
        case .prelu(let slopes):
            guard slopes.count == 1 || slopes.count == first.channels else {
                throw OperationProblem("has \(slopes.count) slopes for \(first.channels) channels")
            }
        case .add:
            guard inputs.allSatisfy({ $0 == first }) else {
                throw OperationProblem("adds maps of different sizes: " + Self.sizes(inputs))
            }
        case .concatenate:
            guard inputs.allSatisfy({ $0.scale == first.scale }) else {
                throw OperationProblem("joins maps of different sizes: " + Self.sizes(inputs))
            }
        case .pixelShuffle(let factor):
            guard (2...Network.largestScale).contains(factor), first.channels % (factor * factor) == 0 else {
                throw OperationProblem("shuffles \(first.channels) channels by \(factor)")
            }
        case .resizeBilinear(let factor):
            guard (2...Network.largestScale).contains(factor) else { throw OperationProblem("resizes by \(factor)") }
        case .input, .relu, .leakyRelu, .multiply, .tanh:
            break
        }
    }

    /// How many inputs the operation may have.
    private var inputCount: ClosedRange<Int> {
        switch self {
        case .input: 0...0
        case .add: 2...2
        case .concatenate: 1...Network.mostNodes
        default: 1...1
        }
    }

    /// The first number of the operation that is not finite; nil where all are.
    fileprivate var firstNotFinite: Float? {
        switch self {
        case .convolution(let convolution): convolution.weight.values.firstNotFinite ?? convolution.bias?.firstNotFinite
        case .affine(let scale, let shift): scale.firstNotFinite ?? shift.firstNotFinite
        case .prelu(let slopes): slopes.firstNotFinite
        case .leakyRelu(let number), .multiply(let number): number.isFinite ? nil : number
        default: nil
        }
    }

    private static func sizes(_ extents: [Extent]) -> String {
        extents.map { "\($0.channels) channels at scale \($0.scale)" }.joined(separator: ", ")
    }
}

extension Convolution {
    fileprivate func check(inputs channels: Int) throws(OperationProblem) {
        let dimensions = weight.dimensions
        guard dimensions.count == 4, dimensions.allSatisfy({ $0 > 0 }) else {
            throw OperationProblem("has weights of the shape \(dimensions); expected [outputs, inputs, k, k]")
        }
        guard kernel == dimensions[3], kernel % 2 == 1, kernel <= Network.largestKernel else {
            throw OperationProblem(
                "has a kernel of \(kernel)×\(dimensions[3]); expected a square, odd one up to \(Network.largestKernel)")
        }
        guard inputs == channels else { throw OperationProblem("expects \(inputs) channels, but reads \(channels)") }
        guard bias == nil || bias?.count == outputs else {
            throw OperationProblem("has \(bias?.count ?? 0) biases for \(outputs) outputs")
        }
    }
}
