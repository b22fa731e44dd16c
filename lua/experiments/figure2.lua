-- Figure 2 shows what is lost when the outermost 1 % of every layer's activations are clipped, without any coarse rounding: 256
-- even levels between two percentiles stand against 256 over the whole range. Weights stay in float.
--
--   srq-lua experiments/figure2.lua [--models FOLDER --data FOLDER --calibration FOLDER]     (--help lists all)

local experiment = require "srq.experiment"
local plot = require "srq.report.plot"
local tables = require "srq.report.tables"

-- Returns the value below which this share of a histogram lies.
local function quantile(h, share)
    local wanted, seen = share * h.count, 0
    local width = (h.upper - h.lower) / #h.counts
    for bin, count in ipairs(h.counts) do
        if seen + count >= wanted and count > 0 then return h.lower + (bin - 1 + (wanted - seen) / count) * width end
        seen = seen + count
    end
    return h.upper
end

local function even_levels(lower, upper)
    if not (upper > lower) then return { lower } end
    local levels = {}
    for i = 0, 255 do levels[i + 1] = lower + (upper - lower) * i / 255 end
    return levels
end

-- Returns the network with clipped activations. The quantizer is written in Lua: the script chooses the levels of each layer.
local function clipped(run, network, percent)
    local threads = run.options.threads
    local q <close> = network.network:calibrate(run:patches(), { activations = 8, quantizer = "minmax", threads = threads })
    q:bits("*", { weights = 32, activations = 8 })
    local outside = percent / 100
    q:levels("*", run:patches(), function(h)
        -- Half of it is clipped at either end; a layer behind a ReLU has only one.
        if h.lower >= 0 then return even_levels(0, quantile(h, 1 - outside)) end
        return even_levels(quantile(h, outside / 2), quantile(h, 1 - outside / 2))
    end, { threads = threads })
    return q:quantize { snapping = false }
end

-- Returns the mean of b - a for each channel, and of |b - a| over all of them, in steps of 8 bits.
local function compare(a, b)
    local sums, absolute = { 0, 0, 0 }, 0
    for y = 0, a.height - 1 do
        for x = 0, a.width - 1 do
            for channel = 1, 3 do
                local difference = b:get(x, y, channel) - a:get(x, y, channel)
                sums[channel], absolute = sums[channel] + difference, absolute + math.abs(difference)
            end
        end
    end
    local pixels = a.width * a.height
    return { red = sums[1] / pixels, green = sums[2] / pixels, blue = sums[3] / pixels, absolute = absolute / pixels / 3 }
end

experiment.run("figure2", arg, {
    options = {
        { "percent", 1.0, "of the activations that are clipped" },
        { "image", 1, "which one of the first data set, from 1" },
    },
}, function(run)
    local r = run:begin("Figure 2", ("The outermost %g %% of every layer's activations clipped. Both rows have 256 even levels a "
        .. "layer, so the first one shows what rounding alone does."):format(run.options.percent))
    local lines = {}
    local set = run.sets[1]
    local pair = run:pair(set, run.options.image)
    for _, network in ipairs(run.networks) do
        local float = network.network:upscale(pair.low)
        local pictures = { { pair.high, "original" }, { float, "float" } }
        for _, case in ipairs { { 0, "whole range" }, { run.options.percent, ("%g %% clipped"):format(run.options.percent) } } do
            io.stderr:write(network.name, ", ", case[2], "\n")
            local model <close> = clipped(run, network, case[1])
            local picture = model:upscale(pair.low)
            local error_ = compare(float, picture)
            local score = picture:compare(pair.high, { shave = network.network.scale })
            lines[#lines + 1] = {
                network = network.name, case = case[2], image = pair.name, psnr = score.psnr, ssim = score.ssim_replicate,
                red = error_.red, green = error_.green, blue = error_.blue, absolute = error_.absolute,
            }
            pictures[#pictures + 1] = { picture, case[2] }
        end
        local parts = {}
        local side = math.min(280, pair.high.width, pair.high.height)
        local x, y = (pair.high.width - side) // 2, (pair.high.height - side) // 2
        for i, one in ipairs(pictures) do parts[i] = { one[1]:crop(x, y, side, side), one[2] } end
        r:heading(network.name .. ", " .. pair.name):pictures(parts)
    end
    local t = tables.new {
        "network", "activations", { "PSNR (dB)", "%.2f" }, { "SSIM", "%.4f" }, { "red", "%+.2f" }, { "green", "%+.2f" },
        { "blue", "%+.2f" }, { "|error|", "%.2f" },
    }
    local labels, red, green, blue = {}, {}, {}, {}
    for i, one in ipairs(lines) do
        t:add(one.network, one.case, one.psnr, one.ssim, one.red, one.green, one.blue, one.absolute)
        labels[i], red[i], green[i], blue[i] = one.network .. ", " .. one.case, one.red, one.green, one.blue
    end
    print(t)
    r:heading("Colour error"):text("Mean difference to the float network's picture, in steps of 8 bits."):table(t)
    r:plot(plot.bars { title = "Mean colour error", labels = labels, x = "network and activations", y = "steps of 8 bits",
        series = { { name = "red", values = red, colour = "#c23b3b" }, { name = "green", values = green, colour = "#3a9148" },
            { name = "blue", values = blue, colour = "#1f6fb4" } } }, "Mean colour error against float")
    r:data(nil, { "network", "case", "image", "psnr", "ssim", "red", "green", "blue", "absolute" }, lines)
    run:finish(r)
end)
