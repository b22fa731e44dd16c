import Tensors

/// The sums over pairs of numbers from which losses between normalised feature maps and their gradients follow.
struct FeatureSums {
    /// The sum of the teacher's squares.
    private(set) var teacher = 0.0
    /// The sum of the student's squares.
    private(set) var student = 0.0
    /// The sum of the products of both.
    private(set) var product = 0.0

    /// Makes the sums of no numbers.
    init() {}

    /// Makes the sums of `count` pairs. Work is cut by length alone and partial sums are added in order: any number of threads
    /// gives the same bytes.
    init(teacher a: UnsafePointer<Float>, student b: UnsafePointer<Float>, count: Int, pool: ThreadPool) {
        let pieces = (count + Self.stretch - 1) / Self.stretch
        var partial = [FeatureSums](repeating: FeatureSums(), count: pieces)
        partial.withUnsafeMutableBufferPointer { partial in
            guard let base = partial.baseAddress else { return }
            Self.forEachStretch(count, pool) { range in base[range.lowerBound / Self.stretch] = FeatureSums(a, b, range) }
        }
        for sums in partial { self += sums }
    }

    /// Makes the sums of a range: eight side by side, so that the additions do not wait for each other.
    private init(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ range: Range<Int>) {
        var teacher = SIMD8<Double>()
        var student = SIMD8<Double>()
        var product = SIMD8<Double>()
        var i = range.lowerBound
        while i + 8 <= range.upperBound {
            let x = SIMD8<Double>(UnsafeRawPointer(a + i).loadUnaligned(as: SIMD8<Float>.self))
            let y = SIMD8<Double>(UnsafeRawPointer(b + i).loadUnaligned(as: SIMD8<Float>.self))
            teacher += x * x
            student += y * y
            product += x * y
            i += 8
        }
        (self.teacher, self.student, self.product) = (teacher.sum(), student.sum(), product.sum())
        while i < range.upperBound {
            self.teacher += Double(a[i]) * Double(a[i])
            self.student += Double(b[i]) * Double(b[i])
            self.product += Double(a[i]) * Double(b[i])
            i += 1
        }
    }

    static func += (left: inout FeatureSums, right: FeatureSums) {
        left.teacher += right.teacher
        left.student += right.student
        left.product += right.product
    }

    /// The length of a piece of work: 64 Ki pairs are 512 KiB, long enough that starting the piece costs nothing.
    private static let stretch = 65_536

    /// Returns the sum of what `body` returns for consecutive ranges that cover 0 ..< `count`, computed on all threads of the pool
    /// and added in order.
    static func total(_ count: Int, _ pool: ThreadPool, _ body: (Range<Int>) -> Double) -> Double {
        var partial = [Double](repeating: 0, count: (count + stretch - 1) / stretch)
        partial.withUnsafeMutableBufferPointer { partial in
            guard let base = partial.baseAddress else { return }
            forEachStretch(count, pool) { range in base[range.lowerBound / stretch] = body(range) }
        }
        return partial.reduce(0, +)
    }

    /// Calls `body` for consecutive ranges that cover 0 ..< `count`, on all threads of the pool.
    static func forEachStretch(_ count: Int, _ pool: ThreadPool, _ body: (Range<Int>) -> Void) {
        pool.run(pieces: (count + stretch - 1) / stretch) { piece, _ in
            body(piece * stretch..<min(count, (piece + 1) * stretch))
        }
    }
}
