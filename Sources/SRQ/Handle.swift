import Glibc
import SuperResolution

/// What stands behind a handle. Objects hold what they need, so handles can be freed in any order.
protocol HandleObject: AnyObject {
    /// As in srq.h.
    static var handleName: StaticString { get }
    /// Of its own kind alone.
    static var handleTag: UInt64 { get }
}

/// A handle is a small block of memory that names its kind and holds a retained object, so that NULL, another kind's handle,
/// another struct and, as a rule, a freed handle are refused instead of followed.
enum Handle {
    private struct Block {
        var tag: UInt64
        var object: UnsafeRawPointer?
    }

    private static let freed: UInt64 = 0x6465_6572_6671_7273

    static func make<Object: HandleObject>(_ object: Object) -> OpaquePointer {
        let block = UnsafeMutablePointer<Block>.allocate(capacity: 1)
        block.initialize(to: Block(tag: Object.handleTag, object: UnsafeRawPointer(Unmanaged.passRetained(object).toOpaque())))
        return OpaquePointer(block)
    }

    /// - Parameter parameter: the argument's name, for the message.
    static func object<Object: HandleObject>(
        _ handle: OpaquePointer?, _ parameter: StaticString = Object.handleName
    ) throws(SuperResolutionError) -> Object {
        guard let handle else { throw .argument("\(parameter): is NULL") }
        guard let object = Self.block(handle, of: Object.self)?.pointee.object else {
            throw .argument("\(parameter): is no \(Object.handleName), or was freed")
        }
        return Unmanaged<Object>.fromOpaque(object).takeUnretainedValue()
    }

    /// Does nothing for NULL and for what is no such handle.
    static func free<Object: HandleObject>(_ handle: OpaquePointer?, as: Object.Type) {
        guard let handle, let block = block(handle, of: Object.self), let object = block.pointee.object else { return }
        // Written where the memory is given back, so that using the handle again is noticed as long as it is not used anew.
        block.pointee = Block(tag: freed, object: nil)
        block.deallocate()
        Unmanaged<Object>.fromOpaque(object).release()
    }

    private static func block<Object: HandleObject>(_ handle: OpaquePointer, of: Object.Type) -> UnsafeMutablePointer<Block>? {
        let block = UnsafeMutablePointer<Block>(handle)
        // Neither is an address that memory can have been allocated at.
        let address = UInt(bitPattern: block)
        guard address >= 4096, address % UInt(MemoryLayout<Block>.alignment) == 0 else { return nil }
        return block.pointee.tag == Object.handleTag ? block : nil
    }
}
