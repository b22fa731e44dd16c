-- This module has the methods of the tables, with what each calibrates and finetunes with. What the methods of others do is told
-- in docs/baselines.md, the paper's own in docs/method.md.
--
-- A method has a name, for command lines and CSV, a title, for tables, `calibrate` options and, where it is finetuned, `finetune`
-- options. The table says bits and protocol.

local methods = {}

local list = {
    { name = "mse", title = "MSE", calibrate = { quantizer = "mse" } },
    { name = "minmax", title = "MinMax", calibrate = { quantizer = "minmax" } },
    { name = "percentile", title = "Percentile", calibrate = { quantizer = "percentile" } },
    { name = "ptq4sr", title = "PTQ4SR", calibrate = { quantizer = "ptq4sr" }, finetune = { method = "ptq4sr" } },
    { name = "adabm", title = "AdaBM", calibrate = { quantizer = "adabm" }, finetune = { method = "adabm" } },
    { name = "plq", title = "PLQ", calibrate = { quantizer = "plq" } },
    { name = "plq-vft", title = "PLQ + VFT", calibrate = { quantizer = "plq" }, finetune = { method = "vft" } },
    { name = "plq-saft", title = "PLQ + SAFT", calibrate = { quantizer = "plq" }, finetune = { method = "saft" } },
    -- Factors of the parameters are learnt, since 0.001 a step hardly moves a range of hundreds (docs/results.md).
    { name = "plq-vft-relative", title = "PLQ + VFT, relative", calibrate = { quantizer = "plq" },
        finetune = { method = "vft", relative = true, lr = 0.01 } },
    { name = "plq-saft-relative", title = "PLQ + SAFT, relative", calibrate = { quantizer = "plq" },
        finetune = { method = "saft", relative = true, lr = 0.01 } },
    { name = "minmax-vft", title = "MinMax + VFT", calibrate = { quantizer = "minmax" }, finetune = { method = "vft" } },
    { name = "minmax-saft", title = "MinMax + SAFT", calibrate = { quantizer = "minmax" }, finetune = { method = "saft" } },
}

local by_name, names = {}, {}
for i, method in ipairs(list) do
    by_name[method.name], names[i] = method, method.name
end

methods.float = { name = "float", title = "float" }
methods.tables = { "mse", "minmax", "percentile", "ptq4sr", "adabm", "plq", "plq-vft", "plq-saft", "plq-saft-relative" }

-- Returns the method of this name. Another name is an error.
function methods.named(name)
    return by_name[name] or error(("no method is called '%s'; known are %s"):format(name, table.concat(names, ", ")), 0)
end

local function merged(...)
    local options = {}
    for _, part in ipairs { ... } do
        for key, value in pairs(part) do options[key] = value end
    end
    return options
end

-- Returns the options of calibration and of finetuning, with the table's among them. The second is nil for a method that is not
-- finetuned.
function methods.options(method, weights, activations, protocol, finetuning)
    local calibrate = merged({ weights = weights, activations = activations, protocol = protocol }, method.calibrate)
    return calibrate, method.finetune and merged(finetuning or {}, method.finetune)
end

-- Returns why the library cannot do a method at these bits, or nil where it can. `probe` is a set of few small patches, on which
-- it is tried.
function methods.refusal(method, network, probe, weights, activations, protocol)
    local calibrate, finetune = methods.options(method, weights, activations, protocol, { epochs = 0 })
    calibrate.progress = false
    local possible, message = pcall(function()
        local q <close> = network:calibrate(probe, calibrate)
        if finetune then
            finetune.progress = false
            q:finetune(probe, finetune)
        end
    end)
    return not possible and tostring(message):gsub("^[^:]*:%d+: ", "") or nil
end

return methods
