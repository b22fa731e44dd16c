import Glibc
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

    /// Every piece waits until all have begun: on a pool that let one piece wait for another's end, this would never finish.
    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3, 8])
    func piecesThatWaitForEachOtherRunTogether(threads: Int) {
        let pool = ThreadPool(threads: threads)
        let pieces = pool.concurrency
        for round in 1...20 {
            let begun = Atomic(0)
            let seen = Mutex([Int](repeating: 0, count: pieces))
            pool.runTogether(pieces: pieces) { piece in
                begun.add(1, ordering: .acquiringAndReleasing)
                while begun.load(ordering: .acquiring) < pieces { sched_yield() }
                seen.withLock { $0[piece] += 1 }
            }
            #expect(seen.withLock { $0.allSatisfy { $0 == 1 } }, "round \(round)")
            // A run of the other kind in between leaves nothing behind.
            pool.run(pieces: 3) { piece, _ in if piece < pieces { seen.withLock { $0[piece] += 1 } } }
            #expect(seen.withLock { $0.reduce(0, +) } == pieces + min(3, pieces), "round \(round)")
        }
    }

    /// Piece i runs on the i-th thread, each time on the same one; piece 0 on the caller's.
    @Test func piecesThatRunTogetherKeepTheirThreads() {
        let pool = ThreadPool(threads: 3)
        let threads = Mutex([[UInt]](repeating: [], count: pool.concurrency))
        for _ in 0..<20 {
            pool.runTogether(pieces: pool.concurrency) { piece in threads.withLock { $0[piece].append(UInt(pthread_self())) } }
        }
        let found = threads.withLock { $0 }
        #expect(found.allSatisfy { $0.count == 20 && Set($0).count == 1 })
        #expect(Set(found.compactMap(\.first)).count == pool.concurrency)
        #expect(found.first?.first == UInt(pthread_self()))
    }

    @Test func fewerPiecesThanThreadsRunTogether() {
        let pool = ThreadPool(threads: 4)
        for pieces in 0...pool.concurrency {
            let counts = Mutex([Int](repeating: 0, count: pool.concurrency))
            pool.runTogether(pieces: pieces) { piece in counts.withLock { $0[piece] += 1 } }
            #expect(counts.withLock { $0 } == (0..<pool.concurrency).map { $0 < pieces ? 1 : 0 })
        }
    }

    @Test func poolsComeAndGo() {
        for _ in 0..<50 {
            let pool = ThreadPool(threads: 3)
            pool.run(pieces: 5) { _, _ in }
        }
    }
}
