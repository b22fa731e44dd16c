import Glibc
import SuperResolution
import Synchronization

/// An object that stands behind a handle. Objects hold what they need, so handles can be freed in any order.
protocol HandleObject: AnyObject {
    /// The name of the handle's type in srq.h, for messages.
    static var handleName: StaticString { get }
    /// The number that marks handles of this kind and no other: eight letters of ASCII, so that it can be read in a debugger.
    static var handleTag: UInt64 { get }
}

/// An object that one call at a time may use, because calls change it.
protocol ExclusiveObject: HandleObject {
    /// Whether a call is at work on the object.
    var isBusy: BusyFlag { get }
}

/// Whether a call is at work on an object. The flag may be read and changed by any thread.
final class BusyFlag: Sendable {
    private let value = Atomic(false)

    /// Sets the flag. Returns false if it was set already.
    func begin() -> Bool { value.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged }

    /// Clears the flag.
    func end() { value.store(false, ordering: .releasing) }
}

/// The handles that the C interface gives out. A handle is a small block of memory that names its kind and holds a retained
/// object, so that NULL, another kind's handle, another struct and, as a rule, a freed handle are refused instead of followed.
enum Handle {
    /// The memory that a handle points to.
    private struct Block {
        var tag: UInt64
        var object: UnsafeRawPointer?
    }

    /// The tag of a block that was given back.
    private static let freed: UInt64 = 0x6465_6572_6671_7273

    /// Returns a new handle that keeps the object alive until it is freed.
    static func make<Object: HandleObject>(_ object: Object) -> OpaquePointer {
        let block = UnsafeMutablePointer<Block>.allocate(capacity: 1)
        block.initialize(to: Block(tag: Object.handleTag, object: UnsafeRawPointer(Unmanaged.passRetained(object).toOpaque())))
        return OpaquePointer(block)
    }

    /// Returns the object behind a handle.
    ///
    /// - Parameter parameter: The argument's name, for the message.
    /// - Throws: `.argument` for NULL and for what is no handle of this kind.
    static func object<Object: HandleObject>(
        _ handle: OpaquePointer?, _ parameter: StaticString = Object.handleName
    ) throws(SuperResolutionError) -> Object {
        guard let handle else { throw .argument("\(parameter): is NULL") }
        guard let object = Self.block(handle, of: Object.self)?.pointee.object else {
            throw .argument("\(parameter): is no \(Object.handleName), or was freed")
        }
        return Unmanaged<Object>.fromOpaque(object).takeUnretainedValue()
    }

    /// Runs a call on the object behind a handle, which no other call may use meanwhile: neither one that a callback of this call
    /// makes nor one of another thread. The object lives until the call ends, even if its handle is freed before.
    ///
    /// - Parameter parameter: The argument's name, for the message.
    /// - Throws: `.busy` if a call is at work on the object, `.argument` for NULL and for what is no handle of this kind.
    static func using<Object: ExclusiveObject, Result>(
        _ handle: OpaquePointer?, _ parameter: StaticString = Object.handleName,
        _ body: (Object) throws(SuperResolutionError) -> Result
    ) throws(SuperResolutionError) -> Result {
        let object: Object = try object(handle, parameter)
        guard object.isBusy.begin() else {
            throw .busy(
                "\(parameter): a call on this \(Object.handleName) is running, in another thread or as the caller of this one")
        }
        defer { object.isBusy.end() }
        return try body(object)
    }

    /// Frees a handle and releases its object; a call that is at work on the object keeps it until it ends.
    ///
    /// Edge cases: nothing happens for NULL and for what is no handle of this kind.
    static func free<Object: HandleObject>(_ handle: OpaquePointer?, as: Object.Type) {
        guard let handle, let block = block(handle, of: Object.self), let object = block.pointee.object else { return }
        // The tag stays in memory that is given back, so that a freed handle is noticed until that memory is in use again.
        block.pointee = Block(tag: freed, object: nil)
        block.deallocate()
        Unmanaged<Object>.fromOpaque(object).release()
    }

    /// Returns the block that a handle points to, or nil if it is no handle of this kind.
    private static func block<Object: HandleObject>(_ handle: OpaquePointer, of: Object.Type) -> UnsafeMutablePointer<Block>? {
        let block = UnsafeMutablePointer<Block>(handle)
        // No memory is ever allocated in the first page or at an odd place: such an address is not even looked at.
        let address = UInt(bitPattern: block)
        guard address >= 4096, address % UInt(MemoryLayout<Block>.alignment) == 0 else { return nil }
        return block.pointee.tag == Object.handleTag ? block : nil
    }
}
