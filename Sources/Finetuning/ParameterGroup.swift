import Calibration
import Quantizers

/// What an epoch trains: Algorithm 1 goes through the three in turn.
public enum ParameterGroup: String, Sendable, CaseIterable {
    /// u_w, one per layer or per output channel; of asymmetric weights all lower ends, then all upper ones.
    case weights
    /// l_a and u_a of every layer.
    case range
    /// bp of every piecewise linear layer.
    case breakpoint
}

extension LayerQuantization {
    /// The group's parameters, in gradient order. Empty where the layer has none.
    package subscript(group: ParameterGroup) -> [Float] {
        get {
            switch group {
            case .weights: weight?.parameters ?? []
            case .range, .breakpoint: activation.map { activation in indices(of: group).map { activation.parameters[$0] } } ?? []
            }
        }
        set {
            switch group {
            case .weights: weight?.parameters = newValue
            case .range, .breakpoint:
                guard var parameters = activation?.parameters else { return }
                for (index, value) in zip(indices(of: group), newValue) { parameters[index] = value }
                activation?.parameters = parameters
            }
        }
    }

    /// Where the group's parameters are among the activation quantizer's.
    func indices(of group: ParameterGroup) -> [Int] {
        let wanted: Set<String> =
            switch group {
            case .weights: []
            case .range: ["lower", "upper"]
            case .breakpoint: ["breakpoint"]
            }
        guard let activation else { return [] }
        let names = type(of: activation).parameterNames
        return names.indices.filter { wanted.contains(names[$0]) }
    }
}
