import FloatEngine
import QuantizedNetworks
import Tensors

/// A way to the parameters of a group: where they are in a quantized network, and how their gradients follow from a backward
/// pass.
package protocol ParameterSource: Sendable {
    /// Returns where the network may have such parameters, in the order in which they take their steps.
    func places(in quantized: QuantizedNetwork) -> [ParameterPlace]

    /// Returns the parameters at a place in the order of their gradients; none where the place has no such parameters.
    func values(at place: ParameterPlace, in quantized: QuantizedNetwork) -> [Float]

    /// Sets the parameters at a place.
    ///
    /// Postcondition: they are the nearest values that are legal there, which `values` then returns (docs/method.md, "Legal
    /// parameters").
    /// - Precondition: there are as many as `values` returns.
    func set(_ values: [Float], at place: ParameterPlace, in quantized: inout QuantizedNetwork)

    /// Returns which of a run's learning rates the parameters at this place follow: that of the group, or another one.
    func learningRate(at place: ParameterPlace) -> LearningRateClass

    /// Whether a step can be relative to a parameter's size at the start. It cannot where 0 is a usual value, of which there are
    /// no factors.
    var allowsRelativeSteps: Bool { get }

    /// Returns the sizes that relative steps are multiplied by, for parameters that had these values at the start of the run.
    func sizes(of start: [Float]) -> [Double]

    /// The part of a layer of the student that has to be told when these parameters have changed.
    var studentPart: StudentPart { get }

    /// Returns what the backward pass has to compute for these parameters beyond the gradients of input quantizers.
    /// - Parameter pool: shares out the work where there is much.
    func request(for quantized: QuantizedNetwork, pool: ThreadPool) -> GradientRequest

    /// Returns the gradients of the parameters, in the order of `values`; nothing for places that have none.
    func gradients(in quantized: QuantizedNetwork, after pass: BackwardPass) -> [ParameterPlace: [Double]]
}

extension ParameterSource {
    /// By default every quantized layer may have parameters, in execution order.
    package func places(in quantized: QuantizedNetwork) -> [ParameterPlace] { quantized.quantizedNodes.map(ParameterPlace.layer) }
    /// By default the rate is that of the group.
    package func learningRate(at place: ParameterPlace) -> LearningRateClass { .group }
    /// By default steps can be relative.
    package var allowsRelativeSteps: Bool { true }
    /// By default every parameter has its own size, at least 1e-3.
    package func sizes(of start: [Float]) -> [Double] { start.map { Double(max(abs($0), 1e-3)) } }
    /// By default nothing more is asked for.
    package func request(for quantized: QuantizedNetwork, pool: ThreadPool) -> GradientRequest { GradientRequest() }
}

/// The learning rate that a parameter follows.
package enum LearningRateClass: Sendable {
    /// The rate of the parameter's group.
    case group
    /// The rate of the image thresholds.
    case image
}

/// A part of a layer of the student that depends on a parameter.
package enum StudentPart: Sendable {
    /// The weights that the layer computes with.
    case weights
    /// The quantizer of the layer's input.
    case quantizer
    /// The bias that the layer adds.
    case bias
}

/// The gradients that a backward pass has to compute for one group.
package struct GradientRequest {
    /// The tensors along which derivatives are wanted, by node, each like the layer's weights.
    package var directions: [Int: [[Float]]] = [:]
    /// The nodes of the layers whose own weights and biases need gradients.
    package var weights: Set<Int> = []

    /// Makes a request for nothing.
    package init() {}

    /// Makes a request for what several groups need. Where they are more than one, derivatives along directions follow from the
    /// gradients of the weights, since a backward pass for directions leaves out all else.
    init(of groups: [ParameterGroup], _ quantized: QuantizedNetwork, pool: ThreadPool) {
        for request in groups.map({ $0.source.request(for: quantized, pool: pool) }) {
            weights.formUnion(request.weights)
            directions.merge(request.directions) { first, _ in first }
        }
        if groups.count > 1 {
            weights.formUnion(directions.keys)
            directions = [:]
        }
    }
}

/// The results of a backward pass, which the gradients of a group's parameters are made of.
package struct BackwardPass {
    /// The gradients that the float engine computed.
    package let gradients: TrainingExecutor.Gradients
    /// The measure of every image of the batch; empty where bits do not depend on the image.
    package let measures: [Double]
    /// The amount that one more bit of any one layer adds to the loss on bits for any one image.
    package let priceOfBits: Double
    /// The share of the run's steps that came before this one, 0 ..< 1.
    package let progress: Double
}
