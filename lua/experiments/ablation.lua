-- This experiment says what each ingredient of calibration brings, without any training: alone, on top of MinMax with weights by
-- their largest magnitude; and left out, from all of them. Losses are in dB of luma PSNR against the float network.
--
--   srq-lua experiments/ablation.lua --model FILE --calibration FOLDER --data FOLDER[,FOLDER ...]        (--help lists all)
--
-- Every row is written as soon as it is known, so that a run that is killed has said what it found.

local srq = require "srq"

local examples = debug.getinfo(1, "S").source:match "^@(.*)lua/experiments/[^/]*$"
examples = (examples or "") .. "examples/"

local options = require("srq.arguments").parse(arg, {
    { "model", examples .. "models/edsr_compact_x4.pth", "network to quantize" },
    { "tanh", false, "the network is an SRResNet whose output is a tanh" },
    { "calibration", examples .. "images/calibration", "folder or pattern of low resolution images" },
    { "data", examples .. "images/demo", "data sets to score on, separated by commas: HR/ or HR/ and LR_xS/" },
    { "bits", 4, "of weights and activations" },
    { "protocol", "full", "full: edges at 8 bits; body: edges and body end float" },
    { "images", 50, "calibration patches" },
    { "patch", 64, "side of a calibration patch" },
    { "seed", 1, "of the calibration patches" },
    { "power", 0.5, "exponent of the scales of input channels" },
    { "rows", "", "names of the rows to make, separated by commas; none: all" },
    { "threads", 0, "0: one per processor" },
})

-- The ingredients: options of calibration that replace those of the first row.
local first = { quantizer = "minmax", weight_range = "max", per_channel = false }
local ingredients = {
    { name = "activations", title = "levels by least squared error (`uniform`)", with = { quantizer = "uniform" } },
    { name = "weights", title = "weights by least squared error", with = { weight_range = "mse" } },
    { name = "channels", title = "weight ranges per output channel", with = { per_channel = true } },
    { name = "scales", title = "scales of input channels", with = { input_scales = "power", scale_power = options.power } },
    { name = "equalisation", title = "equalisation in blocks", with = { equalisation = "activations" } },
    { name = "bias", title = "bias correction", with = { bias_correction = true } },
}

local function options_of(chosen)
    local result = { weights = options.bits, activations = options.bits, protocol = options.protocol, threads = options.threads,
        progress = false }
    for key, value in pairs(first) do result[key] = value end
    for _, ingredient in ipairs(chosen) do
        for key, value in pairs(ingredient.with) do result[key] = value end
    end
    return result
end

-- Returns all ingredients but the one of this name.
local function all_but(name)
    local chosen = {}
    for _, ingredient in ipairs(ingredients) do
        if ingredient.name ~= name then chosen[#chosen + 1] = ingredient end
    end
    return chosen
end

local rows = { { name = "first", title = "MinMax, weights by max", chosen = {} } }
for _, one in ipairs(ingredients) do
    rows[#rows + 1] = { name = one.name, title = "+ " .. one.title, chosen = { one } }
end
rows[#rows + 1] = { name = "all", title = "all", chosen = all_but() }
for _, one in ipairs(all_but()) do
    rows[#rows + 1] = { name = "without-" .. one.name, title = "all but " .. one.title, chosen = all_but(one.name) }
end
local codebook = all_but "activations"
table.insert(codebook, 1, { with = { quantizer = "codebook" } })
rows[#rows + 1] = { name = "codebook", title = "all, with a free `codebook`", chosen = codebook }

local wanted = {}
for name in options.rows:gmatch "[^,]+" do wanted[name] = true end
for name in pairs(wanted) do
    local known = {}
    for i, row in ipairs(rows) do known[i], known[row.name] = row.name, true end
    if not known[name] then error(("--rows: there is no row '%s'; known are %s"):format(name, table.concat(known, ", ")), 0) end
end

local network = srq.load(options.model, { tanh = options.tanh })
local patches = srq.images(options.calibration, { count = options.images, patch = options.patch, seed = options.seed })
local sets, float = {}, {}
for path in options.data:gmatch "[^,]+" do
    sets[#sets + 1] = path
    float[#float + 1] = network:evaluate(path, { threads = options.threads, progress = false }).psnr
end

local function cells(values, format)
    local result = {}
    for i, value in ipairs(values) do result[i] = format:format(value) end
    return table.concat(result, " | ")
end

local names = {}
for i, path in ipairs(sets) do names[i] = path:match "([^/]+)/*$" end
print(("%s, W%dA%d %s, %d patches of %d x %d"):format(network.architecture, options.bits, options.bits, options.protocol, #patches,
    options.patch, options.patch))
print()
print("| calibration | " .. table.concat(names, " | ") .. " |")
print("|---|" .. ("---|"):rep(#sets))
print("| float, dB | " .. cells(float, "%.3f") .. " |")
for _, row in ipairs(rows) do
    if next(wanted) == nil or wanted[row.name] then
        local model <close> = network:calibrate(patches, options_of(row.chosen)):quantize()
        local losses = {}
        for i, path in ipairs(sets) do
            losses[i] = float[i] - model:evaluate(path, { threads = options.threads, progress = false }).psnr
        end
        print(("| %s | %s |"):format(row.title, cells(losses, "%.3f")))
        io.stdout:flush()
    end
end
