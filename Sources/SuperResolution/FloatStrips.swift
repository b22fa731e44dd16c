import FloatEngine
import IntegerEngine
import Tensors

/// What runs a network in float in strips: rows flow from layer to layer as they do in a network in integers, and every layer
/// makes them in the very bands into which `Executor` cuts whole feature maps, so that the bytes are the same.
///
/// Belongs to one session, and so to one thread at a time.
final class FloatStrips {
    private let model: Model
    private let pool: ThreadPool
    private let precision: Precision
    /// The executors, by the step of the images that they run; each is made when the first such image comes.
    private var executors: [Int: IntegerExecutor] = [:]

    /// Makes the strips of a model, which make no executor yet; nil for a snapped model, whose sums have to be exact whole
    /// numbers and which has programs of its own.
    init?(_ model: Model, pool: ThreadPool, precision: Precision) {
        guard !model.isSnapped else { return nil }
        (self.model, self.pool, self.precision) = (model, pool, precision)
    }

    /// Returns the executor for images of this step, and makes it if there is none yet.
    ///
    /// - Throws: `.integers` for a graph that rows cannot flow through.
    func executor(imageStep: Int) throws(SuperResolutionError) -> IntegerExecutor {
        if let known = executors[imageStep] { return known }
        let made = try wrapping(SuperResolutionError.integers) { () throws(IntegerEngineError) in
            IntegerExecutor(
                try IntegerProgram(
                    network: model.network, layers: [:],
                    overrides: model.quantized?.withFixedBits(imageStep: imageStep).overrides ?? [:],
                    precision: precision), pool: pool)
        }
        executors[imageStep] = made
        return made
    }

    /// Whether rows can flow through the graph at all. The first use finds it out by making an executor.
    private(set) lazy var arePossible = (try? executor(imageStep: 0)) != nil

    /// Returns how many bytes rings of rows and scratch memory take for an image of this size, 0 where rows cannot flow. The
    /// step does not matter: the number of bits changes no map's size in float.
    func bytes(width: Int, height: Int) -> Int {
        guard let executor = try? executor(imageStep: 0) else { return 0 }
        return IntegerExecutor.bytes(executor.program, width: width, height: height, threads: pool.concurrency)
    }

    /// Gives the scratch memory of all executors back to the system; they stay usable.
    func releaseMemory() { for executor in executors.values { executor.releaseMemory() } }
}
