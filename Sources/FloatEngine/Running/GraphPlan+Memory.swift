import Networks

extension GraphPlan {
    /// How many bytes `Executor` takes for each pixel of an image, from the sizes of the feature maps alone: those that live at the
    /// same time, and the caller's tensors going in and coming out.
    var bytesPerInputPixel: Double {
        let sizes = extents.map(\.valuesPerInputPixel)
        var live = sizes[0]
        var peak = live
        for step in steps {
            if step.takesOver == nil { live += sizes[step.output] }
            peak = max(peak, live)
            for node in step.ends where node != step.takesOver { live -= sizes[node] }
        }
        return Double((peak + sizes[0] + sizes[sizes.count - 1]) * MemoryLayout<Float>.stride)
    }
}
