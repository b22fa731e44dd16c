/// The kind "adabm": fitted as "minmax", on layers whose bits are then mapped by image and layer (docs/baselines.md, "AdaBM").
extension UniformQuantizer {
    static let adaBMKind = kind("adabm", weightRange: .signedSquaredError, mapsBits: true) { (statistics, _) in
        (statistics.lower, statistics.upper)
    }
}
