import Glibc

/// The way in which a group's learning rate falls.
public enum LearningRateSchedule: String, Sendable, CaseIterable {
    /// The rate falls by the factor `decay` after each of the group's epochs.
    case decay
    /// The rate falls along half a cosine over all of the group's steps, down to `decay` times the first.
    case cosine
}

/// The learning rate of one group at every step of a run.
package struct LearningRate {
    /// The way in which the rate falls.
    let schedule: LearningRateSchedule
    /// The rate of the first step.
    let first: Double
    /// The factor of the schedule, in (0, 1].
    let decay: Double
    /// How many steps an epoch has.
    let stepsPerEpoch: Int
    /// How many epochs of the whole run train this group.
    let epochs: Int

    /// Makes the rates of a group that is trained in `epochs` epochs of the run.
    package init(schedule: LearningRateSchedule, first: Double, decay: Double, stepsPerEpoch: Int, epochs: Int) {
        (self.schedule, self.first, self.decay) = (schedule, first, decay)
        (self.stepsPerEpoch, self.epochs) = (stepsPerEpoch, epochs)
    }

    /// Returns the rate of a step.
    /// - Parameters:
    ///   - visit: how many epochs of the group came before this one.
    ///   - step: how many steps of this epoch came before this one.
    package func rate(visit: Int, step: Int) -> Double {
        switch schedule {
        case .decay:
            // Factor by factor, as the epochs go, because a power would be rounded otherwise. At 0, at 1 and at the smallest
            // number above 0 another factor changes nothing.
            var product = 1.0
            for _ in 0..<visit {
                let next = product * decay
                if next == product { break }
                product = next
            }
            return first * product
        case .cosine:
            let progress = Double(visit * stepsPerEpoch + step) / Double(max(epochs * stepsPerEpoch, 1))
            return first * (decay + (1 - decay) * (1 + cos(Double.pi * min(progress, 1))) / 2)
        }
    }

    /// Returns the rates of all steps of an epoch.
    package func rates(visit: Int) -> [Double] {
        switch schedule {
        case .decay: [Double](repeating: rate(visit: visit, step: 0), count: stepsPerEpoch)
        case .cosine: (0..<stepsPerEpoch).map { rate(visit: visit, step: $0) }
        }
    }
}
