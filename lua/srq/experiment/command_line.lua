-- This module reads the command line of an experiment: it has the options that all of them know, and what their values stand for.

local arguments = require "srq.arguments"
local methods = require "srq.experiment.methods"

local command_line = {}

-- The bundled networks and pictures lie beside the lua folder, in a checkout as in an installation.
command_line.examples = (debug.getinfo(1, "S").source:match "^@(.*)lua/srq/experiment/[^/]*$" or "") .. "examples/"

-- Without --models everything is small enough for a few minutes; with it, as in the paper.
local sizes = {
    bundled = { images = 16, size = 48, epochs = 3 },
    paper = { images = 100, size = 96, epochs = 10 },
}

local function known_options(name, defaults)
    local examples = command_line.examples
    local function default(option, value)
        return defaults[option] == nil and value or defaults[option]
    end
    local list = {
        { "models", "", "network file, or folder of them; none: the bundled network, and small sizes below" },
        { "data", examples .. "images/demo", "data set (HR/ with or without LR_xS/, or PNGs), or a folder of data sets" },
        { "calibration", examples .. "images/calibration", "folder or pattern of low resolution images" },
        { "networks", default("networks", "all"), "architectures to take from the models" },
        { "sets", default("sets", "all"), "data sets to take from the folder" },
        { "methods", default("methods", table.concat(methods.tables, ",")), "methods, in the order of the rows" },
        { "bits", default("bits", "4"), "4 is W4A4, 8/6 is W8A6" },
        { "protocols", default("protocols", "full"), "full: edges at 8 bits; body: edges and body end float" },
        { "patch", default("patch", 0), "patch test: side of its low resolution patches; 0: whole images" },
        { "images", 0, "calibration patches; 0: 100, or 16 of the bundled ones" },
        { "size", 0, "side of a calibration patch; 0: 96, or 48" },
        { "epochs", -1, "of finetuning; -1: 10, or 3" },
        { "seed", 1, "of the calibration patches and their order" },
        { "tanh", "srresnet_x4", "networks, by file name, whose output is a tanh, which a file cannot say" },
        { "keep-going", false, "skip and name what cannot be read instead of stopping" },
        { "threads", 0, "0: one per processor" },
        { "out", "build/experiments/" .. name, "folder for the tables and pictures" },
        { "cache", "build/experiments/cache", "finished rows and models of all experiments; delete it when the library changes" },
    }
    for _, option in ipairs(defaults.options or {}) do list[#list + 1] = option end
    return list
end

-- Returns the options by name. `defaults` are the experiment's own: values by option name, `bundled` with those that hold
-- without --models, and `options` with what only this experiment knows.
function command_line.read(name, given, defaults)
    local options = arguments.parse(given, known_options(name, defaults))
    local bundled = options.models == ""
    if bundled and defaults.bundled then
        options = arguments.parse(given, known_options(name, setmetatable(defaults.bundled, { __index = defaults })))
    end
    local size = bundled and sizes.bundled or sizes.paper
    if options.images == 0 then options.images = size.images end
    if options.size == 0 then options.size = size.size end
    if options.epochs < 0 then options.epochs = size.epochs end
    return options
end

-- Returns the command line as it can be typed again: a report says with it how its numbers came to be.
function command_line.text(name, given)
    local parts = { "srq-lua experiments/" .. name .. ".lua" }
    for _, text in ipairs(given) do parts[#parts + 1] = text:match "[^%w%-%._/,=]" and "'" .. text .. "'" or text end
    return table.concat(parts, " ")
end

-- Returns the parts of a list "a,b".
function command_line.split(text)
    local parts = {}
    for part in text:gmatch "[^,%s]+" do parts[#parts + 1] = part end
    return parts
end

-- Returns the widths of --bits: "6,8/4" gives {weights = 6, activations = 6}, {weights = 8, activations = 4}.
function command_line.widths(text)
    local list = {}
    for _, part in ipairs(command_line.split(text)) do
        local weights, activations = part:match "^(%d+)/?(%d*)$"
        if not weights then error(("--bits: '%s' is neither a number nor two with a / between"):format(part), 0) end
        list[#list + 1] = { weights = tonumber(weights), activations = tonumber(activations ~= "" and activations or weights) }
    end
    return list
end

-- Returns those of `found` that the list `wanted` names, in its order, or all of them for "all". With `option`, the name of the
-- option that `wanted` is the value of, a name that finds nothing is an error; without it that name is passed over.
function command_line.chosen(option, wanted, found, name_of)
    if wanted == "all" then return found end
    local result = {}
    for _, name in ipairs(command_line.split(wanted)) do
        local before = #result
        for _, one in ipairs(found) do
            if name_of(one) == name then result[#result + 1] = one end
        end
        if #result == before and option then
            local names = {}
            for i, one in ipairs(found) do names[i] = name_of(one) end
            error(("--%s: there is no '%s'; there are %s"):format(option, name, table.concat(names, ", ")), 0)
        end
    end
    return result
end

return command_line
