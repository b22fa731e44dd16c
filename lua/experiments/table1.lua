-- Table 1 compares post-training methods on EDSR and RDN, at W6A6 and W4A4, with everything quantized.
--
--   srq-lua experiments/table1.lua [--models FOLDER --data FOLDER --calibration FOLDER]      (--help lists all)

local experiment = require "srq.experiment"
local grid = require "srq.experiment.grid"

experiment.run("table1", arg, {
    networks = "EDSR,RDN", bits = "6,4", methods = "mse,minmax,percentile,ptq4sr,adabm,plq-saft,plq-saft-relative",
}, function(run)
    local r = run:begin("Table 1", "Post-training quantization with every layer quantized, the edges at 8 bits.")
    grid.report(run, r, grid.measure(run))
    run:finish(r)
end)
