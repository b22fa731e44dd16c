/// How far long work is. Handed to a closure on the calling thread; the closure returns false to cancel.
public struct ProgressReport: Sendable {
    public enum Stage: String, Sendable { case calibrate, finetune, evaluate, upscale }

    public var stage: Stage
    /// Steps finished, of `total`, over the whole call.
    public var done: Int
    public var total: Int
    /// 1-based while finetuning, else 0.
    public var epoch = 0
    /// The epoch's parameter group, the image's name; "" if none.
    public var detail = ""
    /// Of the step just done while finetuning.
    public var loss: Double?

    public init(stage: Stage, done: Int, total: Int, epoch: Int = 0, detail: String = "", loss: Double? = nil) {
        (self.stage, self.done, self.total, self.epoch, self.detail, self.loss) = (stage, done, total, epoch, detail, loss)
    }
}

public typealias ProgressFunction = (ProgressReport) -> Bool
