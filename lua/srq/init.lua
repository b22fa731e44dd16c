-- This module is what `require "srq"` gives: quantized super-resolution, from loading a network to evaluating what became of it.
-- The file library/srq.lua describes what every function takes and returns.

local core = require "srq.core"
local json = require "srq.json"
local progress = require "srq.progress"

core.hide(debug.getinfo(1, "S").source) -- Errors then name the script's line, not one of this file.

local srq = {
    version = core.version,
    build = core.build,
    load = core.load,
    images = core.images,
    options = core.options,
    image = core.image,
}

local model, quantization = core.methods.model, core.methods.quantization

-- Returns a method that shows its progress unless the script says otherwise.
local function with_progress(method)
    return function(self, subject, options)
        local reporter <close>, watched = progress.watch(options)
        return method(self, subject, watched)
    end
end

model.calibrate = with_progress(model.calibrate)
model.evaluate = with_progress(model.evaluate)
model.ptq = with_progress(model.ptq)
quantization.finetune = with_progress(quantization.finetune)

quantization.histograms = with_progress(quantization.histograms)

-- Sets the levels of the layers that match, by a quantizer that is written in Lua: `choose(histogram, bits, layer)` returns the
-- levels of one layer. It is asked for all of them before the first one is changed. The options are those of `histograms`.
function quantization:levels(pattern, images, choose, options)
    if type(choose) ~= "function" then core.fail("levels: expected a function that gives a layer's levels") end
    if options ~= nil and type(options) ~= "table" then
        core.fail("levels: options must be a table, not a " .. type(options))
    end
    local watched = { pattern = pattern }
    for key, value in pairs(options or {}) do watched[key] = value end
    local by_name, chosen = {}, {}
    for _, layer in ipairs(self:layers()) do by_name[layer.name] = layer end
    for _, histogram in ipairs(self:histograms(images, watched)) do
        local layer = by_name[histogram.name]
        if layer.quantizer then
            local levels = choose(histogram, layer.activation_bits, layer)
            if type(levels) ~= "table" then
                core.fail(("levels: for layer %s the function gave a %s, not a table"):format(layer.name, type(levels)))
            end
            chosen[#chosen + 1] = { name = layer.name, levels = levels }
        end
    end
    if #chosen == 0 then core.fail(("levels: no layer that matches '%s' is quantized"):format(pattern)) end
    for _, one in ipairs(chosen) do self:set_levels(one.name, one.levels) end
    return self
end

-- Returns what moving levels to integer grids costs on a folder of images, in dB. The options are those of `evaluate`.
function quantization:snapping_cost(folder, options)
    local function psnr(snapping)
        local frozen <close> = self:quantize { snapping = snapping }
        return frozen:evaluate(folder, options).psnr
    end
    local free, snapped = psnr(false), psnr(true)
    return { free = free, snapped = snapped, cost = free - snapped }
end

-- Returns how much each layer suffers from quantization, as an object that can be printed and saved. The file
-- experiment/sensitivity.lua describes the options.
function srq.sensitivity(network, images, options)
    local report = require("srq.experiment.sensitivity").measure(network, images, options)
    return report -- A tail call would lose the name that errors tell.
end

function srq.evaluate(network, folder, options)
    local scores = model.evaluate(network, folder, options) -- A tail call would lose the name that errors tell.
    return scores
end

function model:recipe_table()
    local recipe = self.recipe
    return recipe and json.decode(recipe)
end

local function png_files(folder)
    local names, message = core.system.list(folder)
    if not names then core.fail(message) end
    local files = {}
    for _, name in ipairs(names) do
        -- Hidden files are no pictures of anybody's: macOS puts a "._a.png" beside every "a.png".
        if name:sub(1, 1) ~= "." and name:lower():match "%.png$" then files[#files + 1] = name end
    end
    if #files == 0 then core.fail(folder .. ": no PNG file in this folder") end
    table.sort(files)
    return files
end

local function make_folder(path)
    local made, message = core.system.make_folder(path)
    if not made then core.fail(message) end
end

local thousandths = 1000 -- A session counts its progress in thousandths of an image.

-- Makes sure, before the work, that no picture of the output folder is one of the input folder, under whatever name.
local function refuse_overwriting(input, output, files)
    local inputs = {}
    for _, name in ipairs(files) do
        local identity = core.system.identity(input .. "/" .. name)
        if identity then inputs[identity] = input .. "/" .. name end
    end
    for _, name in ipairs(files) do
        local path = output .. "/" .. name
        local known = inputs[core.system.identity(path) or ""]
        if known then core.fail(("%s: the upscaled image would replace %s; write to another folder"):format(path, known)) end
    end
end

-- Upscales what can be read of a folder. Returns how many files were written, and what was left out: {name, reason} of each.
local function upscale_folder(session, input, output, report)
    local files, skipped = png_files(input), {}
    if core.system.same(input, output) then
        core.fail(output .. ": the output folder is the input folder")
    end
    make_folder(output)
    refuse_overwriting(input, output, files)
    local start = core.system.clock()
    for i, name in ipairs(files) do
        local path = input .. "/" .. name
        local done, message = pcall(session.upscale, session, path, output .. "/" .. name, {
            progress = report and function(p)
                p.done, p.total = (i - 1) * thousandths + p.done, #files * thousandths
                p.detail, p.seconds = name, core.system.clock() - start
                return report(p)
            end,
        })
        if not done then
            -- What cannot be read is left out. Anything else, such as a full disk, would be no better with the next file.
            local readable, reason = pcall(core.image.read, path)
            if readable then error(message, 0) end
            skipped[#skipped + 1] = { name = name, reason = (tostring(reason):gsub("^[^\n]-:%d+: ", "")) }
        end
    end
    return #files - #skipped, skipped
end

-- Ends a folder: what was left out is an error that names it, unless the script wants to go on.
local function finish_folder(written, skipped, output, keep_going)
    if #skipped > 0 and not keep_going then
        local lines = {}
        for i, one in ipairs(skipped) do lines[i] = "\n  " .. one.reason end
        core.fail(("%s: %d of %d images were written; left out (keep_going = true makes that no error):%s"):format(
            output, written, written + #skipped, table.concat(lines)))
    end
    return written, skipped
end

-- Upscales an image to an image, a file to a file, or the PNG files of a folder into another. Returns the image, or how many files
-- were written and, of a folder, those that were left out.
function model:upscale(input, output, options)
    local is_image = type(input) == "userdata"
    if is_image then
        options = output
    elseif type(input) ~= "string" or type(output) ~= "string" then
        core.fail("upscale: expected an image, or the paths of input and output")
    end
    -- Images in memory are many and small, so a bar is shown only where the script asks for one.
    local reporter <close>, watched = progress.watch(options, is_image)
    local report
    if type(watched) == "table" then
        report, watched.progress = watched.progress, nil
    end
    if report and type(report) ~= "function" then
        core.fail("upscale: option 'progress' must be a function or false, not " .. type(report))
    end
    local keep_going = type(watched) == "table" and watched.keep_going or nil
    if keep_going ~= nil then
        if type(keep_going) ~= "boolean" then
            core.fail("upscale: option 'keep_going' must be a boolean, not " .. type(keep_going))
        end
        watched.keep_going = nil
    end
    local session <close> = self:session(watched)
    if is_image then return session:upscale(input, { progress = report }) end
    if core.system.kind(input) == "folder" then
        local written, skipped = upscale_folder(session, input, output, report)
        return finish_folder(written, skipped, output, keep_going)
    end
    if core.system.kind(output) == "folder" then
        output = output .. "/" .. input:match "[^/]*$"
    end
    session:upscale(input, output, { progress = report })
    return 1
end

return srq
