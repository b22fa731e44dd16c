import QuantizedNetworks
import Tensors

/// A published way to finetune: a name for the recipe, the settings to start from, and the losses that its steps lower.
///
/// A method is one value in one file of this folder. Whatever differs between methods is in the value, so that nothing else asks
/// which method it is.
public struct FinetuningMethod: Sendable, Equatable, CustomStringConvertible {
    /// A function that changes the default options to those of a method.
    package typealias Defaults = @Sendable (_ options: inout FinetuningOptions) -> Void
    /// A function that makes a method's losses for a run, or says why the run cannot have them.
    package typealias MakeLosses = @Sendable (_ run: RunDescription) throws(FinetuningError) -> Losses
    /// A function that changes the network once before the first step, given the first batch of the run and the numbers of its
    /// images.
    package typealias Prepare =
        @Sendable (
            _ quantized: inout QuantizedNetwork, _ objective: Objective, _ images: Tensor, _ numbers: [Int]
        ) throws(FinetuningError) -> Void

    /// The name in options and recipes.
    public let name: String
    /// The groups that the method can train, whose learning rates its recipe names.
    public let groups: [ParameterGroup]
    /// Returns the reason why options cannot be had with this method; nil where they can.
    let refusal: @Sendable (_ options: FinetuningOptions) -> String?
    /// Changes what differs from the defaults of `FinetuningOptions`.
    let setDefaults: Defaults
    /// Makes the losses.
    let losses: MakeLosses
    /// Changes the network once, before the first step, with the first batch of the run; nil: nothing happens.
    let prepare: Prepare?

    /// Makes a method.
    /// - Parameters:
    ///   - name: what options and recipes call it; methods are told apart by it.
    ///   - groups: the groups that the method can train.
    ///   - refusal: why certain options cannot be had with this method; nil where they can.
    ///   - defaults: what differs from the defaults of `FinetuningOptions`.
    ///   - losses: makes the losses of a run.
    ///   - prepare: what happens once before the first step; nil: nothing.
    package init(
        name: String, groups: [ParameterGroup] = [.weights, .range, .breakpoint],
        refusal: @escaping @Sendable (_ options: FinetuningOptions) -> String? = { _ in nil },
        defaults: @escaping Defaults = { _ in }, losses: @escaping MakeLosses, prepare: Prepare? = nil
    ) {
        (self.name, self.groups, self.refusal) = (name, groups, refusal)
        (setDefaults, self.losses, self.prepare) = (defaults, losses, prepare)
    }

    /// The name.
    public var description: String { name }

    /// Returns whether the names are the same: two methods of one name are one method.
    public static func == (left: Self, right: Self) -> Bool { left.name == right.name }
}

/// The run that a method makes its losses for.
package struct RunDescription {
    /// The student at the start of the run.
    package let quantized: QuantizedNetwork
    /// The checked options.
    package let options: FinetuningOptions
    /// The target that the student is compared with.
    package let target: TrainingTarget
    /// The threads that losses may share their work among.
    package let pool: ThreadPool
}
