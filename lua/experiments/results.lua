-- Every method on every network and data set found, at W6A6 and W4A4, in both protocols: the tables of docs/results.md.
--
--   srq-lua experiments/results.lua --models FOLDER --data FOLDER --calibration FOLDER       (--help lists all)

local experiment = require "srq.experiment"
local grid = require "srq.experiment.grid"

experiment.run("results", arg, { bits = "6,4", protocols = "full,body" }, function(run)
    local r = run:begin("Results", "Every network, method, width and protocol.")
    grid.report(run, r, grid.measure(run))
    run:finish(r)
end)
