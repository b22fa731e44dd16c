/// Which rows of a step are made in which strip: strips follow from the image's height alone.
struct Rows {
    /// Of the image.
    let height: Int
    /// Of the image, per strip.
    let perStrip: Int

    /// Of a step or ring that has `scale` rows per image row and comes `lag` rows late.
    func made(in strip: Int, scale: Int, lag: Int) -> Range<Int> {
        let first = max(0, strip * perStrip * scale - lag)
        let end = min(height * scale, (strip + 1) * perStrip * scale - lag)
        return first..<max(first, end)
    }

    /// How many strips it takes until the last row of such a step is made.
    func strips(scale: Int, lag: Int) -> Int {
        let step = perStrip * scale
        return (height * scale + lag + step - 1) / step
    }
}
