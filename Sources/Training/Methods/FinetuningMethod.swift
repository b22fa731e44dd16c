import QuantizedNetworks
import Tensors

/// A published way to finetune: a name for the recipe, the settings to start from, and the losses that its steps lower.
///
/// A method is one value in one file of this folder. Whatever differs between methods is in the value, so that nothing else asks
/// which method it is.
public struct FinetuningMethod: Sendable, Equatable, CustomStringConvertible {
    package typealias Defaults = @Sendable (_ options: inout FinetuningOptions) -> Void
    package typealias MakeLosses = @Sendable (_ run: RunDescription) throws(FinetuningError) -> Losses
    package typealias Prepare =
        @Sendable (
            _ quantized: inout QuantizedNetwork, _ objective: Objective, _ images: Tensor, _ numbers: [Int]
        ) throws(FinetuningError) -> Void

    /// The name in options and recipes.
    public let name: String
    /// The groups that the method can train, whose learning rates its recipe has.
    public let groups: [ParameterGroup]
    /// The reason why options cannot be had with this method; nil where they can.
    let refusal: @Sendable (_ options: FinetuningOptions) -> String?
    /// Changes what differs from the defaults of `FinetuningOptions`.
    let setDefaults: Defaults
    let losses: MakeLosses
    /// What happens once, before the first step, with the first batch of the run; nil: nothing.
    let prepare: Prepare?

    package init(
        name: String, groups: [ParameterGroup] = [.weights, .range, .breakpoint],
        refusal: @escaping @Sendable (_ options: FinetuningOptions) -> String? = { _ in nil },
        defaults: @escaping Defaults = { _ in }, losses: @escaping MakeLosses, prepare: Prepare? = nil
    ) {
        (self.name, self.groups, self.refusal) = (name, groups, refusal)
        (setDefaults, self.losses, self.prepare) = (defaults, losses, prepare)
    }

    public var description: String { name }

    /// Two methods are the same if their names are.
    public static func == (left: Self, right: Self) -> Bool { left.name == right.name }
}

/// What a method makes its losses for.
package struct RunDescription {
    package let quantized: QuantizedNetwork
    package let options: FinetuningOptions
    package let target: TrainingTarget
    package let pool: ThreadPool
}
