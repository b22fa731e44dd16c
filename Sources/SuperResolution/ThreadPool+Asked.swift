import Machine
import Tensors

extension ThreadPool {
    /// Makes a pool of as many threads as a user asks for; nil means one per processor.
    ///
    /// - Throws: `.argument` for a number outside 1...1024.
    convenience init(asked threads: Int?) throws(SuperResolutionError) {
        if let threads, !(1...Processors.mostThreads).contains(threads) {
            throw .argument("threads: \(threads) is outside 1...\(Processors.mostThreads)")
        }
        self.init(threads: threads ?? Processors.available)
    }
}
