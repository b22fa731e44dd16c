import FloatEngine
import Tensors

/// A convolution of a program, and the layout of the rows that are stored as its input.
///
/// A stored row is `margin` pixels of zeros, the pixels of the row and again `margin` pixels, each of `channels` numbers.
enum Layer: Sendable {
    /// The convolution multiplies whole numbers.
    case integers(PackedLayer)
    /// The convolution is computed in single precision by the float engine.
    case float(FloatLayer)

    /// The name of the convolution in the network.
    var name: String {
        switch self {
        case .integers(let layer): layer.name
        case .float(let layer): layer.convolution.name
        }
    }

    /// The number of rows and of columns of the convolution's window.
    var kernel: Int {
        switch self {
        case .integers(let layer): layer.kernel
        case .float(let layer): layer.convolution.kernel
        }
    }

    /// The number of output channels.
    var outputs: Int {
        switch self {
        case .integers(let layer): layer.outputs
        case .float(let layer): layer.convolution.outputs
        }
    }

    /// How many numbers a stored pixel has: the layer's input channels and the padding behind them.
    var channels: Int {
        switch self {
        case .integers(let layer): layer.channels
        case .float(let layer): layer.convolution.inputs
        }
    }

    /// How many bytes each number of a stored pixel has.
    var bytesPerNumber: Int {
        switch self {
        case .integers(let layer): layer.bytesPerNumber
        case .float: MemoryLayout<Float>.stride
        }
    }

    /// How many pixels that stand for zero there are before and behind a stored row; none where the float engine pads rows itself.
    var margin: Int {
        switch self {
        case .integers(let layer): layer.kernel / 2
        case .float: 0
        }
    }

    /// How many rows of results the layer's kernel computes at a time, whatever the image's size; 1 for layers in float that are
    /// computed in bands, which depend on it (`Schedule.Timing.band`).
    var rowsTogether: Int {
        switch self {
        case .integers(let layer): layer.rowsTogether
        case .float(let layer): layer.convolution.rowsTogether
        }
    }

    /// The step whose ring of results the layer reads, if it has no ring of its own.
    var reads: Int? { if case .float(let layer) = self { layer.reads } else { nil } }

    /// The reasons why the faster formats do not fit the layer, or an empty string where it has the fastest one.
    var reason: String {
        if case .integers(let layer) = self { layer.refusals.joined(separator: "; ") } else { "" }
    }

    /// The name of the layer's format, for users: see `IntegerProgram.formats`.
    var format: String {
        switch self {
        case .float: "float"
        case .integers(let layer):
            switch layer.format {
            case .narrow(nil): "narrow"
            case .narrow(let chain?): "narrow \(chain)"
            case .wide: "wide"
            case .winograd: "winograd"
            case .gaussian: "gaussian"
            }
        }
    }
}

/// A layer in float: a convolution that the float engine computes, band by band.
struct FloatLayer: Sendable {
    let convolution: FloatConvolution
    /// The function, a quantizer as a rule, that is applied to the layer's input before it is stored; nil where there is none.
    let input: (any ElementwiseFunction)?
    /// The position of this layer among the program's layers in float (`IntegerProgram.floatConvolutions`).
    let number: Int
    /// The step whose result is the whole input, as it is: the layer reads the ring of that step's results and has none of its own.
    /// Nil where the input is encoded or put together of several results.
    var reads: Int?

    /// Applies `input` to whole pixels of `channels` channels, the first of which is the layer's channel `first`. Does nothing
    /// where there is no function.
    func apply(
        to values: UnsafePointer<Float>, into results: UnsafeMutablePointer<Float>, count: Int, channels: Int, from first: Int
    ) {
        guard let channelwise = input as? any ChannelwiseFunction, channels != convolution.inputs else {
            input?.apply(values, into: results, count: count)
            return
        }
        for pixel in stride(from: 0, to: count, by: channels) {
            channelwise.apply(values + pixel, into: results + pixel, count: channels, firstChannel: first)
        }
    }
}
