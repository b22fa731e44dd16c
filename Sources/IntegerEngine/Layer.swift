import FloatEngine
import Tensors

/// A convolution of a program, and how the rows lie in memory that are encoded for it.
enum Layer: Sendable {
    case integers(PackedLayer)
    case float(FloatLayer)

    var name: String {
        switch self {
        case .integers(let layer): layer.name
        case .float(let layer): layer.convolution.name
        }
    }

    var kernel: Int {
        switch self {
        case .integers(let layer): layer.kernel
        case .float(let layer): layer.convolution.kernel
        }
    }

    var outputs: Int {
        switch self {
        case .integers(let layer): layer.outputs
        case .float(let layer): layer.convolution.outputs
        }
    }

    /// Of a stored pixel: the layer's inputs and the padding behind them.
    var channels: Int {
        switch self {
        case .integers(let layer): layer.channels
        case .float(let layer): layer.convolution.inputs
        }
    }

    var bytesPerNumber: Int {
        switch self {
        case .integers(let layer): layer.bytesPerNumber
        case .float: MemoryLayout<Float>.stride
        }
    }

    /// Columns of zeros before and behind a stored row.
    var margin: Int {
        switch self {
        case .integers(let layer): layer.kernel / 2
        case .float: 0
        }
    }

    /// How many rows are computed at a time, whatever the image's size.
    var rowsTogether: Int {
        switch self {
        case .integers(let layer): layer.rowsTogether
        case .float: 1
        }
    }

    /// Why a faster format does not fit.
    var reason: String {
        if case .integers(let layer) = self { layer.refusals.joined(separator: "; ") } else { "" }
    }

    /// What it multiplies, for users: see `IntegerProgram.formats`.
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

/// A layer that the float engine computes, band by band.
struct FloatLayer: Sendable {
    let convolution: FloatConvolution
    /// Applied to what it reads.
    let input: (any ElementwiseFunction)?
    /// Which one of the layers in float.
    let number: Int
}
