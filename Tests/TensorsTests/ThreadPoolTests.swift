import Synchronization
import Tensors
import Testing

@Suite struct ThreadPoolTests {
    @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 7, 1000])
    func everyPieceRunsOnce(threads: Int, pieces: Int) {
        let pool = ThreadPool(threads: threads)
        let counts = Mutex([Int](repeating: 0, count: pieces))
        for _ in 0..<3 { pool.run(pieces: pieces) { piece, _ in counts.withLock { $0[piece] += 1 } } }
        #expect(counts.withLock { $0.allSatisfy { $0 == 3 } })
    }

    @Test func workersAreExclusive() {
        let pool = ThreadPool(threads: 4)
        let busy = Mutex([Bool](repeating: false, count: 4))
        let clashes = Mutex(0)
        pool.run(pieces: 500) { _, worker in
            let taken = busy.withLock { state in
                let was = state[worker]
                state[worker] = true
                return was
            }
            if taken { clashes.withLock { $0 += 1 } }
            busy.withLock { $0[worker] = false }
        }
        #expect(clashes.withLock { $0 } == 0)
    }

    @Test func poolsComeAndGo() {
        for _ in 0..<50 {
            let pool = ThreadPool(threads: 3)
            pool.run(pieces: 5) { _, _ in }
        }
    }
}
