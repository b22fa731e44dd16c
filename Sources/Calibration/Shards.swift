import Tensors

/// A set of accumulators that several threads fill side by side. Each use has one to itself, and there are as many as were ever in
/// use at the same time.
///
/// What the accumulators add up to must not depend on which of them saw what.
final class Shards<Value: Sendable>: Sendable {
    private let idle = Guarded<[Value]>([])

    /// Runs `body` on an accumulator that no other thread uses meanwhile; `make` is called where all are in use.
    func use(orMake make: () -> Value, _ body: (inout Value) -> Void) {
        var value = idle.withLock { $0.popLast() } ?? make()
        body(&value)
        idle.withLock { [value] idle in idle.append(value) }
    }

    /// Returns all accumulators and forgets them: the next use starts with none.
    func takeAll() -> [Value] {
        idle.withLock { idle in
            defer { idle = [] }
            return idle
        }
    }
}
