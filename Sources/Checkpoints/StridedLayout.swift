/// Which elements of a storage a tensor consists of. One that exists lies within its storage.
struct StridedLayout {
    let offset: Int
    let dimensions: [Int]
    let strides: [Int]
    /// The number of elements of the tensor.
    let count: Int

    static let maximumDimensions = 16

    /// - Parameters:
    ///   - strides: in elements, one for each dimension.
    ///   - available: elements in the storage.
    init(
        offset: Int, dimensions: [Int], strides: [Int], available: Int, failing error: (String) -> CheckpointError
    ) throws(CheckpointError) {
        guard dimensions.count <= Self.maximumDimensions else {
            throw error("\(dimensions.count) dimensions, at most \(Self.maximumDimensions) are supported")
        }
        guard strides.count == dimensions.count else { throw error("dimensions \(dimensions) do not go with strides \(strides)") }
        guard offset >= 0, dimensions.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
            throw error("a negative number among offset \(offset), dimensions \(dimensions), strides \(strides)")
        }
        guard let count = Self.product(dimensions) else { throw error("dimensions \(dimensions) overflow") }
        if count > 0 {
            var last = offset
            for (dimension, stride) in zip(dimensions, strides) {
                let (step, stepOverflows) = (dimension - 1).multipliedReportingOverflow(by: stride)
                let (sum, sumOverflows) = last.addingReportingOverflow(step)
                guard !stepOverflows, !sumOverflows else { throw error("dimensions \(dimensions), strides \(strides) overflow") }
                last = sum
            }
            guard last < available else {
                throw error(
                    "offset \(offset), dimensions \(dimensions), strides \(strides) reach element \(last) "
                        + "of a storage of \(available)"
                )
            }
        } else if offset > available {
            throw error("offset \(offset) into a storage of \(available) elements")
        }
        (self.offset, self.dimensions, self.strides, self.count) = (offset, dimensions, strides, count)
    }

    /// Makes a row-major layout without gaps, from the first element on.
    /// - Precondition: the product of `dimensions` has been checked.
    init(contiguous dimensions: [Int]) {
        offset = 0
        self.dimensions = dimensions
        count = dimensions.reduce(1, *)
        strides = count == 0 ? dimensions : Self.rowMajorStrides(dimensions)
    }

    /// Returns the product of the dimensions; nil if it overflows on the way, even where a later zero would bring it back:
    /// `Tensor` multiplies in the same order.
    static func product(_ dimensions: [Int]) -> Int? {
        var product = 1
        for dimension in dimensions {
            let (next, overflows) = product.multipliedReportingOverflow(by: dimension)
            guard !overflows else { return nil }
            product = next
        }
        return product
    }

    /// - Precondition: there is at least one element, so that no product of some dimensions is larger than that of all.
    private static func rowMajorStrides(_ dimensions: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: dimensions.count)
        for axis in dimensions.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] * dimensions[axis + 1]
        }
        return strides
    }

    /// Whether the elements follow each other in the storage.
    var isContiguous: Bool {
        count == 0 || zip(dimensions, zip(strides, Self.rowMajorStrides(dimensions))).allSatisfy { $0 == 1 || $1.0 == $1.1 }
    }

    /// Calls `body` for runs of equally spaced elements, in the tensor's order.
    func forEachRun(_ body: (_ first: Int, _ stride: Int, _ count: Int) -> Void) {
        guard count > 0 else { return }
        guard let inner = dimensions.last, !isContiguous else { return body(offset, 1, count) }
        let outer = dimensions.count - 1
        var index = [Int](repeating: 0, count: outer)
        var first = offset
        while true {
            body(first, strides[outer], inner)
            var axis = outer - 1
            while axis >= 0 {
                index[axis] += 1
                first += strides[axis]
                if index[axis] < dimensions[axis] { break }
                first -= index[axis] * strides[axis]
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}
