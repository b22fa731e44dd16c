import Synchronization

/// A part of a matrix of sums, which one piece of work makes and another thread reads afterwards.
final class ProductPart: Sendable {
    private let numbers = Mutex<[Float]>([])

    /// The sums; none before they are set.
    var sums: [Float] { numbers.withLock { $0 } }

    func set(_ sums: [Float]) { numbers.withLock { $0 = sums } }
}
