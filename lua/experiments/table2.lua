-- Table 2 has large images (Test2K, Test4K) patch by patch, at W8A6 and W4A4, with edges and body end in float.
--
--   srq-lua experiments/table2.lua [--models FOLDER --data FOLDER --calibration FOLDER]      (--help lists all)

local experiment = require "srq.experiment"
local grid = require "srq.experiment.grid"

experiment.run("table2", arg, {
    networks = "EDSR,SRResNet", bits = "8/6,4", protocols = "body", methods = "ptq4sr,adabm,plq-saft", patch = 96,
    bundled = { patch = 24 },
}, function(run)
    local r = run:begin("Table 2", ("Large images in patches of %d × %d pixels of the low resolution; the last ones of each row "
        .. "and column reach to the border. The published rows mix two incompatible sets of test images: do not compare across "
        .. "them."):format(run.options.patch, run.options.patch))
    grid.report(run, r, grid.measure(run))
    run:finish(r)
end)
