-- The lists of options, and what is held against them.

local srq = require "srq"
local check = require "check"
local samples = require "samples"

local function read(path)
    local file <close> = assert(io.open(path))
    return file:read "a"
end

check.test("the calls that have options are told", function()
    local owners = srq.options()
    check.equal(table.concat(owners, " "), "load images calibrate finetune quantize ptq session evaluate histograms")
    check.raises(function() srq.options "upscaling" end, "unknown 'upscaling'", "calibrate")
end)

check.test("an option is a table", function()
    local by_name = {}
    for _, option in ipairs(srq.options "calibrate") do by_name[option.name] = option end
    local weights, share = by_name.weights, by_name.clipped_share
    check.equal(weights.type, "integer")
    check.equal(math.type(weights.default), "integer")
    check.equal(weights.default, 4)
    check.equal(weights.minimum, 2)
    check.equal(weights.maximum, 8)
    check.equal(weights.bounds, "2...8")
    check.equal(share.maximum_excluded, true)
    check.equal(share.minimum_excluded, nil)
    check.equal(by_name.per_channel.default, false)
    check.equal(by_name.quantizer.default, "plq")
    check.equal(by_name.weight_range.default, nil)
    check.equal(by_name.weight_range.choices[1], "max")
    check.equal(by_name.progress.type, "function")
end)

check.test("every default is accepted where it is the default", function()
    local network = srq.load(samples.network())
    local images = srq.images(samples.pictures(), { count = 2, patch = 16 })
    local function defaults(owner, changes)
        local options = {}
        for _, option in ipairs(srq.options(owner)) do
            local group, name = option.name:match "^(%w+)%.(%w+)$"
            local target = options
            if group then
                options[group] = options[group] or {}
                target = options[group]
            end
            target[name or option.name] = option.default
        end
        for name, value in pairs(changes or {}) do options[name] = value end
        return options
    end
    local function same(a, b) check.equal(a.recipe, b.recipe) end

    same(srq.load(samples.network(), defaults "load"), network)
    check.equal(srq.images(samples.pictures(), defaults("images", { count = 2, patch = 16 })).count, 2)
    local q = network:calibrate(images, defaults("calibrate", { progress = false }))
    local plain = network:calibrate(images, { progress = false })
    same(q:quantize(defaults "quantize"), plain:quantize())
    q:finetune(images, defaults("finetune", { epochs = 1, progress = false }))
    plain:finetune(images, { epochs = 1, progress = false })
    same(q:quantize(), plain:quantize())
    check.equal(#q:histograms(images, defaults("histograms", { progress = false })), #q:layers())
    network:session(defaults "session"):close()
    local scores = network:evaluate(samples.references(), defaults("evaluate", { progress = false }))
    check.equal(scores.psnr, network:evaluate(samples.references(), { progress = false }).psnr)
end)

check.test("the annotations for editors know every name that an option may have", function()
    local folder = package.searchpath("srq", package.path):gsub("srq/init%.lua$", "")
    local text = read(folder .. "library/srq.lua")
    local classes = {
        load = "LoadOptions", images = "ImagesOptions", calibrate = "CalibrationOptions", finetune = "FinetuneOptions",
        quantize = "FreezingOptions", ptq = "PtqOptions", session = "SessionOptions",
        evaluate = "EvaluationOptions", histograms = "HistogramOptions",
    }
    for _, owner in ipairs(srq.options()) do
        local body = text:match("%-%-%-@class srq%." .. classes[owner] .. "\n(.-)\n\n")
        for _, option in ipairs(srq.options(owner)) do
            if not option.name:find(".", 1, true) then
                local line = body:match("%-%-%-@field " .. option.name .. "%? ([^\n]*)")
                check.equal(line ~= nil and option.name, option.name)
                if option.type == "string" and option.choices then
                    check.equal(line:match '^"[^ ]*', '"' .. table.concat(option.choices, '"|"') .. '"')
                end
            end
        end
        for name in body:gmatch "%-%-%-@field ([%w_]+)%?" do
            local found = false
            for _, option in ipairs(srq.options(owner)) do
                found = found or option.name == name or option.name:match "^%w+" == name
            end
            check.equal(found and name, name)
        end
    end
end)

check.test("docs/options.md is fresh", function()
    local lines = {}
    local environment = setmetatable({ print = function(line) lines[#lines + 1] = line .. "\n" end }, { __index = _G })
    assert(loadfile("tools/options.lua", "t", environment))()
    if table.concat(lines) ~= read "docs/options.md" then
        error "docs/options.md is not what tools/options.lua writes: build/bin/srq-lua tools/options.lua > docs/options.md"
    end
end)
