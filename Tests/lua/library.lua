-- The annotations for editors name exactly what exists.

local srq = require "srq"
local core = require "srq.core"
local check = require "check"

local folder = package.searchpath("srq", package.path):gsub("srq/init%.lua$", "")
local file <close> = assert(io.open(folder .. "library/srq.lua"))
local text = file:read "a"

local function names_of(pattern)
    local names = {}
    for name in text:gmatch(pattern) do names[name] = true end
    return names
end

local function same_names(described, existing)
    for name in pairs(described) do check.equal(existing[name] ~= nil and name, name) end
    for name in pairs(existing) do check.equal(described[name] and name, name) end
end

check.test("every function of the module is described, and no other", function()
    local described = names_of "\nfunction srq%.([%w_]+)%("
    described.image, described.version = true, true
    same_names(described, srq)
    same_names(names_of "\nfunction srq%.image%.([%w_]+)%(", srq.image)
end)

check.test("every method is described, and no other", function()
    for class, methods in pairs {
        Model = "model", Session = "session", Images = "images", Quantization = "quantization", Image = "image",
    } do
        same_names(names_of("\nfunction " .. class .. ":([%w_]+)%("), core.methods[methods])
    end
end)

check.test("every option is described, and no other", function()
    local samples = require "samples"
    local network = srq.load(samples.network())
    local images = srq.images(samples.pictures(), { count = 2, patch = 16 })
    local function known(call)
        local names = {}
        for name in check.raises(call, "known:"):match("%(known: (.*)%)"):gmatch "[%w_]+" do names[name] = true end
        return names
    end
    local function described(class)
        local body = text:match("%-%-%-@class srq%." .. class .. "\n(.-)\n\n")
        local names = {}
        for name in body:gmatch "%-%-%-@field ([%w_]+)%?" do names[name] = true end
        return names
    end
    local wrong = { nothing = 1 }
    same_names(described "LoadOptions", known(function() srq.load(samples.network(), wrong) end))
    same_names(described "SessionOptions", known(function() network:session(wrong) end))
    same_names(described "ImagesOptions", known(function() srq.images(samples.pictures(), wrong) end))
    same_names(described "CalibrationOptions", known(function() network:calibrate(images, wrong) end))
    same_names(described "EvaluationOptions", known(function() network:evaluate(samples.references(), wrong) end))
    local q = network:calibrate(images)
    same_names(described "FinetuneOptions", known(function() q:finetune(images, wrong) end))
    same_names(described "LearningRates", known(function() q:finetune(images, { lr = wrong }) end))
    same_names(described "LossTerms", known(function() q:finetune(images, { terms = wrong }) end))
    same_names(described "HistogramOptions", known(function() q:histograms(images, wrong) end))
    same_names(described "Bits", known(function() q:bits("*", wrong) end))
end)
