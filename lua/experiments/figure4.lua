-- Figure 4 shows the PSNR when the activations of one layer alone are quantized to 4 bits (MinMax), layer by layer.
--
--   srq-lua experiments/figure4.lua [--models FOLDER --data FOLDER --calibration FOLDER]     (--help lists all)

local experiment = require "srq.experiment"
local plot = require "srq.report.plot"
local sensitivity = require "srq.experiment.sensitivity"
local tables = require "srq.report.tables"

experiment.run("figure4", arg, {
    networks = "EDSR,SRResNet", options = { { "quantizer", "minmax", "of the one layer" } },
}, function(run)
    local o, bits, set = run.options, run.bits[1].activations, run.sets[1]
    local r = run:begin("Figure 4", ("One layer's activations at %d bits (%s) and everything else in float, on %s."):format(bits,
        o.quantizer, set.name))
    local lines, jobs, series = {}, {}, {}
    run:patches()
    for n, network in ipairs(run.networks) do
        local q -- The network is calibrated only if a layer is missing.
        local layers = network.network:layers()
        series[n] = { network = network, labels = {}, psnr = {} }
        for i, layer in ipairs(layers) do
            local key = {
                kind = "alone", network = network.key, calibration = run.calibration_key, layer = layer.name,
                bits = bits, quantizer = o.quantizer, set = set.key,
            }
            jobs[#jobs + 1] = {
                title = ("%s %s"):format(network.name, layer.name), weight = run.store:read(key) and 0 or 1,
                work = function()
                    local score = run.store:get(key, function()
                        local how = {
                            quantizer = o.quantizer, threads = o.threads, data = set.path, bits = bits, progress = false,
                        }
                        q = q or sensitivity.bare(network.network, run:patches(), how)
                        return sensitivity.alone(q, layer.name, how)
                    end)
                    series[n].labels[i], series[n].psnr[i] = layer.name, score.psnr
                    lines[#lines + 1] = {
                        network = network.name, layer = layer.name, role = layer.role, psnr = score.psnr,
                        ssim = score.ssim_replicate,
                    }
                end,
            }
        end
    end
    run:each(jobs)
    for _, one in ipairs(series) do
        local float = run:score(run:model(one.network), set).psnr
        r:plot(plot.lines {
            title = ("%s on %s"):format(one.network.name, set.name), labels = one.labels, x = "layer", y = "PSNR (dB)",
            levels = { { value = float, name = ("float, %.2f dB"):format(float) } }, series = { { values = one.psnr } },
        }, ("PSNR of %s when one layer is quantized"):format(one.network.name))
    end
    local t = tables.new { "network", "layer", "role", { "PSNR (dB)", "%.2f" }, { "SSIM", "%.4f" } }
    for _, line in ipairs(lines) do t:add(line.network, line.layer, line.role, line.psnr, line.ssim) end
    print(t)
    r:heading("Numbers"):table(t)
    r:data(nil, { "network", "layer", "role", "psnr", "ssim" }, lines)
    run:finish(r)
end)
