-- This program measures every method on every network and data set found, at W6A6 and W4A4, in both protocols. The tables of
-- docs/results.md are made with it.
--
--   srq-lua experiments/results.lua --models FOLDER --data FOLDER --calibration FOLDER       (--help lists all)

local experiment = require "srq.experiment"
local grid = require "srq.experiment.grid"

experiment.run("results", arg, { bits = "6,4", protocols = "full,body" }, function(run)
    local r = run:begin("Results", "Every network, method, width and protocol.")
    grid.report(run, r, grid.measure(run))
    run:finish(r)
end)
