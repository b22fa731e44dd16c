import FloatEngine
import IntegerEngine
import Tensors

/// The way of a network in float through strips: rows flow through it as they flow through a network in integers, and every layer makes
/// them in the very bands in which `Executor` cuts whole maps, so that the bytes are the same.
final class FloatStrips {
    private let model: Model
    private let pool: ThreadPool
    private let precision: Precision
    /// By the step of the images that they run; made when the first such image comes.
    private var executors: [Int: IntegerExecutor] = [:]

    /// Returns nil for a model whose sums have to be exact whole numbers: these are the business of its own programs.
    init?(_ model: Model, pool: ThreadPool, precision: Precision) {
        guard !model.isSnapped else { return nil }
        (self.model, self.pool, self.precision) = (model, pool, precision)
    }

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

    /// Whether rows can flow through the graph at all.
    private(set) lazy var arePossible = (try? executor(imageStep: 0)) != nil

    /// The memory that rings and scratch memory take for an image of this size; a step's bits do not change it.
    func bytes(width: Int, height: Int) -> Int {
        guard let executor = try? executor(imageStep: 0) else { return 0 }
        return IntegerExecutor.bytes(executor.program, width: width, height: height, threads: pool.concurrency)
    }

    func releaseMemory() { for executor in executors.values { executor.releaseMemory() } }
}
