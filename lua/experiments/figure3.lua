-- Figure 3 shows what enters one layer for single patches: range, skewness, breakpoint and the regions between.
--
--   srq-lua experiments/figure3.lua [--layer NAME] [--models FOLDER --calibration FOLDER]    (--help lists all)

local experiment = require "srq.experiment"
local plot = require "srq.report.plot"
local srq = require "srq"
local tables = require "srq.report.tables"

-- Returns the layer that the paper has chosen, body.15.conv1 of EDSR-baseline: the first convolution of the last block.
local function usual_layer(layers)
    local body = {}
    for _, layer in ipairs(layers) do
        if layer.role == "body" then body[#body + 1] = layer.name end
    end
    return body[math.max(#body - 1, 1)]
end

local function named(layers, name)
    for _, layer in ipairs(layers) do
        if layer.name == name then return layer end
    end
end

experiment.run("figure3", arg, {
    networks = "EDSR", methods = "plq",
    options = { { "layer", "", "whose input is shown; none: of the last block the first" }, { "samples", 3, "pictures" } },
}, function(run)
    local o = run.options
    local r = run:begin("Figure 3", "Activations of single patches. The breakpoint is that of calibration.")
    local t = tables.new {
        "network", "layer", "picture", { "lower", "%.2f" }, { "upper", "%.2f" }, { "range", "%.2f" }, { "mean", "%.3f" },
        { "deviation", "%.3f" }, { "skewness", "%.2f" }, { "breakpoint", "%.2f" }, { "beyond it", "%.2f %%" },
    }
    local lines = {}
    for _, network in ipairs(run.networks) do
        local q <close> = network.network:calibrate(run:patches(), { quantizer = "plq", threads = o.threads })
        local name = o.layer ~= "" and o.layer or usual_layer(q:layers())
        local layer = named(q:layers(), name) or error(("--layer: %s has no layer '%s'"):format(network.name, name), 0)
        local breakpoint = layer.breakpoint
        r:heading(("%s, %s"):format(network.name, name))
        for sample = 1, o.samples do
            -- A set of one patch takes it from the first picture that is large enough; the seed decides where.
            local first = srq.images(o.calibration, { count = 1, patch = o.size, seed = o.seed + sample })
            local h = q:histograms(first, { pattern = name, threads = o.threads })[1]
            local beyond = 0
            local width = (h.upper - h.lower) / #h.counts
            for bin, count in ipairs(h.counts) do
                if breakpoint and math.abs(h.lower + (bin - 0.5) * width) > breakpoint then beyond = beyond + count end
            end
            local marks = {
                { at = h.lower, name = ("lower %.1f"):format(h.lower) }, { at = h.upper, name = ("upper %.1f"):format(h.upper) },
            }
            local regions
            if breakpoint then
                marks[#marks + 1] = { at = breakpoint, name = ("bp %.1f"):format(breakpoint), dash = true }
                marks[#marks + 1] = { at = -breakpoint, name = ("-bp %.1f"):format(-breakpoint), dash = true }
                regions = {
                    { from = -breakpoint, to = breakpoint, name = "R1" }, { from = h.lower, to = -breakpoint, name = "R2-" },
                    { from = breakpoint, to = h.upper, name = "R2+" },
                }
            end
            r:plot(plot.histogram { title = ("%s, patch %d: range %.1f, skewness %.2f"):format(name, sample, h.upper - h.lower,
                h.skewness), histogram = h, marks = marks, regions = regions, x = "activation", y = "count" },
                ("%s, patch %d"):format(name, sample))
            lines[#lines + 1] = {
                network = network.name, layer = name, picture = sample, lower = h.lower, upper = h.upper, mean = h.mean,
                deviation = h.deviation, skewness = h.skewness, breakpoint = breakpoint, beyond = beyond / h.count,
            }
            t:add(network.name, name, sample, h.lower, h.upper, h.upper - h.lower, h.mean, h.deviation, h.skewness, breakpoint,
                beyond / h.count * 100)
        end
    end
    print(t)
    r:heading("Numbers"):table(t)
    r:data(nil, {
        "network", "layer", "picture", "lower", "upper", "mean", "deviation", "skewness", "breakpoint", "beyond",
    }, lines)
    run:finish(r)
end)
