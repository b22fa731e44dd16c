import Glibc

/// How a group's learning rate falls.
public enum LearningRateSchedule: String, Sendable, CaseIterable {
    /// By the factor `decay` after each of the group's epochs.
    case decay
    /// Along half a cosine over all of the group's steps, down to `decay` times the first.
    case cosine
}

/// The learning rate of one group at every step of a run.
package struct LearningRate {
    let schedule: LearningRateSchedule
    let first: Double
    let decay: Double
    let stepsPerEpoch: Int
    /// Of this group in the whole run.
    let epochs: Int

    package init(schedule: LearningRateSchedule, first: Double, decay: Double, stepsPerEpoch: Int, epochs: Int) {
        (self.schedule, self.first, self.decay) = (schedule, first, decay)
        (self.stepsPerEpoch, self.epochs) = (stepsPerEpoch, epochs)
    }

    /// - Parameters:
    ///   - visit: epochs of the group before this one.
    ///   - step: steps before this one in this epoch.
    package func rate(visit: Int, step: Int) -> Double {
        switch schedule {
        case .decay: return first * (0..<visit).reduce(1) { product, _ in product * decay }
        case .cosine:
            let progress = Double(visit * stepsPerEpoch + step) / Double(max(epochs * stepsPerEpoch, 1))
            return first * (decay + (1 - decay) * (1 + cos(Double.pi * min(progress, 1))) / 2)
        }
    }
}
