/// What a finetuning run took, over all the calls that it was made in: one that was killed goes on in another.
public struct FinetuningReport: Sendable, Equatable {
    /// How many epochs the run has in all.
    public var epochs = 0
    /// How many of these epochs earlier calls had done, whose state the last one went on from.
    public var resumed = 0
    /// The time of all calls in seconds, without what the killed ones had spent after their last whole epoch.
    public var seconds = 0.0

    /// Makes the report of a run that has not begun.
    public init() {}
}
