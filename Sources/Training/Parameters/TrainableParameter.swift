import QuantizedNetworks

/// The parameters of one group at one place of a network, which a step moves together.
package struct TrainableParameter: Sendable, Hashable {
    /// The kind of the parameters.
    package let group: ParameterGroup
    /// The place where the parameters act.
    package let place: ParameterPlace

    /// Names the parameters of a group at a place.
    package init(_ group: ParameterGroup, _ place: ParameterPlace) { (self.group, self.place) = (group, place) }

    /// The name in saved states.
    package var name: String { "\(group.rawValue).\(place.savedNumber)" }

    /// The one of a run's learning rates that the parameters follow.
    package var learningRate: LearningRateClass { group.source.learningRate(at: place) }
}

extension QuantizedNetwork {
    /// Every place that can have parameters of any group: the image, and the quantized layers in execution order.
    package var parameterPlaces: [ParameterPlace] { [.image] + quantizedNodes.map(ParameterPlace.layer) }

    /// Returns where the network has parameters of a group, in the order in which they take their steps.
    package func parameters(of group: ParameterGroup) -> [TrainableParameter] {
        group.source.places(in: self).filter { !self[group, $0].isEmpty }.map { TrainableParameter(group, $0) }
    }

    /// The parameters of a group at a place, in the order of their gradients; an empty array where there are none.
    ///
    /// Postcondition: after setting them they are the nearest legal values (docs/method.md, "Legal parameters").
    package subscript(group: ParameterGroup, place: ParameterPlace) -> [Float] {
        get { group.source.values(at: place, in: self) }
        set { group.source.set(newValue, at: place, in: &self) }
    }

    /// The numbers of a parameter, as the subscript by group and place has them.
    package subscript(parameter: TrainableParameter) -> [Float] {
        get { self[parameter.group, parameter.place] }
        set { self[parameter.group, parameter.place] = newValue }
    }
}
