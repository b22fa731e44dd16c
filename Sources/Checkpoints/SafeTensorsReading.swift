import Files

extension SafeTensors {
    /// The longest header that the format allows.
    private static let longestHeader = 100_000_000

    /// Reads a safetensors file.
    ///
    /// - Throws: `.file` if it cannot be read, `.malformed` and its like if it is damaged.
    public static func read(path: String) throws(CheckpointError) -> SafeTensors {
        let bytes: [UInt8]
        do { bytes = try Files.read(path) } catch { throw .file(error) }
        return try read(bytes: bytes, name: path)
    }

    /// - Parameter name: stands for the file in messages.
    /// - Throws: where the header and the bytes do not agree to the last byte: no gap, no overlap, nothing left over.
    public static func read(bytes: [UInt8], name: String) throws(CheckpointError) -> SafeTensors {
        var reader = ByteReader(bytes, bytes.indices, file: name, part: "safetensors file")
        let length = try reader.integer(UInt64.self)
        guard length <= longestHeader else { throw reader.malformed("a header of \(length) bytes") }
        let header = try JSON.parse(bytes: bytes[try reader.take(length)], name: "\(name): header")
        let data = try reader.take(reader.remaining)

        var result = SafeTensors(name: name)
        var found: [(name: String, type: ElementType, dimensions: [Int], range: Range<Int>)] = []
        for (key, member) in try JSON.Field(header, path: "\(name): header").members() {
            if key == metadataKey {
                for (key, value) in try member.members() { result.metadata[key] = try value.string() }
                continue
            }
            func failure(_ reason: String) -> CheckpointError { .tensor(file: name, name: key, reason: reason) }
            try member.refuseMembers(except: ["dtype", "shape", "data_offsets"])
            let typeName = try member.member("dtype").string()
            guard let type = ElementType(rawValue: typeName) else {
                throw .unsupported(file: name, reason: "tensor \(quoted(key)) has type \(quoted(typeName))")
            }
            let dimensions = try integers(try member.member("shape"), atMost: StridedLayout.maximumDimensions)
            let offsets = try integers(try member.member("data_offsets"), atMost: 2)
            guard offsets.count == 2, offsets[0] <= offsets[1], offsets[1] <= data.count else {
                throw failure("offsets \(offsets) do not lie within the \(data.count) bytes of data")
            }
            let range = data.lowerBound + offsets[0]..<data.lowerBound + offsets[1]
            found.append((key, type, dimensions, range))
        }

        // Among entries that begin at the same place the empty ones come first; the header's order breaks the rest.
        let order = found.indices.sorted {
            let (a, b) = (found[$0].range, found[$1].range)
            return (a.lowerBound, a.upperBound, $0) < (b.lowerBound, b.upperBound, $1)
        }
        var end = data.lowerBound
        for index in order {
            let entry = found[index]
            guard entry.range.lowerBound == end else {
                throw .tensor(
                    file: name, name: entry.name,
                    reason: "begins at byte \(entry.range.lowerBound - data.lowerBound) of the data, the entry before it ends at "
                        + "\(end - data.lowerBound)")
            }
            end = entry.range.upperBound
            try result.append(entry.name, type: entry.type, dimensions: entry.dimensions, bytes: bytes[entry.range])
        }
        guard end == data.upperBound else {
            throw .malformed(file: name, reason: "\(data.upperBound - end) bytes after the last entry")
        }
        return result
    }

    private static func integers(_ field: JSON.Field, atMost limit: Int) throws(CheckpointError) -> [Int] {
        if case .array(let elements) = field.value, elements.count > limit {
            throw field.failure("\(elements.count) numbers, at most \(limit) are supported")
        }
        var integers: [Int] = []
        for element in try field.elements() { integers.append(try element.integer(in: 0...(1 << 53))) }
        return integers
    }
}
