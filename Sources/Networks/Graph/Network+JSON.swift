import Checkpoints
import Tensors

/// The graph in a model file (docs/model-file.md) is `{"architecture", "scale", "nodes"}`, a node being `[name, operation,
/// [inputs], …]`. Numbers that were learned stay outside, as tensors named after their node (`Network.tensors`).
extension Network {
    /// The graph without its tensors.
    public var json: JSON {
        ["architecture": .string(architecture), "scale": JSON(scale), "nodes": .array(nodes.map(\.json))]
    }

    /// Puts a graph and its tensors together again. What else is in `tensors` is left alone.
    ///
    /// Postcondition: the network can be run and takes 3 colours.
    /// - Parameters:
    ///   - tensors: by name, as `Network.tensors` has them.
    ///   - file: named in errors.
    /// - Throws: `.graph` for what is no graph, names no operation or cannot be run (`validate`); `.tensor` for tensors that are
    ///   not there.
    public init(json: JSON, tensors: [String: Tensor], file: String) throws(NetworkError) {
        do {
            let root = JSON.Field(json, path: "$")
            architecture = try root.member("architecture").string()
            scale = try root.member("scale").integer(in: 1...Self.largestScale)
            let fields = try root.member("nodes").elements()
            nodes = []
            for field in fields.prefix(Self.mostNodes + 1) { nodes.append(try NodeReader(field, tensors).node()) }
        } catch let error as CheckpointError {
            guard case .json(let path, let reason) = error else {
                throw .graph(file: file, node: "", problem: error.description)
            }
            throw .graph(file: file, node: "", problem: "at \(path): \(reason)")
        } catch let error as MissingTensor {
            throw .tensor(file: file, name: error.name, problem: "is missing or has the wrong rank; expected rank \(error.rank)")
        } catch {
            throw .graph(file: file, node: "", problem: "\(error)")
        }
        guard try validate(file: file)[0].channels == 3 else {
            throw .graph(file: file, node: nodes[0].name, problem: "does not take 3 colours")
        }
    }
}

/// A tensor that a node needs is not there, or has another rank.
private struct MissingTensor: Error {
    var name: String
    var rank: Int
}

extension Node {
    /// The node as an array, without its tensors.
    fileprivate var json: JSON {
        .array([.string(name), .string(operation.name), .array(inputs.map { JSON($0) })] + operation.settings)
    }
}

/// A node of a graph in JSON, whose operation is not known yet.
private struct NodeReader {
    let field: JSON.Field
    let name: String
    let operationField: JSON.Field
    let inputs: [Int]
    let settings: Slice<JSON.Elements>
    let tensors: [String: Tensor]

    init(_ field: JSON.Field, _ tensors: [String: Tensor]) throws {
        let elements = try field.elements()
        guard elements.count >= 3 else { throw field.failure("expected [name, operation, [inputs], …]") }
        self.field = field
        self.tensors = tensors
        name = try elements[0].string()
        operationField = elements[1]
        var inputs: [Int] = []
        for input in try elements[2].elements() { inputs.append(try input.integer(in: 0...Network.mostNodes)) }
        self.inputs = inputs
        settings = elements.dropFirst(3)
    }

    func node() throws -> Node { Node(name: name, operation: try operation(), inputs: inputs) }

    private func operation() throws -> Operation {
        switch try operationField.string() {
        case "input": .input(channels: try setting().integer(in: 1...Network.mostChannels))
        case "convolution": .convolution(try convolution())
        case "affine": try plain(.affine(scale: tensor("scale", rank: 1).values, shift: tensor("shift", rank: 1).values))
        case "relu": try plain(.relu)
        case "leakyRelu": .leakyRelu(slope: try setting().float())
        case "prelu": try plain(.prelu(slopes: tensor("slopes", rank: 1).values))
        case "add": try plain(.add)
        case "multiply": .multiply(try setting().float())
        case "concatenate": try plain(.concatenate)
        case "pixelShuffle": .pixelShuffle(try setting().integer(in: 2...Network.largestScale))
        case "resizeBilinear": .resizeBilinear(try setting().integer(in: 2...Network.largestScale))
        case "tanh": try plain(.tanh)
        default: throw operationField.failure("expected an operation")
        }
    }

    private func convolution() throws -> Convolution {
        let settings = try settings(2)
        guard let role = Convolution.Role(rawValue: try settings[0].string()) else { throw settings[0].failure("expected a role") }
        let bias = try settings[1].bool() ? try tensor("bias", rank: 1).values : nil
        return Convolution(role: role, weight: try tensor("weight", rank: 4), bias: bias)
    }

    /// Returns an operation that has no settings.
    private func plain(_ operation: Operation) throws -> Operation {
        _ = try settings(0)
        return operation
    }

    /// Returns the only setting.
    private func setting() throws -> JSON.Field { try settings(1)[0] }

    /// Returns the settings if there are `count` of them.
    private func settings(_ count: Int) throws -> [JSON.Field] {
        guard settings.count == count else { throw field.failure("expected \(count) settings, found \(settings.count)") }
        return Array(settings)
    }

    /// Returns the node's tensor of this name and rank.
    private func tensor(_ part: String, rank: Int) throws -> Tensor {
        guard let tensor = tensors["\(name).\(part)"], tensor.dimensions.count == rank else {
            throw MissingTensor(name: "\(name).\(part)", rank: rank)
        }
        return tensor
    }
}

extension Operation {
    /// The name of the operation in JSON.
    fileprivate var name: String {
        switch self {
        case .input: "input"
        case .convolution: "convolution"
        case .affine: "affine"
        case .relu: "relu"
        case .leakyRelu: "leakyRelu"
        case .prelu: "prelu"
        case .add: "add"
        case .multiply: "multiply"
        case .concatenate: "concatenate"
        case .pixelShuffle: "pixelShuffle"
        case .resizeBilinear: "resizeBilinear"
        case .tanh: "tanh"
        }
    }

    /// The settings of the operation in JSON: what it has besides inputs and tensors.
    fileprivate var settings: [JSON] {
        switch self {
        case .input(let channels): [JSON(channels)]
        case .convolution(let convolution): [.string(convolution.role.rawValue), .bool(convolution.bias != nil)]
        case .leakyRelu(let number), .multiply(let number): [JSON(number)]
        case .pixelShuffle(let factor), .resizeBilinear(let factor): [JSON(factor)]
        case .affine, .relu, .prelu, .add, .concatenate, .tanh: []
        }
    }
}
