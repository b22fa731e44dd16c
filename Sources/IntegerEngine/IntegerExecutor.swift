import FloatEngine
import Glibc
import Synchronization
public import Tensors

/// Runs images through a network in integers. An executor belongs to one thread at a time; its program may be shared by many
/// executors.
///
/// The image is cut into strips of a few rows. Thread t of T takes the strips t, t + T, t + 2T, …, each through all steps, and
/// starts a step when the strip above has done it. So memory grows with the image's width, and the result does not depend on
/// strips or threads.
public final class IntegerExecutor {
    /// A function that writes `pixels` pixels of the image's row `y`, from column `x` on, to `into`: channels last, colours 0…255.
    /// Several threads call it at a time, and the same pixels are asked for once.
    public typealias Reader = (_ y: Int, _ x: Int, _ pixels: Int, _ into: UnsafeMutablePointer<Float>) -> Void
    /// A function that takes `pixels` pixels of the result's row `y`, from column `x` on: channels last, colours near 0…255,
    /// neither clipped nor rounded. Several threads call it at a time, for different places; each pixel comes once, in no
    /// particular order.
    public typealias Writer = (_ y: Int, _ x: Int, _ pixels: Int, _ values: UnsafePointer<Float>) -> Void

    /// The network that is run.
    public let program: IntegerProgram
    private let pool: ThreadPool
    private var scratches: [StepScratch] = []
    private var flow: Flow?
    private var engine: BandEngine?

    /// Makes an executor that runs `program` on the threads of `pool`. Memory is taken when the first image comes.
    public init(_ program: IntegerProgram, pool: ThreadPool) {
        (self.program, self.pool) = (program, pool)
    }

    /// Runs one image. Rings and scratch memory are kept for the next one of the same size.
    ///
    /// Postcondition: after an error, some pixels may have been written; the executor can be used again.
    /// - Parameters:
    ///   - width: The image's width in pixels, at least 1.
    ///   - height: The image's height in pixels, at least 1.
    ///   - read: It gives the image.
    ///   - write: It takes the result, which is `program.scale` times as wide and high.
    ///   - progress: It is called on the calling thread, after each strip of that thread, with the share of the work that is done,
    ///     above 0 and up to 1; if it returns false, the run stops with `.cancelled`.
    /// - Throws: `.input`, `.memory`, `.engine`, `.cancelled`.
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
        let failed = Guarded<IntegerEngineError?>(nil)
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

    /// Returns the engine of the convolutions in float, which is made when it is first needed.
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

    /// Gives rings and scratch memory back to the system; the next run takes them again.
    public func releaseMemory() {
        flow = nil
        scratches = []
    }

    /// Returns how many bytes the rings and the scratch memory of the convolutions in float take for an image of `width` × `height`
    /// pixels on so many threads.
    public static func bytes(_ program: IntegerProgram, width: Int, height: Int, threads: Int) -> Int {
        Flow.bytes(program, width: width, height: height, threads: threads)
    }
}

/// The progress of one thread, on which the thread of the next strip waits.
private final class Position: Sendable {
    /// How many steps are done, counted over all strips of the image: strip * steps + step + 1 after a step.
    let value = Atomic(0)

    /// Waits until the thread has come to `target`.
    /// - Returns: True when it has; false when the run is stopped, in which case it may never come there.
    func wait(for target: Int, _ stopped: borrowing Atomic<Bool>) -> Bool {
        var turns = 0
        while value.load(ordering: .acquiring) < target {
            if stopped.load(ordering: .relaxed) { return false }
            turns += 1
            // The wait is usually shorter than it takes to put a thread to sleep; where it is not, somebody else may need the
            // processor. A thread that only yields can stay for seconds on the processor of the very thread it waits for, although
            // another one is idle; a thread that wakes from sleep is put on an idle one.
            if turns > 4000 { usleep(20) } else if turns > 2000 { sched_yield() }
        }
        return true
    }
}
