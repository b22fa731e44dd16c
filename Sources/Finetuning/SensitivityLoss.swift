import FloatEngine
import Tensors

/// Eq. (6): the distance of each layer's output to the float network's, both normalised, weighted by sensitivity.
///
/// For one layer of weight s among K layers: s / K · mean over samples of ‖F/‖F‖ - F'/‖F'‖‖₂ (facts 3.4: s_k stands inside the
/// sum). Norms run over all of a sample's values.
struct SensitivityLoss {
    /// One sample's sums, from which loss and gradient follow.
    private struct Sums {
        var teacher = 0.0
        var student = 0.0
        var product = 0.0
    }

    private let pool: ThreadPool

    init(pool: ThreadPool) { self.pool = pool }

    /// Adds `weight` times the gradient for the student's feature to `gradient`.
    /// - Returns: `weight` times the loss.
    func evaluate(
        student: TrainingExecutor.Feature, teacher: UnsafePointer<Float>, weight: Double,
        addingTo gradient: UnsafeMutablePointer<Float>
    ) -> Double {
        let samples = student.shape.samples
        let count = student.shape.countPerSample
        var loss = 0.0
        for sample in 0..<samples {
            let a = teacher + sample * count
            let b = student.values + sample * count
            let sums = sums(a, b, count: count)
            let tiny = 1e-12
            let teacherNorm = max(sums.teacher.squareRoot(), tiny)
            let studentNorm = max(sums.student.squareRoot(), tiny)
            let cosine = sums.product / (teacherNorm * studentNorm)
            // ‖a - b‖² of two unit vectors; in double precision, since both are near 1.
            let distance = max(2 - 2 * cosine, 0).squareRoot()
            loss += weight * distance / Double(samples)
            guard distance > tiny else { continue }
            // d‖a - b‖/dF' = (cos · b - a) / (‖a - b‖ · ‖F'‖), with a = F/‖F‖ and b = F'/‖F'‖.
            let factor = weight / (Double(samples) * distance * studentNorm)
            let ofStudent = Float(factor * cosine / studentNorm)
            let ofTeacher = Float(-factor / teacherNorm)
            let target = gradient + sample * count
            forEachStretch(count) { range in
                for i in range { target[i] += ofStudent * b[i] + ofTeacher * a[i] }
            }
        }
        return loss
    }

    private static let stretch = 65_536

    private func forEachStretch(_ count: Int, _ body: (Range<Int>) -> Void) {
        pool.run(pieces: (count + Self.stretch - 1) / Self.stretch) { piece, _ in
            body(piece * Self.stretch..<min(count, (piece + 1) * Self.stretch))
        }
    }

    private func sums(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Sums {
        let pieces = (count + Self.stretch - 1) / Self.stretch
        var partial = [Sums](repeating: Sums(), count: pieces)
        partial.withUnsafeMutableBufferPointer { partial in
            guard let base = partial.baseAddress else { return }
            forEachStretch(count) { range in base[range.lowerBound / Self.stretch] = Self.sums(a, b, range) }
        }
        return partial.reduce(into: Sums()) {
            $0.teacher += $1.teacher
            $0.student += $1.student
            $0.product += $1.product
        }
    }

    /// Eight sums side by side, so that the additions do not wait for each other.
    private static func sums(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ range: Range<Int>) -> Sums {
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
        var sums = Sums(teacher: teacher.sum(), student: student.sum(), product: product.sum())
        while i < range.upperBound {
            sums.teacher += Double(a[i]) * Double(a[i])
            sums.student += Double(b[i]) * Double(b[i])
            sums.product += Double(a[i]) * Double(b[i])
            i += 1
        }
        return sums
    }
}
