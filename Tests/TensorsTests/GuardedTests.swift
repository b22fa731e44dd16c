import Tensors
import Testing

@Suite struct GuardedTests {
    @Test func oneThreadAtATimeHasTheValue() {
        let sum = Guarded(0)
        ThreadPool(threads: 4).run(pieces: 64) { piece, _ in
            for _ in 0..<1000 { sum.withLock { $0 += piece } }
        }
        #expect(sum.withLock { $0 } == 1000 * 63 * 64 / 2)
    }

    @Test func anErrorLeavesTheLockOpen() {
        struct Failure: Error {}
        let value = Guarded(1)
        #expect(throws: Failure.self) {
            try value.withLock { (value: inout Int) throws(Failure) in
                value = 2
                throw Failure()
            }
        }
        #expect(value.withLock { $0 } == 2)
    }
}
