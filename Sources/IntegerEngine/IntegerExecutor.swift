import FloatEngine
import Glibc
import Synchronization
public import Tensors

/// Runs a network in integers. Belongs to one thread at a time; the program is shared.
///
/// The image is cut into strips of a few rows. Thread t of T takes the strips t, t + T, t + 2T, …, each through all steps, and
/// starts a step when the strip above has done it. So memory grows with the image's width, and the result does not depend on
/// strips or threads.
public final class IntegerExecutor {
    /// Gives or takes `pixels` pixels of row `y` from column `x` on, channels last, colours 0…255. Called by several threads at
    /// a time, for different places.
    public typealias Reader = (_ y: Int, _ x: Int, _ pixels: Int, _ into: UnsafeMutablePointer<Float>) -> Void
    public typealias Writer = (_ y: Int, _ x: Int, _ pixels: Int, _ values: UnsafePointer<Float>) -> Void

    public let program: IntegerProgram
    private let pool: ThreadPool
    private var scratches: [StepScratch] = []
    private var flow: Flow?
    private var engine: BandEngine?

    public init(_ program: IntegerProgram, pool: ThreadPool) {
        (self.program, self.pool) = (program, pool)
    }

    /// - Parameters:
    ///   - width, height: of the image, at least 1.
    ///   - progress: told on the calling thread, after each of its strips, which share of the work is done; false stops with
    ///     `.cancelled`.
    public func run(
        width: Int, height: Int, read: Reader, write: Writer, progress: ((Double) -> Bool)? = nil
    ) throws(IntegerEngineError) {
        guard width > 0, height > 0 else { throw .input("an image of \(width)×\(height)") }
        let threads = pool.concurrency
        if flow?.fits(width: width, height: height, threads: threads) != true {
            flow = nil  // Before the next one needs its memory.
            flow = try Flow(program, bandEngine(), width: width, height: height, threads: threads)
        }
        guard let flow else { return }
        while scratches.count < threads { scratches.append(try StepScratch(program)) }
        for scratch in scratches { try flow.reserve(scratch) }
        let positions = (0..<threads).map { _ in Position() }
        let stopped = Atomic(false)
        let failed = Mutex<IntegerEngineError?>(nil)
        let (strips, steps) = (flow.strips, program.steps.count)
        // A strip spins until the strip above it is far enough, so all of them have to be under way.
        pool.runTogether(pieces: threads) { piece in
            for strip in stride(from: piece, to: strips, by: threads) {
                for step in 0..<steps {
                    if strip > 0, !positions[(strip - 1) % threads].wait(for: (strip - 1) * steps + step + 1, stopped) { return }
                    if let failure = flow.run(step, strip: strip, scratch: scratches[piece], read: read, write: write) {
                        failed.withLock { $0 = failure }
                        stopped.store(true, ordering: .relaxed)
                        return
                    }
                    positions[piece].value.store(strip * steps + step + 1, ordering: .releasing)
                }
                // Piece 0 runs on the thread that asked.
                if piece == 0, let progress, !progress(Double(strip + 1) / Double(strips)) {
                    stopped.store(true, ordering: .relaxed)
                }
                if stopped.load(ordering: .relaxed) { return }
            }
        }
        if let failure = failed.withLock({ $0 }) { throw failure }
        if stopped.load(ordering: .relaxed) { throw .cancelled }
    }

    private func bandEngine() throws(IntegerEngineError) -> BandEngine {
        if let engine { return engine }
        do {
            let made = try BandEngine(program.floatConvolutions)
            engine = made
            return made
        } catch {
            throw .engine(error)
        }
    }

    /// Gives scratch memory back to the system.
    public func releaseMemory() {
        flow = nil
        scratches = []
    }

    /// What rings and scratch memory take for an image so wide.
    public static func bytes(_ program: IntegerProgram, width: Int, height: Int, threads: Int) -> Int {
        Flow.bytes(program, width: width, height: height, threads: threads)
    }
}

/// How far a thread has come: strips and steps, counted through.
private final class Position: Sendable {
    let value = Atomic(0)

    /// - Returns: false when everything stops.
    func wait(for target: Int, _ stopped: borrowing Atomic<Bool>) -> Bool {
        var turns = 0
        while value.load(ordering: .acquiring) < target {
            if stopped.load(ordering: .relaxed) { return false }
            turns += 1
            // The wait is usually shorter than it takes to put a thread to sleep; where it is not, somebody else may need the
            // processor.
            if turns > 2000 { sched_yield() }
        }
        return true
    }
}
