-- This program does the main job on one network: it compares float with MinMax, piecewise linear (PLQ), and PLQ finetuned (SAFT),
-- all at 4-bit weights and activations. It writes the models, the upscaled pictures, a side-by-side picture and the table into a
-- folder.
--
--   srq-lua experiments/quickstart.lua [--model FILE] [--data FOLDER] [--out FOLDER] ...      (--help lists all)

local srq = require "srq"
local system = require("srq.core").system
local tables = require "srq.report.tables"

local examples = debug.getinfo(1, "S").source:match "^@(.*)lua/experiments/[^/]*$"
examples = (examples or "") .. "examples/"

local options = require("srq.arguments").parse(arg, {
    { "model", examples .. "models/edsr_compact_x4.pth", "network to quantize" },
    { "tanh", false, "the network is an SRResNet whose output is a tanh, which a file cannot say" },
    { "calibration", examples .. "images/calibration", "folder or pattern of low resolution images" },
    { "data", examples .. "images/demo", "folder to score on: HR/, or HR/ and LR_xS/" },
    { "out", "build/demo", "folder for everything that is written" },
    { "epochs", 10, "epochs of finetuning" },
    { "images", 100, "patches to calibrate and finetune on" },
    { "patch", 48, "side of a patch in pixels" },
    { "bits", 4, "of weights and activations" },
    { "seed", 1, "of the patches and their order" },
})

local function prepare_folder(path)
    local made, message = system.make_folder(path)
    if not made then error(message, 0) end
    return path
end

local function out(name)
    return options.out .. "/" .. name
end

warn "@on" -- A network that is not what its options say is told as a warning.
local start = system.clock()
prepare_folder(options.out)
local network = srq.load(options.model, { tanh = options.tanh or nil })
local patches = srq.images(options.calibration, { count = options.images, patch = options.patch, seed = options.seed })
print(("%s x%d, %d layers, %d parameters; %d patches of %d x %d; scores on %s"):format(
    network.architecture, network.scale, #network:layers(), network.parameters, #patches, options.patch, options.patch,
    options.data))

local function calibrate(quantizer)
    return network:calibrate(patches, { weights = options.bits, activations = options.bits, quantizer = quantizer })
end

local function finetuned()
    return calibrate("plq"):finetune(patches, { method = "saft", epochs = options.epochs, seed = options.seed })
end

local methods = {
    { name = "float", title = "float" },
    { name = "minmax", title = "MinMax", quantize = function() return calibrate("minmax"):quantize() end },
    { name = "plq", title = "PLQ", quantize = function() return calibrate("plq"):quantize() end },
    { name = "saft", title = "PLQ + SAFT", quantize = function() return finetuned():quantize() end },
}

-- Saves a method's model, a float network as its weights. Returns the size of the file in bytes.
local function save(method, model)
    local path = out(method.name .. (model.quantized and ".srq" or ".safetensors"))
    if model.quantized then model:save(path) else model:export(path) end
    return assert(system.size(path))
end

local results = tables.new {
    "method", "bits", { "PSNR (dB)", "%.2f" }, { "SSIM", "%.4f" }, { "model (bytes)", "%d" }, { "seconds", tables.seconds },
}
for _, method in ipairs(methods) do
    local began = system.clock()
    local model = method.quantize and method.quantize() or network
    local seconds = system.clock() - began
    local score = srq.evaluate(model, options.data, { output = prepare_folder(out(method.name)) })
    method.images = score.images
    results:add(method.title, method.quantize and ("W%dA%d"):format(options.bits, options.bits) or "32", score.psnr,
        score.ssim_replicate, save(method, model), method.quantize and seconds)
end

-- The picture side_by_side.png shows the first picture by these methods, in one row.
local columns = { "bicubic", "minmax", "saft", "float", "original" }

local function png_of(folder)
    local names = assert(system.list(folder))
    table.sort(names)
    for _, name in ipairs(names) do
        if name:match "%.png$" then return folder .. "/" .. name end
    end
end

local function side_by_side()
    local original = srq.image.read(png_of(system.kind(options.data .. "/HR") and options.data .. "/HR" or options.data))
    local pictures = {}
    for _, name in ipairs { "minmax", "saft", "float" } do pictures[name] = srq.image.read(png_of(out(name))) end
    local width, height = pictures.float.width, pictures.float.height
    pictures.original = original:crop(0, 0, width, height)
    pictures.bicubic = pictures.original:resize(width // network.scale, height // network.scale):resize(width, height)
    local row = {}
    for i, name in ipairs(columns) do row[i] = pictures[name] end
    srq.image.beside(row, { gap = 4 }):write(out "side_by_side.png")
end

side_by_side()
local reading = "SSIM is in the reading of the papers' code: replicated borders, luma without the offset of 16."
local legend = "side_by_side.png, from left to right: " .. table.concat(columns, ", ")
local file <close> = assert(io.open(out "results.md", "w"))
file:write(results:markdown(), "\n\n", reading, "\n\n", legend, "\n")

print()
print(results)
print()
print(reading)
print(("In %s: the models (float.safetensors, minmax.srq, plq.srq, saft.srq), a folder of upscaled pictures for each,"):format(
    options.out))
print("results.md, and " .. legend .. ".")
print(("%.0f seconds in all."):format(system.clock() - start))
