-- Figure 1 shows the PSNR of the post-training methods on every data set, at W4A4.
--
--   srq-lua experiments/figure1.lua [--models FOLDER --data FOLDER --calibration FOLDER]     (--help lists all)

local experiment = require "srq.experiment"
local grid = require "srq.experiment.grid"
local plot = require "srq.report.plot"

experiment.run("figure1", arg, {
    networks = "EDSR", methods = "minmax,mse,percentile,ptq4sr,adabm,plq-saft",
}, function(run)
    local rows = grid.measure(run)
    local r = run:begin("Figure 1", "PSNR by data set.")
    local labels = {}
    for i, set in ipairs(run.sets) do labels[i] = set.name end
    for _, group in ipairs(grid.groups(rows)) do
        local series = {}
        for i, row in ipairs(group.rows) do
            series[i] = { name = row.title, values = {}, colour = row.method == "float" and "#8a8f98" or nil }
            for s, set in ipairs(run.sets) do series[i].values[s] = row.scores[set.name].psnr end
        end
        r:plot(plot.bars { title = ("%s (%s), %s"):format(group.network, group.file, group.protocol), labels = labels,
            series = series, x = "data set", y = "PSNR (dB)" }, "PSNR by data set and method")
    end
    grid.report(run, r, rows)
    run:finish(r)
end)
