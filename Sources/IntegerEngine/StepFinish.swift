import CKernels
import Tensors

/// The part of a step that follows its source, in the form in which kernels read it: the operations on results, with their
/// numbers by channel, and the sinks. Only the places in memory are missing: they change from stretch to stretch, and
/// `Flow.finish` adds them.
///
/// It is immutable and shared by all threads.
final class StepFinish: @unchecked Sendable {
    // The invariant behind @unchecked: the memory is written in `init` alone.

    /// The kernels whose `results` finishes values that come from no convolution in whole numbers.
    let kernels: srq_kernel_table
    /// The operations of the step in their order, without `reorder`, which is done when values are read. Additions have no rows
    /// yet.
    let operations: [srq_operation]
    /// The step whose result each operation adds, by the position of the operation; nil where it is no addition.
    let added: [Int?]
    /// The sinks that kernels write to, at most one of them `.host`.
    let sinks: [Sink]
    /// Whether the step has host sinks, which kernels do not write to: the output, and layers in float that quantize their input.
    /// `Flow` brings results there from scratch memory.
    let hasHostSinks: Bool
    private let memory: AlignedBuffer

    /// A place that a kernel writes a step's results to.
    enum Sink: Sendable {
        /// The step's own ring of floats.
        case value
        /// The ring of a layer in whole numbers: results are encoded as its input, from a channel on, by the encoder of these
        /// channels.
        case layer(Int, channel: Int, PackedLayer, Encoder)
        /// The ring of a layer in float that reads results as they are, from a channel on.
        case floatLayer(Int, channel: Int, inputs: Int)
        /// The scratch memory for floats, from which host sinks are served.
        case host
    }

    /// Makes what follows a step's source.
    /// - Parameter layers: The program's layers, which the step's sinks name by their indices.
    /// - Throws: `.memory` where the system has none.
    init(_ step: IntegerProgram.Step, _ layers: [Layer], _ kernels: srq_kernel_table) throws(IntegerEngineError) {
        self.kernels = kernels
        let padded = (step.channels + Int(SRQ_OUTPUT_BLOCK) - 1) / Int(SRQ_OUTPUT_BLOCK) * Int(SRQ_OUTPUT_BLOCK)
        let count = 2 * padded * max(step.operations.count, 1)
        guard let memory = AlignedBuffer(count: count) else { throw .memory(bytes: 4 * count) }
        memory.pointer.update(repeating: 0, count: count)
        var next = memory.pointer
        /// Stores one number for each channel, padded with zeros to whole blocks; a single value counts for all channels.
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
                switch layers[target] {
                case .integers(let layer):
                    sinks.append(.layer(target, channel: channel, layer, layer.encoder.channels(from: channel)))
                case .float(let layer) where layer.input == nil:
                    sinks.append(.floatLayer(target, channel: channel, inputs: layer.convolution.inputs))
                case .float: hasHostSinks = true
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

    /// Whether a sink stores the same with and without a ReLU before it: numbers below 0 have the code that 0 has. Such a ReLU
    /// is left out.
    private static func isBlindToRelu(_ sink: Sink) -> Bool {
        guard case .layer(_, _, _, let encoder) = sink else { return false }
        let read = encoder.pointer.pointee
        // A NaN has the first code on both ways. Factors are positive, so that they move no number across 0.
        return (read.kind == SRQ_ENCODE_BY_LINE || read.kind == SRQ_ENCODE_BY_HALVING)
            && !(read.thresholds.1 <= 0)
    }
}
