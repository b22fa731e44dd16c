import CSRQ
import Files
import Glibc
import Tensors

/// The progress function of a caller, with the time at which the call began.
struct ProgressCallback {
    private let function: srq_progress_function?
    private let user: UnsafeMutableRawPointer?
    private let start = ProgressCallback.now()

    init(_ function: srq_progress_function?, _ user: UnsafeMutableRawPointer?) { (self.function, self.user) = (function, user) }

    /// Tells the caller how far the call is. Returns whether to go on, which is always so if there is no function.
    func callAsFunction(_ report: ProgressReport) -> Bool {
        guard let function else { return true }
        return report.stage.rawValue.withCString { stage in
            SystemPath.shown(report.detail).withCString { detail in
                var progress = srq_progress(
                    struct_size: UInt32(MemoryLayout<srq_progress>.size), epoch: UInt32(clamping: report.epoch),
                    done: UInt64(clamping: report.done), total: UInt64(clamping: report.total), stage: stage, detail: detail,
                    loss: report.loss ?? .nan, seconds: Self.now() - start)
                return function(user, &progress) == 0
            }
        }
    }

    /// Returns the seconds of a clock that nobody sets.
    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
