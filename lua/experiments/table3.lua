-- Table 3 compares against methods that train the network, on EDSR at W4A4 with edges and body end in float. The trained rows are
-- the paper's.
--
--   srq-lua experiments/table3.lua [--models FOLDER --data FOLDER --calibration FOLDER]      (--help lists all)

local experiment = require "srq.experiment"
local grid = require "srq.experiment.grid"
local published = require "srq.experiment.published"

-- Returns the row of a trained method, of which there is nothing but what the paper prints.
local function trained_row(run, method, like)
    local row = {
        network = like.network, file = like.file, source = like.source, method = method.name,
        title = ("%s (trained, %d× the time)"):format(method.title, method.process), weights = 4, activations = 4,
        protocol = like.protocol, scores = {},
    }
    return grid.publish(run, row)
end

experiment.run("table3", arg, { networks = "EDSR", protocols = "body", methods = "plq,plq-saft,plq-saft-relative" }, function(run)
    local r = run:begin("Table 3", "Against quantization-aware training, which needs the ground truth and trains the weights.")
    local rows = grid.measure(run)
    local all = { rows[1] }
    for _, method in ipairs(published.trained) do all[#all + 1] = trained_row(run, method, rows[1]) end
    grid.report(run, r, table.move(rows, 2, #rows, #all + 1, all))
    run:finish(r)
end)
