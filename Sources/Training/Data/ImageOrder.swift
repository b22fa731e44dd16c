import Tensors

/// The order in which an epoch goes through the images: a function of seed and epoch alone, so that a resumed run goes on as
/// the interrupted one would have.
enum ImageOrder {
    /// Returns the numbers 0 ..< `count` in the order of an epoch, epochs counting from 1.
    static func shuffled(count: Int, seed: UInt64, epoch: Int) -> [Int] {
        var generator = SplitMix64(state: state(seed, epoch: epoch))
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, Int(generator.next() % UInt64(last + 1)))
        }
        return order
    }

    /// Returns the seed of what is drawn in one step of an epoch besides the order, steps counting from 0.
    static func seed(_ seed: UInt64, epoch: Int, step: Int) -> UInt64 {
        var generator = SplitMix64(state: ~state(seed, epoch: epoch) &+ UInt64(truncatingIfNeeded: step) &* 0xd1b5_4a32_d192_ed03)
        return generator.next()
    }

    private static func state(_ seed: UInt64, epoch: Int) -> UInt64 {
        seed &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(truncatingIfNeeded: epoch)
    }
}
