import Glibc
import Synchronization

/// A fixed set of threads that work through numbered pieces together with the thread that asks.
///
/// Which thread takes which piece is not fixed, so a piece must not depend on its worker for anything but scratch memory: work is
/// cut by shape alone, and the same bytes come out for any number of threads.
///
/// Thread rule: one `run` at a time. A pool belongs to one session or one finetuning run.
///
/// Fork rule: a child process has only the thread that forked. A pool that was made before the fork starts threads anew when the
/// child first uses it, and a child that frees it waits for nobody.
public final class ThreadPool: @unchecked Sendable {
    // Invariant behind @unchecked: every stored property below `signals` is read and written with its mutex held, except by the
    // thread that asks, when no worker runs: in `init`, in `deinit`, and first of all in a child process.
    public let threads: Int
    private var signals = Signals()
    /// The process whose threads the workers are.
    private var process = getpid()
    private var body: ((Int, Int) -> Void)?
    private var next = 0
    private var pieces = 0
    private var unfinished = 0
    /// For each worker, whether `runTogether` has given it a piece that it has not begun.
    private var isAsked: [Bool]
    private var stopping = false
    /// How many runs have begun, and `unfinished` once more: changed with the mutex held, and watched without it by threads that
    /// are about to sleep.
    private let begun = Atomic(0)
    private let left = Atomic(0)
    private var workers: [pthread_t] = []

    /// Makes a pool and starts its threads; the thread that asks is one of them.
    /// - Parameter threads: at least 1; 1 means that `run` works on the calling thread alone. Smaller numbers count as 1.
    public init(threads: Int) {
        self.threads = max(1, threads)
        isAsked = [Bool](repeating: false, count: self.threads)
        startWorkers()
    }

    /// Starts the threads that work beside the one that asks.
    private func startWorkers() {
        for _ in 1..<max(2, threads) where workers.count + 1 < threads {
            // Threads that the system refuses leave no gap: workers are numbered up to `concurrency`.
            let worker = workers.count + 1
            let start = Unmanaged.passRetained(WorkerStart(pool: Unmanaged.passUnretained(self), worker: worker))
            var thread = pthread_t()
            let failed = pthread_create(
                &thread, nil,
                { raw in
                    guard let raw else { return nil }
                    let start = Unmanaged<WorkerStart>.fromOpaque(raw).takeRetainedValue()
                    // The pool joins its workers before it dies, so the unretained reference outlives this loop.
                    start.pool._withUnsafeGuaranteedRef { $0.work(as: start.worker) }
                    return nil
                }, start.toOpaque())
            if failed == 0 { workers.append(thread) } else { start.release() }
        }
    }

    /// Replaces the threads that a child process has not inherited.
    ///
    /// What the parent's threads waited on is left behind, not destroyed: to destroy a condition is to wait for its waiters, and
    /// the child has none that could ever leave.
    private func noticeFork() {
        guard !workers.isEmpty, process != getpid() else { return }
        (signals, process) = (Signals(), getpid())
        (body, next, pieces, unfinished, stopping) = (nil, 0, 0, 0, false)
        isAsked = [Bool](repeating: false, count: threads)
        workers = []
        startWorkers()
    }

    /// How many pieces can run at the same time: fewer than `threads` where the system refused some of them.
    public var concurrency: Int {
        noticeFork()
        return workers.count + 1
    }

    deinit {
        // In a child process there is nobody to stop, and `noticeFork` says why nothing is destroyed.
        guard process == getpid() else { return }
        pthread_mutex_lock(signals.mutex)
        stopping = true
        begun.add(1, ordering: .releasing)
        pthread_cond_broadcast(signals.wake)
        pthread_mutex_unlock(signals.mutex)
        for worker in workers { pthread_join(worker, nil) }
        signals.destroy()
    }

    /// Calls `body(piece, worker)` once for every piece in `0..<pieces` and returns when all are done.
    ///
    /// `worker` is below `threads` and no two calls that run at the same time have the same one. The body runs on several
    /// threads at once although the compiler does not check it as such (it works on raw memory): no two pieces may write
    /// the same element, and what they share must not change until `run` returns.
    ///
    /// Pieces may not wait for each other: they are taken one after the other by whichever thread is free, and nothing promises
    /// that two of them ever run at the same time. Pieces that do wait belong into `runTogether`.
    public func run(pieces: Int, _ body: (_ piece: Int, _ worker: Int) -> Void) {
        noticeFork()
        guard pieces > 1, !workers.isEmpty else {
            for piece in 0..<max(0, pieces) { body(piece, 0) }
            return
        }
        withoutActuallyEscaping(body) { body in
            pthread_mutex_lock(signals.mutex)
            self.body = body
            self.pieces = pieces
            next = 0
            unfinished = pieces
            finishRun()
        }
    }

    /// Calls `body(piece)` once for every piece in `0..<pieces`, all of them at the same time, and returns when all are done.
    ///
    /// Piece i runs on worker i, piece 0 on the thread that asks, and no worker waits for another to finish before it begins. So
    /// pieces may wait for each other, even by spinning: what a piece waits for has begun or begins as soon as the system runs its
    /// thread. What is said of `run` about shared memory holds here too.
    /// - Precondition: there are at most `concurrency` pieces.
    public func runTogether(pieces: Int, _ body: (_ piece: Int) -> Void) {
        precondition(pieces <= concurrency, "\(pieces) pieces cannot run at once on \(concurrency) threads")
        guard pieces > 1 else {
            if pieces == 1 { body(0) }
            return
        }
        withoutActuallyEscaping(body) { body in
            pthread_mutex_lock(signals.mutex)
            self.body = { piece, _ in body(piece) }
            for worker in 0..<pieces { isAsked[worker] = true }
            (self.pieces, next) = (0, 0)
            unfinished = pieces
            finishRun()
        }
    }

    /// Wakes the workers, works along until all pieces are done, and unlocks the mutex, which is held on entry.
    private func finishRun() {
        left.store(unfinished, ordering: .releasing)
        begun.add(1, ordering: .releasing)
        pthread_cond_broadcast(signals.wake)
        takePieces(as: 0)
        if unfinished > 0 { watch { left.load(ordering: .acquiring) == 0 } }
        while unfinished > 0 { pthread_cond_wait(signals.finished, signals.mutex) }
        body = nil
        pthread_mutex_unlock(signals.mutex)
    }

    /// Takes pieces until the pool dies: the body of a worker's thread.
    private func work(as worker: Int) {
        pthread_mutex_lock(signals.mutex)
        while !stopping {
            let before = begun.load(ordering: .acquiring)
            takePieces(as: worker)
            if !stopping { watch { begun.load(ordering: .acquiring) != before } }
            while !stopping, begun.load(ordering: .acquiring) == before { pthread_cond_wait(signals.wake, signals.mutex) }
        }
        pthread_mutex_unlock(signals.mutex)
    }

    /// How often a thread looks whether what it waits for has come before it sleeps: some tens of microseconds, which is about
    /// what it takes to wake it, and longer than what usually lies between two runs of the same work.
    private static let looks = 40_000

    /// Waits until `isDone`, but not for long. The mutex is held on entry and on return, but not meanwhile.
    private func watch(_ isDone: () -> Bool) {
        pthread_mutex_unlock(signals.mutex)
        var looks = 0
        while looks < Self.looks, !isDone() { looks += 1 }
        pthread_mutex_lock(signals.mutex)
    }

    /// Runs pieces until none is left for this worker. The mutex is held on entry and on return, but not while a piece runs.
    private func takePieces(as worker: Int) {
        while let body, let piece = takePiece(as: worker) {
            pthread_mutex_unlock(signals.mutex)
            body(piece, worker)
            pthread_mutex_lock(signals.mutex)
            unfinished -= 1
            left.store(unfinished, ordering: .releasing)
            if unfinished == 0 { pthread_cond_signal(signals.finished) }
        }
    }

    /// Returns the piece meant for this worker, or else the next that is meant for any; nil if none is left. The mutex is held.
    private func takePiece(as worker: Int) -> Int? {
        if isAsked[worker] {
            isAsked[worker] = false
            return worker
        }
        guard next < pieces else { return nil }
        next += 1
        return next - 1
    }
}

/// What the threads of one process wait on.
private struct Signals {
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
        pthread_cond_init(finished, nil)
    }

    /// Ends the use of all three; no thread may wait on them any more.
    func destroy() {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(wake)
        pthread_cond_destroy(finished)
        mutex.deallocate()
        wake.deallocate()
        finished.deallocate()
    }
}

/// The pool and the number that a worker's thread begins with.
private final class WorkerStart {
    let pool: Unmanaged<ThreadPool>
    let worker: Int
    init(pool: Unmanaged<ThreadPool>, worker: Int) { (self.pool, self.worker) = (pool, worker) }
}
