import CKernels

/// The weights of a layer in the order in which the narrow and the wide kernel read them (`srq_integer_layer`), padded with
/// zeros to whole blocks of outputs and steps of channels.
struct WeightOrder {
    /// The input channels rounded up to whole steps, and the number of blocks of outputs.
    let channels, blocks: Int
    /// The weights: `[blocks][window row][steps of the row][outputs of the block][channels of the step]`.
    let ordered: [Int16]
    /// The number of channels of a step, and of steps in a window of all channels.
    private let step, stepsPerBlock: Int

    /// Orders the weights of a layer.
    /// - Parameters:
    ///   - codes: The weights' codes, `[outputs, inputs, kernel, kernel]`.
    ///   - step: How many channels the kernel multiplies in one step: `SRQ_NARROW_STEP` or `SRQ_WIDE_STEP`.
    init(codes: [Int16], outputs: Int, inputs: Int, kernel: Int, step: Int) {
        let block = Int(SRQ_OUTPUT_BLOCK)
        self.step = step
        channels = (inputs + step - 1) / step * step
        blocks = (outputs + block - 1) / block
        stepsPerBlock = kernel * kernel * channels / step
        var ordered = [Int16](repeating: 0, count: blocks * stepsPerBlock * block * step)
        for output in 0..<outputs {
            for input in 0..<inputs {
                for v in 0..<kernel {
                    for h in 0..<kernel {
                        let run = h * channels + input
                        let place = (output / block * stepsPerBlock + (v * kernel * channels + run) / step) * block + output % block
                        ordered[place * step + run % step] = codes[((output * inputs + input) * kernel + v) * kernel + h]
                    }
                }
            }
        }
        self.ordered = ordered
    }

    /// Returns the largest number of steps in a row whose products 16 bits can sum without overflow, whatever the inputs from 0 to
    /// `largestInput` are; nil where a single step may overflow. Two neighbouring channels share a sum, as in `srq_integer_layer`.
    ///
    /// Only chains that are equal parts of all steps are tried, since shorter last parts save nothing.
    func longestChain(largestInput: Int) -> Int? {
        var parts = 1
        while true {
            let chain = (stepsPerBlock + parts - 1) / parts
            if fits(chain: chain, largestInput: largestInput) { return chain }
            if chain == 1 { return nil }
            // The next shorter chain.
            parts = (stepsPerBlock + chain - 2) / (chain - 1)
        }
    }

    /// Whether no 16-bit sum of `chain` steps can overflow: positive and negative weights are summed apart, since inputs are
    /// not negative and each may be 0.
    private func fits(chain: Int, largestInput: Int) -> Bool {
        let block = Int(SRQ_OUTPUT_BLOCK)
        for first in 0..<blocks {
            for lane in 0..<block {
                for pair in stride(from: 0, to: step, by: 2) {
                    var (above, below) = (0, 0)
                    for s in 0..<stepsPerBlock {
                        if s % chain == 0 { (above, below) = (0, 0) }
                        let at = ((first * stepsPerBlock + s) * block + lane) * step + pair
                        for weight in ordered[at..<at + 2] {
                            if weight > 0 { above += Int(weight) } else { below += Int(weight) }
                        }
                        if above * largestInput > Int(Int16.max) || below * largestInput < Int(Int16.min) { return false }
                    }
                }
            }
        }
        return true
    }
}
