import CKernels

/// Weights in the order in which the kernels read them (`srq_integer_layer`), padded with zeros to whole blocks and steps.
struct WeightOrder {
    let channels, blocks: Int
    let ordered: [Int16]
    private let step, stepsPerBlock: Int

    /// - Parameter codes: `[outputs, inputs, kernel, kernel]`.
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

    /// How many steps in a row sums of 16 bits take without overflow, whatever the inputs from 0 to `largestInput` are; nil
    /// where not even one step's do. Two neighbouring channels share a sum, as in `srq_integer_layer`.
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
