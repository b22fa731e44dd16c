extension UniformQuantizer {
    /// "adabm": fitted as "minmax", on layers whose bits are then mapped by image and layer (facts 4.5).
    static let adaBMKind = kind(QuantizerRegistry.bitMappingName, needs: []) { (statistics, _) throws(QuantizerError) in
        (statistics.lower, statistics.upper)
    }
}

extension QuantizerRegistry {
    /// Of the quantizer whose bits depend on the image.
    public static let bitMappingName = "adabm"
}
