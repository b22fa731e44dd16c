-- Every method on every network and data set found, at W6A6 and W4A4, in both protocols: the tables of docs/results.md.
--
--   srq-lua experiments/results.lua --models FOLDER --data FOLDER --calibration FOLDER       (--help lists all)

local experiment = require "srq.experiment"
local grid = require "srq.grid"

experiment.run("results", arg, { bits = "6,4", protocols = "full,body" }, function(run)
    local rows = grid.measure(run)
    local r = run:begin("Results", "Every network, method, width and protocol.")
    for _, group in ipairs(grid.groups(rows)) do
        r:heading(("%s (%s), %s"):format(group.network, group.file, group.protocol))
        local t = grid.table(run, group.rows)
        r:table(t)
        print(("\n%s (%s), %s\n%s"):format(group.network, group.file, group.protocol, t))
    end
    r:data(nil, grid.columns, grid.lines(run, rows))
    r:data("images", grid.columns, grid.lines(run, rows, true))
    run:finish(r)
end)
