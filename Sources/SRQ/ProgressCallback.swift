import CSRQ
import Files
import Glibc
import SuperResolution
import Tensors

/// The warning function of a caller.
struct WarningCallback {
    private let function: srq_warning_function
    private let user: UnsafeMutableRawPointer?

    /// - Throws: `.argument` for NULL.
    init(_ function: srq_warning_function?, _ user: UnsafeMutableRawPointer?) throws(SuperResolutionError) {
        guard let function else { throw .argument("warning: is NULL") }
        (self.function, self.user) = (function, user)
    }

    /// Tells the caller all messages.
    func tell(_ messages: [String]) { for message in messages { self(message) } }

    /// Tells the caller, with names and control characters as error messages show them.
    func callAsFunction(_ message: String) {
        LastError.printable(SystemPath.shown(message)).withCString { function(user, $0) }
    }
}

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
