/// Which rows of a step are made in which strip: strips follow from the image's height alone.
struct Rows {
    /// Of the image.
    let height: Int
    /// Of the image, per strip.
    let perStrip: Int

    /// Of a step that has `scale` rows per image row, comes `lag` rows late and makes `band` rows at a time, from row 0 on.
    func made(in strip: Int, scale: Int, lag: Int, band: Int) -> Range<Int> {
        func end(_ strips: Int) -> Int {
            let rows = min(max(0, strips * perStrip * scale - lag), height * scale)
            return rows == height * scale ? rows : rows / band * band
        }
        return end(strip)..<end(strip + 1)
    }

    /// How many strips it takes until the last row of a step is made that comes `lag` rows late.
    func strips(scale: Int, lag: Int) -> Int {
        let step = perStrip * scale
        return (height * scale + lag + step - 1) / step
    }
}
