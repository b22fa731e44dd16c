public import CSRQ
import QuantizedNetworks
import Quantizers
import SuperResolution

@c @implementation
public func srq_calibration_options_init(_ options: UnsafeMutablePointer<srq_calibration_options>!, _ struct_size: UInt32) {
    VersionedStruct.initialize(options, size: struct_size, to: .defaults)
}

extension srq_calibration_options {
    /// The defaults of `Recipe`, which NULL in place of the options means too.
    static var defaults: srq_calibration_options {
        let recipe = Recipe()
        return srq_calibration_options(
            struct_size: 0, weights: UInt32(recipe.weights),
            activations: UInt32(recipe.activations), batch: UInt32(recipe.batch),
            quantizer: OptionTable.text(.calibrate, "quantizer"),
            protocol: OptionTable.text(.calibrate, "protocol"), breakpoint: OptionTable.text(.calibrate, "breakpoint"),
            momentum: recipe.momentum,
            percentile: recipe.percentile, per_channel: recipe.perChannel ? 1 : 0, threads: 0, progress: nil, user: nil,
            weight_range: nil, range_percentile: recipe.rangePercentile, clipped_share: recipe.clippedShare,
            clipped_share_8bit: recipe.clippedShare8Bits, reserved: 0,
            input_scales: OptionTable.text(.calibrate, "input_scales"), equalisation: OptionTable.text(.calibrate, "equalisation"),
            scale_power: recipe.scalePower, bias_correction: recipe.biasCorrection ? 1 : 0)
    }
}

extension Recipe {
    /// Reads the options of a caller; the ranges of their values are checked where the recipe is used.
    init(_ options: srq_calibration_options) throws(SuperResolutionError) {
        self.init()
        try reserved(options.reserved, "reserved")
        (weights, activations, batch) = (Int(options.weights), Int(options.activations), Int(options.batch))
        if let name = try optionalText(options.quantizer, "quantizer") { quantizer = name }
        scope = try choice(options.protocol, "protocol", default: scope)
        breakpoint = try choice(options.breakpoint, "breakpoint", default: breakpoint)
        (momentum, percentile) = (options.momentum, options.percentile)
        perChannel = try flag(options.per_channel, "per_channel")
        if options.weight_range != nil { weightRange = try choice(options.weight_range, "weight_range", default: .max) }
        (rangePercentile, clippedShare) = (options.range_percentile, options.clipped_share)
        clippedShare8Bits = options.clipped_share_8bit
        inputScales = try choice(options.input_scales, "input_scales", default: inputScales)
        equalisation = try choice(options.equalisation, "equalisation", default: equalisation)
        scalePower = options.scale_power
        biasCorrection = try flag(options.bias_correction, "bias_correction")
    }
}
