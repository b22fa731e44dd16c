-- Figure 5 shows the same part of a picture by every method, side by side.
--
--   srq-lua experiments/figure5.lua [--models FOLDER --data FOLDER --calibration FOLDER]     (--help lists all)

local experiment = require "srq.experiment"
local tables = require "srq.report.tables"

local enlarged = 3 -- The page shows the parts three times as large.

experiment.run("figure5", arg, {
    networks = "RDN", methods = "minmax,percentile,mse,ptq4sr,adabm,plq,plq-saft", bundled = { networks = "EDSR" },
    options = {
        { "image", 1, "which one of the first data set, from 1" },
        { "at", "", "left,top of the part in the high resolution; none: its middle" },
        { "side", 80, "of the part in pixels" },
    },
}, function(run)
    local o = run.options
    local r = run:begin("Figure 5", "Parts of one picture by every method; the numbers are of the whole picture.")
    local t = tables.new { "network", "method", "W / A", { "PSNR (dB)", "%.2f" }, { "SSIM", "%.4f" } }
    local lines, jobs, sections = {}, {}, {}
    local pair = run:pair(run.sets[1], o.image)
    local side = math.min(o.side, pair.high.width, pair.high.height)
    local x, y = o.at:match "^(%d+),(%d+)$"
    if o.at ~= "" and not x then error(("--at: '%s' is not two numbers with a comma between"):format(o.at), 0) end
    x, y = math.tointeger(x) or (pair.high.width - side) // 2, math.tointeger(y) or (pair.high.height - side) // 2
    for n, network in ipairs(run.networks) do
        local scale = network.network.scale
        local section = { network = network, parts = {} }
        sections[n] = section
        local function add(title, picture, weights, activations)
            local score = picture:compare(pair.high, { shave = scale })
            lines[#lines + 1] = {
                network = network.name, method = title, weights = weights, activations = activations, image = pair.name,
                psnr = score.psnr < math.huge and score.psnr or nil, ssim = score.ssim_replicate,
            }
            local number = score.psnr < math.huge and (", %.2f dB"):format(score.psnr) or ""
            section.parts[#section.parts + 1] = { picture:crop(x, y, side, side), title .. number }
            t:add(network.name, title, weights and ("%d / %d"):format(weights, activations), lines[#lines].psnr,
                score.ssim_replicate)
        end
        local function job(title, weight, work)
            jobs[#jobs + 1] = { title = network.name .. " " .. title, weight = weight, work = work }
        end
        job("original", 0, function()
            add("original", pair.high)
            add("bicubic", pair.low:resize(pair.high.width, pair.high.height))
            add("float", network.network:upscale(pair.low, { threads = o.threads }), 32, 32)
        end)
        for _, bits in ipairs(run.bits) do
            for _, method in ipairs(run.methods) do
                local setting = { weights = bits.weights, activations = bits.activations, protocol = run.protocols[1] }
                if not run:refusal(network, method, setting) then
                    job(method.title, method.finetune and 10 or 1, function()
                        local model = run:model(network, method, setting)
                        local picture = model.load():upscale(pair.low, { threads = o.threads })
                        add(method.title, picture, bits.weights, bits.activations)
                    end)
                end
            end
        end
    end
    run:each(jobs)
    for _, section in ipairs(sections) do
        r:heading(("%s, %s, %d × %d pixels at (%d, %d)"):format(section.network.name, pair.name, side, side, x, y))
        r:pictures(section.parts, enlarged)
    end
    print(t)
    r:heading("Numbers"):table(t)
    r:data(nil, { "network", "method", "weights", "activations", "image", "psnr", "ssim" }, lines)
    run:finish(r)
end)
