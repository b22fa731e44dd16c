import CDNN
import Tensors

/// A oneDNN convolution of one shape, shared by every layer and band that has it.
final class ConvolutionPrimitive: @unchecked Sendable {
    // Invariant behind @unchecked: oneDNN primitives do not change once made; running one touches only its arguments.
    private let handle: OpaquePointer
    /// How many floats the weights take in the primitive's own layout, and as `[outputs, inputs, kernel, kernel]`.
    let weightCount, plainWeightCount: Int
    /// How many floats of scratch memory a run needs.
    let scratchCount: Int
    private let library: ConvolutionLibrary.Engine

    fileprivate init(_ description: cdnn_convolution_description, library: ConvolutionLibrary.Engine, node: String)
        throws(FloatEngineError)
    {
        var handle: OpaquePointer?
        let failure = withUnsafePointer(to: description) { cdnn_convolution_create(&handle, library.handle, $0) }
        guard let handle else {
            let shape =
                "\(description.inputs)→\(description.outputs), \(description.kernel)×\(description.kernel), "
                + "\(description.input_height)×\(description.width)"
            throw .library(node: node, message: (failure.map { String(cString: $0) } ?? "oneDNN failed") + " (\(shape))")
        }
        self.handle = handle
        self.library = library
        weightCount = (cdnn_convolution_weight_bytes(handle) + 3) / 4
        plainWeightCount = Int(description.outputs * description.inputs * description.kernel * description.kernel)
        scratchCount = (cdnn_convolution_scratch_bytes(handle) + 3) / 4
    }

    deinit { cdnn_convolution_destroy(handle) }

    /// Returns whether weights packed for the one are right for the other.
    func sharesWeightLayout(with other: ConvolutionPrimitive) -> Bool {
        self === other || cdnn_convolution_same_weights(handle, other.handle) != 0
    }

    /// Packs any number of weights `[outputs, inputs, kernel, kernel]` into as many in the primitive's own layout.
    /// - Returns: the reason why it failed, or nil.
    func pack(_ weights: [Float], into packed: AlignedBuffer) -> String? {
        weights.withUnsafeBufferPointer { weights in
            guard let start = weights.baseAddress else { return nil }
            for index in 0..<weights.count / plainWeightCount {
                let failure = cdnn_convolution_pack(
                    handle, start + index * plainWeightCount, packed.pointer + index * weightCount)
                if let failure { return text(failure) }
            }
            return nil
        }
    }

    /// Convolves `input` on the calling thread.
    /// - Returns: the reason why it failed, or nil.
    func forward(
        _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
        into output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) -> String? {
        text(cdnn_convolution_forward(handle, input, weights, bias, output, scratch))
    }

    /// `count` convolutions, each of an input and with weights of its own: inputs and outputs lie so many floats apart.
    func forward(
        count: Int, _ input: UnsafePointer<Float>, apart inputDistance: Int, weights: UnsafePointer<Float>,
        into output: UnsafeMutablePointer<Float>, apart outputDistance: Int, scratch: UnsafeMutablePointer<Float>
    ) -> String? {
        let size = MemoryLayout<Float>.stride
        var series = cdnn_series(
            count: count, input: inputDistance * size, packed: weightCount * size, output: outputDistance * size)
        return text(cdnn_convolution_forward_series(handle, &series, input, weights, nil, output, scratch))
    }

    private func text(_ failure: UnsafePointer<CChar>?) -> String? { failure.map { String(cString: $0) } }
}

/// The convolutions that were made so far, which layers of one shape share. Used by one thread at a time.
final class ConvolutionLibrary {
    struct Key: Hashable {
        var inputHeight, width, inputs, outputs, kernel, paddingTop, paddingBottom, paddingSide: Int
        var hasBias = false
        var accumulate = false
        var relu = false

        /// The same in oneDNN's words.
        fileprivate var description: cdnn_convolution_description {
            cdnn_convolution_description(
                input_height: Int32(inputHeight), width: Int32(width), inputs: Int32(inputs), outputs: Int32(outputs),
                kernel: Int32(kernel), padding_top: Int32(paddingTop), padding_bottom: Int32(paddingBottom),
                padding_side: Int32(paddingSide), has_bias: hasBias ? 1 : 0, accumulate: accumulate ? 1 : 0, relu: relu ? 1 : 0)
        }

        static func oneByOne(height: Int, width: Int, inputs: Int, outputs: Int) -> Key {
            Key(
                inputHeight: height, width: width, inputs: inputs, outputs: outputs, kernel: 1, paddingTop: 0, paddingBottom: 0,
                paddingSide: 0)
        }
    }

    /// oneDNN's engine for this processor, which lives as long as the last primitive made with it.
    final class Engine: @unchecked Sendable {
        // Invariant behind @unchecked: a oneDNN CPU engine holds no state that calls change.
        let handle: OpaquePointer

        init() throws(FloatEngineError) {
            var handle: OpaquePointer?
            let failure = cdnn_engine_create(&handle)
            guard let handle else {
                throw .library(node: "oneDNN", message: failure.map { String(cString: $0) } ?? "no engine")
            }
            self.handle = handle
        }

        deinit { cdnn_engine_destroy(handle) }
    }

    private let engine: Engine
    private var primitives: [Key: ConvolutionPrimitive] = [:]
    private var weightGradients: [Key: WeightGradientPrimitive] = [:]

    init() throws(FloatEngineError) { engine = try Engine() }

    /// Returns the convolution of this shape, made at the first call.
    func primitive(_ key: Key, node: String) throws(FloatEngineError) -> ConvolutionPrimitive {
        if let primitive = primitives[key] { return primitive }
        let primitive = try ConvolutionPrimitive(key.description, library: engine, node: node)
        primitives[key] = primitive
        return primitive
    }

    /// Returns the gradient of the weights of the convolution of this shape, made at the first call.
    func weightGradient(_ key: Key, node: String) throws(FloatEngineError) -> WeightGradientPrimitive {
        if let primitive = weightGradients[key] { return primitive }
        let primitive = try WeightGradientPrimitive(key.description, library: engine, node: node)
        weightGradients[key] = primitive
        return primitive
    }
}
