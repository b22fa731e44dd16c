/// The division of an image's rows into strips, and the rows that a step makes in each of them. Strips follow from the image's
/// height alone, not from the number of threads, so the result does not depend on threads.
struct Rows {
    /// The height of the image in rows.
    let height: Int
    /// The number of image rows in a strip; the last strip may have fewer.
    let perStrip: Int

    /// Returns the rows that a step makes in strip `strip`, as rows of the step.
    ///
    /// Edge cases: the range is empty in strips that come too early (the lag is larger than the rows so far) or too late.
    /// Postcondition: the ranges of consecutive strips follow each other without gaps and end with the step's last row.
    /// - Parameters:
    ///   - strip: The number of the strip, from 0 on.
    ///   - scale: The number of the step's rows per image row.
    ///   - lag: The number of rows by which the step stays behind, because it waits for rows further down.
    ///   - band: The number of rows that are made at a time, counted from row 0: a range begins at a multiple of it.
    func made(in strip: Int, scale: Int, lag: Int, band: Int) -> Range<Int> {
        func end(_ strips: Int) -> Int {
            let rows = min(max(0, strips * perStrip * scale - lag), height * scale)
            return rows == height * scale ? rows : rows / band * band
        }
        return end(strip)..<end(strip + 1)
    }

    /// Returns how many strips it takes until a step has made its last row, if it has `scale` rows per image row and stays `lag`
    /// rows behind: more than the image has where the lag reaches beyond its last strip.
    func strips(scale: Int, lag: Int) -> Int {
        let step = perStrip * scale
        return (height * scale + lag + step - 1) / step
    }
}
