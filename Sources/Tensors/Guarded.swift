import Glibc

/// A value that one thread at a time can use.
///
/// Swift's `Mutex` remembers, for every thread, the number by which the system knows it, and hands it to the system when two
/// threads want one lock. The thread that forks has another number in the child process, so the first such lock there would end
/// the child. The locks of pthreads do not depend on it.
///
/// Fork rule: no thread may be inside `withLock` while another one forks.
package final class Guarded<Value>: @unchecked Sendable {
    // Invariant behind @unchecked: `value` is read and written with the mutex held, by `withLock` alone.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    /// Guards a value, which nobody else may keep using.
    package init(_ value: sending Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Calls `body` with the value while no other thread has it.
    package func withLock<Result, Failure: Error>(_ body: (inout Value) throws(Failure) -> Result) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
