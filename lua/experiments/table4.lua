-- Table 4 shows what the piecewise linear quantizer and the two ways of finetuning bring, on EDSR at W4A4.
--
--   srq-lua experiments/table4.lua [--models FOLDER --data FOLDER --calibration FOLDER]      (--help lists all)

local experiment = require "srq.experiment"
local grid = require "srq.experiment.grid"

experiment.run("table4", arg, {
    networks = "EDSR", methods = "minmax,plq,minmax-vft,minmax-saft,plq-vft,plq-saft",
}, function(run)
    local r = run:begin("Table 4", "MinMax or PLQ as calibrated, finetuned for the reconstruction alone (VFT), and finetuned with "
        .. "the sensitivity-aware loss (SAFT). The paper has no row for PLQ + VFT.")
    grid.report(run, r, grid.measure(run))
    run:finish(r)
end)
