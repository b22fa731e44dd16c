import Glibc

/// Signals that the system sends to the thread whose call fails, held back for as long as it makes such calls: their errors say the
/// same without ending the process. No handler of the process is touched, and other threads notice nothing.
struct HeldSignals {
    private let signals: [Int32]
    private var before = sigset_t()
    /// The signals that were waiting already; they are not this call's to take away.
    private var waiting = sigset_t()

    /// Holds signals back on the calling thread.
    init(_ signals: [Int32]) {
        self.signals = signals
        var held = sigset_t()
        sigemptyset(&held)
        for signal in signals { sigaddset(&held, signal) }
        sigpending(&waiting)
        pthread_sigmask(SIG_BLOCK, &held, &before)
    }

    /// Takes away what was sent meanwhile, and lets signals through again as before.
    func release() {
        var (before, waiting) = (before, waiting)
        for signal in signals where sigismember(&waiting, signal) == 0 {
            var one = sigset_t()
            sigemptyset(&one)
            sigaddset(&one, signal)
            var atOnce = timespec()
            while sigtimedwait(&one, nil, &atOnce) < 0 && errno == EINTR {}
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }
}
