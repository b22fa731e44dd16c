/// A report on how far long work is. It is handed to a closure on the calling thread; the closure returns false to cancel.
public struct ProgressReport: Sendable {
    /// The kinds of long work.
    public enum Stage: String, Sendable { case calibrate, finetune, evaluate, upscale }

    /// The kind of work that is under way.
    public var stage: Stage
    /// How many steps of `total` are finished, over the whole call.
    public var done: Int
    /// The number of steps of the whole call.
    public var total: Int
    /// The epoch, counted from 1, while finetuning; else 0.
    public var epoch = 0
    /// The epoch's parameter group while finetuning, the image's name while evaluating; "" where there is neither.
    public var detail = ""
    /// The loss of the step just done while finetuning; nil in other work.
    public var loss: Double?

    /// Makes a report.
    public init(stage: Stage, done: Int, total: Int, epoch: Int = 0, detail: String = "", loss: Double? = nil) {
        (self.stage, self.done, self.total, self.epoch, self.detail, self.loss) = (stage, done, total, epoch, detail, loss)
    }
}

/// A closure that takes reports and returns false to cancel the work.
public typealias ProgressFunction = (ProgressReport) -> Bool
