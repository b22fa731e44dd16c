extension ElementType {
    /// Returns the elements that `layout` picks out of `bytes`, as floats; integers and doubles are rounded to the nearest float.
    ///
    /// - Precondition: `layout` was made for at most `bytes.count / size` elements.
    func floats(_ bytes: ArraySlice<UInt8>, _ layout: StridedLayout, bigEndian: Bool) -> [Float] {
        switch self {
        case .bool: gather(bytes, layout, bigEndian) { (bits: UInt8) in bits == 0 ? 0 : 1 }
        case .uint8: gather(bytes, layout, bigEndian) { (bits: UInt8) in Float(bits) }
        case .int8: gather(bytes, layout, bigEndian) { (bits: Int8) in Float(bits) }
        case .uint16: gather(bytes, layout, bigEndian) { (bits: UInt16) in Float(bits) }
        case .int16: gather(bytes, layout, bigEndian) { (bits: Int16) in Float(bits) }
        case .uint32: gather(bytes, layout, bigEndian) { (bits: UInt32) in Float(bits) }
        case .int32: gather(bytes, layout, bigEndian) { (bits: Int32) in Float(bits) }
        case .uint64: gather(bytes, layout, bigEndian) { (bits: UInt64) in Float(bits) }
        case .int64: gather(bytes, layout, bigEndian) { (bits: Int64) in Float(bits) }
        case .float16: gather(bytes, layout, bigEndian) { (bits: UInt16) in Float(Float16(bitPattern: bits)) }
        case .bfloat16: gather(bytes, layout, bigEndian) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
        case .float32 where layout.isContiguous && !bigEndian: copied(bytes, layout)
        case .float32: gather(bytes, layout, bigEndian) { (bits: UInt32) in Float(bitPattern: bits) }
        case .float64: gather(bytes, layout, bigEndian) { (bits: UInt64) in Float(Double(bitPattern: bits)) }
        }
    }
}

/// Copies elements that lie in order as floats, which nearly every file is made of.
private func copied(_ bytes: ArraySlice<UInt8>, _ layout: StridedLayout) -> [Float] {
    let size = MemoryLayout<Float>.size
    return bytes.withUnsafeBytes { source in
        [Float](unsafeUninitializedCapacity: layout.count) { target, written in
            guard layout.count > 0 else { return }
            let elements = UnsafeRawBufferPointer(rebasing: source[layout.offset * size..<(layout.offset + layout.count) * size])
            UnsafeMutableRawBufferPointer(target).copyMemory(from: elements)
            written = layout.count
        }
    }
}

@inline(__always)
private func gather<Bits: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, _ layout: StridedLayout, _ bigEndian: Bool, _ convert: (Bits) -> Float
) -> [Float] {
    let size = MemoryLayout<Bits>.size
    return bytes.withUnsafeBytes { source in
        [Float](unsafeUninitializedCapacity: layout.count) { target, written in
            layout.forEachRun { first, stride, count in
                precondition((first + (count - 1) * stride + 1) * size <= source.count && written + count <= target.count)
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                let run = to + written
                if stride == 1, !bigEndian {
                    // Kept apart because the compiler turns this loop into wide loads.
                    let from = from + first * size
                    for i in 0..<count { run[i] = convert(Bits(littleEndian: (from + i * size).loadUnaligned(as: Bits.self))) }
                } else {
                    for i in 0..<count {
                        let bits = (from + (first + i * stride) * size).loadUnaligned(as: Bits.self)
                        run[i] = convert(bigEndian ? Bits(bigEndian: bits) : Bits(littleEndian: bits))
                    }
                }
                written += count
            }
        }
    }
}

/// Returns where the first NaN or infinity is; nil where there is none.
func firstNonFinite(_ values: [Float]) -> Int? {
    // One pass without a branch, because nearly every tensor is fine.
    let exponent: UInt32 = 0x7F80_0000
    var found: UInt32 = 0
    for value in values { found |= value.bitPattern & exponent == exponent ? 1 : 0 }
    return found == 0 ? nil : values.firstIndex { !$0.isFinite }
}
