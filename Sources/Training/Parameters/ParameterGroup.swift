import QuantizedNetworks
import Quantizers
import Tensors

/// What an epoch trains: Algorithm 1 goes through the first three in turn.
public enum ParameterGroup: String, Sendable, CaseIterable {
    /// u_w, one per layer or per output channel; of asymmetric weights all lower ends, then all upper ones.
    case weights
    /// l_a and u_a of every layer.
    case range
    /// bp of every piecewise linear layer.
    case breakpoint
    /// AdaBM's image thresholds, and m of every adaptive layer.
    case measures
}

extension QuantizedNetwork {
    /// Nodes that can have parameters: the image, at the network's input, and the quantized layers.
    package var parameterNodes: [Int] { [0] + quantizedNodes }

    /// A node's parameters of a group, in gradient order. Empty where there is none.
    package subscript(group: ParameterGroup, node: Int) -> [Float] {
        get {
            if node == 0 { return group == .measures ? imageThresholds.map { [$0.lower, $0.upper] } ?? [] : [] }
            return layers[node]?[group] ?? []
        }
        set {
            if node == 0, group == .measures, newValue.count == 2 {
                imageThresholds = ImageThresholds(lower: newValue[0], upper: newValue[1])
            } else {
                layers[node]?[group] = newValue
            }
        }
    }
}

extension LayerQuantization {
    /// The group's parameters, in gradient order. Empty where the layer has none.
    package subscript(group: ParameterGroup) -> [Float] {
        get {
            switch group {
            case .weights: weight?.parameters ?? []
            case .range, .breakpoint: activation.map { activation in indices(of: group).map { activation.parameters[$0] } } ?? []
            case .measures: isAdaptive ? measure.map { [$0] } ?? [] : []
            }
        }
        set {
            switch group {
            case .weights: weight?.parameters = newValue
            case .range, .breakpoint:
                guard var parameters = activation?.parameters else { return }
                for (index, value) in zip(indices(of: group), newValue) { parameters[index] = value }
                activation?.parameters = parameters
            case .measures: measure = newValue.first
            }
        }
    }

    /// Where the group's parameters are among the activation quantizer's.
    func indices(of group: ParameterGroup) -> [Int] {
        let wanted: Set<String> =
            switch group {
            case .weights, .measures: []
            case .range: ["lower", "upper"]
            case .breakpoint: ["breakpoint"]
            }
        guard let activation else { return [] }
        let names = type(of: activation).parameterNames
        return names.indices.filter { wanted.contains(names[$0]) }
    }

    /// What the engine trains with instead of `activation(imageStep: 0)` and `variants`: the bits of adaptive layers have a
    /// gradient too.
    func trainable(_ quantizer: any ActivationQuantizer) -> any ElementwiseFunction {
        if isAdaptive, let uniform = quantizer as? UniformQuantizer { return VariableWidthQuantizer(uniform) }
        return quantizer
    }
}
