import CKernels
import Tensors

/// What becomes of a step's results, as the kernels read it, but for the places in memory, which move from stretch to stretch.
final class StepFinish: @unchecked Sendable {
    // The invariant behind @unchecked: the memory is written in `init` alone.

    /// The kernels that results are finished by where no convolution does.
    let kernels: srq_kernel_table
    /// Without rows; all operations of the step but `reorder`.
    let operations: [srq_operation]
    /// By operation: the step whose rows are added.
    let added: [Int?]
    /// The sinks that kernels write to.
    let sinks: [Sink]
    /// Whether some are written to by others: the output, and layers in float.
    let hasHostSinks: Bool
    private let memory: AlignedBuffer

    enum Sink: Sendable {
        case value
        case layer(Int, channel: Int, PackedLayer)
        /// Floats in scratch memory, for host sinks.
        case host
    }

    init(_ step: IntegerProgram.Step, _ layers: [Layer], _ kernels: srq_kernel_table) throws(IntegerEngineError) {
        self.kernels = kernels
        let padded = (step.channels + Int(SRQ_OUTPUT_BLOCK) - 1) / Int(SRQ_OUTPUT_BLOCK) * Int(SRQ_OUTPUT_BLOCK)
        let count = 2 * padded * max(step.operations.count, 1)
        guard let memory = AlignedBuffer(count: count) else { throw .memory(bytes: 4 * count) }
        memory.pointer.update(repeating: 0, count: count)
        var next = memory.pointer
        /// One number for each channel.
        func stored(_ values: [Float]) -> UnsafePointer<Float> {
            defer { next += padded }
            for channel in 0..<step.channels { next[channel] = values.count == 1 ? values[0] : values[channel] }
            return UnsafePointer(next)
        }
        var (operations, added) = ([srq_operation](), [Int?]())
        for operation in step.operations {
            var stretch = srq_operation()
            var value: Int?
            switch operation {
            case .relu: stretch.kind = SRQ_THEN_RELU
            case .prelu(let slopes): (stretch.kind, stretch.a) = (SRQ_THEN_PRELU, stored(slopes))
            case .affine(let scale, let shift):
                (stretch.kind, stretch.a, stretch.b) = (SRQ_THEN_AFFINE, stored(scale), stored(shift))
            case .multiply(let factor): (stretch.kind, stretch.factor) = (SRQ_THEN_MULTIPLY, factor)
            case .tanh: stretch.kind = SRQ_THEN_TANH
            case .add(let other): (stretch.kind, value) = (SRQ_THEN_ADD, other)
            // Done where values are read.
            case .reorder: continue
            }
            operations.append(stretch)
            added.append(value)
        }
        var (sinks, hasHostSinks) = ([Sink](), false)
        for sink in step.sinks {
            switch sink {
            case .value: sinks.append(.value)
            case .layer(let target, let channel):
                if case .integers(let layer) = layers[target] {
                    sinks.append(.layer(target, channel: channel, layer))
                } else {
                    hasHostSinks = true
                }
            case .output: hasHostSinks = true
            }
        }
        if hasHostSinks { sinks.append(.host) }
        if operations.last?.kind == SRQ_THEN_RELU, sinks.allSatisfy(Self.isBlindToRelu) {
            operations.removeLast()
            added.removeLast()
        }
        (self.operations, self.added, self.memory) = (operations, added, memory)
        (self.sinks, self.hasHostSinks) = (sinks, hasHostSinks)
    }

    /// Whether a sink gets the same with and without a ReLU before it: numbers below 0 have the code that 0 has.
    private static func isBlindToRelu(_ sink: Sink) -> Bool {
        guard case .layer(_, _, let layer) = sink else { return false }
        let encoder = layer.encoder.pointer.pointee
        // A NaN has the first code on both ways.
        return encoder.factors == nil && (encoder.kind == SRQ_ENCODE_BY_LINE || encoder.kind == SRQ_ENCODE_BY_HALVING)
            && !(encoder.thresholds.1 <= 0)
    }
}
