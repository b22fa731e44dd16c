import FloatEngine
import QuantizedNetworks

/// Where the parameters of a group are in a quantized network, and how their gradients follow from a backward pass.
package protocol ParameterSource: Sendable {
    /// Returns where the network may have such parameters, in the order in which they take their steps.
    func places(in quantized: QuantizedNetwork) -> [ParameterPlace]

    /// Returns the parameters at a place in the order of their gradients; none where the place has no such parameters.
    func values(at place: ParameterPlace, in quantized: QuantizedNetwork) -> [Float]

    /// Sets the parameters at a place. They become the nearest values that are legal there, which `values` then returns.
    /// - Precondition: there are as many as `values` returns.
    func set(_ values: [Float], at place: ParameterPlace, in quantized: inout QuantizedNetwork)

    /// Which of a run's learning rates the parameters at this place follow: that of the group, or another one.
    func learningRate(at place: ParameterPlace) -> LearningRateClass

    /// Whether a step can be relative to a parameter's size at the start: not where 0 is a usual value, of which there are no factors.
    var allowsRelativeSteps: Bool { get }

    /// What the student has to be told when these parameters have changed.
    var studentPart: StudentPart { get }

    /// Returns what the backward pass has to compute for these parameters beyond the gradients of input quantizers.
    func request(for quantized: QuantizedNetwork) -> GradientRequest

    /// Returns the gradients of the parameters, in the order of `values`; nothing for places that have none.
    func gradients(in quantized: QuantizedNetwork, after pass: BackwardPass) -> [ParameterPlace: [Double]]
}

extension ParameterSource {
    package func places(in quantized: QuantizedNetwork) -> [ParameterPlace] { quantized.quantizedNodes.map(ParameterPlace.layer) }
    package func learningRate(at place: ParameterPlace) -> LearningRateClass { .group }
    package var allowsRelativeSteps: Bool { true }
    package func request(for quantized: QuantizedNetwork) -> GradientRequest { GradientRequest() }
}

/// The learning rate that a parameter follows.
package enum LearningRateClass: Sendable {
    /// The rate of the parameter's group.
    case group
    /// The rate of the image thresholds.
    case image
}

/// What of a layer of the student depends on a parameter.
package enum StudentPart: Sendable {
    /// The weights that it computes with.
    case weights
    /// The quantizer of its input.
    case quantizer
}

/// What a backward pass has to compute for one group's gradients.
package struct GradientRequest {
    /// By node: tensors like the layer's weights along which derivatives are wanted.
    package var directions: [Int: [[Float]]] = [:]
    /// The nodes of layers whose own weights and biases gradients are wanted of.
    package var weights: Set<Int> = []

    package init() {}
}

/// What the gradients of a group's parameters are made of.
package struct BackwardPass {
    package let gradients: TrainingExecutor.Gradients
    /// The measure of every image of the batch; empty where bits do not depend on the image.
    package let measures: [Double]
    /// What one more bit of any one layer adds to the loss on bits for any one image.
    package let priceOfBits: Double
}
