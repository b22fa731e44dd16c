-- What the experiments share: their command line, the networks and data sets found there, quantized models and scores that are kept
-- on disk and found again after a kill, and the line about the time left.
--
--   local run = experiment.start("table1", arg, { networks = "EDSR,RDN", bits = "6,4" })
--   for _, network in ipairs(run.networks) do
--       local model = run:model(network, methods.named "plq", { weights = 4, activations = 4, protocol = "full" })
--       print(run:score(model, run.sets[1]).psnr)
--   end

local core = require "srq.core"
local arguments = require "srq.arguments"
local fingerprint = require "srq.experiment.fingerprint"
local methods = require "srq.experiment.methods"
local report = require "srq.report"
local rows = require "srq.experiment.rows"
local srq = require "srq"

local experiment = {}

local Run = {}
Run.__index = Run

local examples = (debug.getinfo(1, "S").source:match "^@(.*)lua/srq/experiment/[^/]*$" or "") .. "examples/"

-- Without --models everything is small enough for a few minutes; with it, as in the paper.
local sizes = {
    bundled = { images = 16, size = 48, epochs = 3 },
    paper = { images = 100, size = 96, epochs = 10 },
}

local function known_options(name, defaults)
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

local function split(text)
    local parts = {}
    for part in text:gmatch "[^,%s]+" do parts[#parts + 1] = part end
    return parts
end

-- The name of the option, without which nothing would be left: "all" of `found`, or those named.
local function chosen(option, wanted, found, name_of)
    if wanted == "all" then return found end
    local result = {}
    for _, name in ipairs(split(wanted)) do
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

local function sorted_names(folder)
    local names, message = core.system.list(folder)
    if not names then error(message, 0) end
    table.sort(names)
    return names
end

-- What happens to be wrong with one thing among many: an error, or with --keep-going a line and a note in the report.
function Run:trouble(text)
    if not self.options["keep-going"] then error(text, 0) end
    self:note("skipped: " .. text)
end

function Run:note(text)
    for _, note in ipairs(self.notes) do
        if note == text then return end
    end
    self.notes[#self.notes + 1] = text
    io.stderr:write(text, "\n")
end

-- ---- Networks --------------------------------------------------------------------------------------------------------

local function network_files(path)
    if core.system.kind(path) ~= "folder" then return { path } end
    local files = {}
    for _, name in ipairs(sorted_names(path)) do
        if name:match "%.pth$" or name:match "%.pt$" or name:match "%.safetensors$" then files[#files + 1] = path .. "/" .. name end
    end
    if #files == 0 then error(path .. ": no .pth, .pt or .safetensors file in this folder", 0) end
    return files
end

local function load_network(self, file)
    local name = file:match("[^/]*$"):gsub("%.%w+$", "")
    local tanh = false
    for _, one in ipairs(split(self.options.tanh)) do tanh = tanh or one == name end
    local loaded, network = pcall(srq.load, file, { tanh = tanh })
    if not loaded then return self:trouble((tostring(network):gsub("^[^:]*:%d+: ", ""))) end
    return {
        name = name, file = file, architecture = network.architecture, network = network,
        key = { file = fingerprint.file(file), tanh = tanh },
    }
end

local function find_networks(self, wanted)
    local path = self.options.models ~= "" and self.options.models or examples .. "models/edsr_compact_x4.pth"
    local found = {}
    for _, file in ipairs(network_files(path)) do found[#found + 1] = load_network(self, file) end
    local list = chosen(nil, wanted, found, function(one) return one.architecture end)
    if #list == 0 then error(("%s: holds no network of %s"):format(path, wanted), 0) end
    for _, name in ipairs(wanted == "all" and {} or split(wanted)) do
        local there = false
        for _, one in ipairs(list) do there = there or one.architecture == name end
        if not there then self:note(("no %s among the networks: its rows are left out"):format(name)) end
    end
    return list
end

-- ---- Data sets -------------------------------------------------------------------------------------------------------

local function is_set(path)
    if core.system.kind(path .. "/HR") == "folder" then return true end
    for _, name in ipairs(sorted_names(path)) do
        if name:lower():match "%.png$" then return true end
    end
    return false
end

local function set_at(path, scale)
    local parts = {}
    for _, folder in ipairs { "HR", "LR_x" .. scale } do
        if core.system.kind(path .. "/" .. folder) == "folder" then
            parts[#parts + 1] = fingerprint.path(path .. "/" .. folder)
        end
    end
    if #parts == 0 then parts[1] = fingerprint.path(path) end
    return { name = path:match "([^/]+)/*$", path = path, key = parts }
end

-- Orders Set5 before Set14.
local function natural(name)
    return (name:gsub("%d+", function(number) return ("%010d"):format(number) end))
end

local function find_sets(self, scale)
    local path = self.options.data
    if core.system.kind(path) ~= "folder" then error(path .. ": no such folder", 0) end
    if is_set(path) then return { set_at(path, scale) } end
    local found = {}
    for _, name in ipairs(sorted_names(path)) do
        local folder = path .. "/" .. name
        if core.system.kind(folder) == "folder" and is_set(folder) then found[#found + 1] = { name = name, path = folder } end
    end
    if #found == 0 then error(path .. ": holds no data set", 0) end
    table.sort(found, function(a, b) return natural(a.name) < natural(b.name) end)
    local list = chosen("sets", self.options.sets, found, function(one) return one.name end)
    for i, set in ipairs(list) do list[i] = set_at(set.path, scale) end
    return list
end

-- ---- Quantized models ------------------------------------------------------------------------------------------------

function Run:patches()
    if not self.calibration then
        local o = self.options
        self.calibration = srq.images(o.calibration, { count = o.images, patch = o.size, seed = o.seed })
        local folder = core.system.kind(o.calibration) == "folder" and o.calibration or o.calibration:match "^(.*)/[^/]*$" or "."
        self.calibration_key = { files = fingerprint.path(folder), pattern = o.calibration:match "[^/]*$", count = o.images,
            size = o.size, seed = o.seed }
    end
    return self.calibration
end

function Run:probe()
    local side = math.min(24, self.options.size)
    self.probe_patches = self.probe_patches or srq.images(self.options.calibration, { count = 1, patch = side })
    return self.probe_patches
end

-- Why this method cannot do it here, or nil; asked once.
function Run:refusal(network, method, setting)
    local name = ("%s at W%dA%d (%s) on %s"):format(method.title, setting.weights, setting.activations, setting.protocol,
        network.name)
    local known = self.refusals[name]
    if known == nil then
        known = methods.refusal(method, network.network, self:probe(), setting.weights, setting.activations, setting.protocol)
        self.refusals[name] = known or false
        if known then self:note(("%s is left out: %s"):format(name, known)) end
    end
    return known or nil
end

local function finetuning_options(self)
    return { epochs = self.options.epochs, seed = self.options.seed }
end

local function model_key(self, network, method, setting)
    self:patches()
    local calibrate, finetune = methods.options(method, setting.weights, setting.activations, setting.protocol,
        finetuning_options(self))
    return {
        kind = "model", srq = srq.version, network = network.key, calibration = self.calibration_key, calibrate = calibrate,
        finetune = finetune,
    }
end

-- Calibrates and finetunes, saves the model and says how long that took. A killed finetuning goes on where it was.
local function quantize(self, network, key)
    local threads = self.options.threads
    local path, state = self.store:path(key, "srq"), self.store:path(key, "state")
    local began = core.system.clock()
    local calibrate = setmetatable({ threads = threads }, { __index = key.calibrate })
    local q <close> = network.network:calibrate(self:patches(), calibrate)
    local calibrated = core.system.clock()
    local resumed = core.system.kind(state) == "file"
    if key.finetune then
        q:finetune(self:patches(), setmetatable({ threads = threads, state = state }, { __index = key.finetune }))
    end
    local finished = core.system.clock()
    -- Beside the paper's numbers stands the paper's method, which knows no integer grid.
    q:quantize({ snapping = false }):save(path)
    os.remove(state)
    return {
        calibrate = calibrated - began, finetune = key.finetune and finished - calibrated or 0, bytes = core.system.size(path),
        resumed = resumed or nil,
    }
end

-- A model that need not be there as long as its scores are: {network, key, row, load}. `row` has the seconds that it took.
-- Without a method it is the float network.
function Run:model(network, method, setting)
    if not method then
        return { network = network, key = { kind = "float", srq = srq.version, network = network.key },
            load = function() return network.network end }
    end
    local key = model_key(self, network, method, setting)
    local row = self.store:get(key, function() return quantize(self, network, key) end)
    local loaded
    local function load()
        if not loaded then
            local path = self.store:path(key, "srq")
            if core.system.kind(path) ~= "file" then quantize(self, network, key) end
            loaded = srq.load(path)
        end
        return loaded
    end
    return { network = network, key = key, row = row, load = load }
end

local function score_key(self, model, set)
    local patch, keep_going = self.options.patch, self.options["keep-going"]
    return { kind = "score", model = model.key, set = set.key, patch = patch > 0 and patch or nil, keep_going = keep_going or nil }
end

-- As srq.evaluate gives it.
function Run:score(model, set)
    local score = self.store:get(score_key(self, model, set), function()
        local options = { threads = self.options.threads }
        if self.options.patch > 0 then options.patch = self.options.patch end
        if self.options["keep-going"] then options.keep_going = true end
        return srq.evaluate(model.load(), set.path, options)
    end)
    for _, image in ipairs(score.skipped or {}) do self:note("skipped: " .. image.reason) end
    return score
end

-- Whether all of it is there already, so that it costs no time.
function Run:finished(network, method, setting)
    local key = method and model_key(self, network, method, setting) or self:model(network).key
    if method and not self.store:read(key) then return false end
    for _, set in ipairs(self.sets) do
        if not self.store:read(score_key(self, { key = key }, set)) then return false end
    end
    return true
end

-- ---- Time left -------------------------------------------------------------------------------------------------------

local function clock_text(seconds)
    seconds = math.floor(seconds + 0.5)
    return ("%d:%02d:%02d"):format(seconds // 3600, seconds // 60 % 60, seconds % 60)
end

-- Does the jobs in turn: {title, weight, work}; weights are relative costs, from which the time left is guessed.
function Run:each(jobs)
    local left, done, began = 0, 0, core.system.clock()
    for _, job in ipairs(jobs) do left = left + job.weight end
    for i, job in ipairs(jobs) do
        local spent = core.system.clock() - began
        local guess = done > 0 and (", about %s left"):format(clock_text(spent / done * left)) or ""
        io.stderr:write(("[%d of %d] %s%s\n"):format(i, #jobs, job.title, guess))
        job.work()
        done, left = done + job.weight, left - job.weight
    end
end

-- ---- Beginning and end -----------------------------------------------------------------------------------------------

function Run:path(name)
    return self.options.out .. "/" .. name
end

-- The pictures of a set: {name, low, high} with srq images, made from the high resolution where there is no low one.
function Run:pair(set, index)
    local scale = self.networks[1].network.scale
    local folder = core.system.kind(set.path .. "/HR") == "folder" and set.path .. "/HR" or set.path
    local names = {}
    for _, name in ipairs(sorted_names(folder)) do
        if name:lower():match "%.png$" then names[#names + 1] = name:sub(1, -5) end
    end
    local name = names[math.min(index, #names)]
    local low_path = ("%s/LR_x%d/%sx%d.png"):format(set.path, scale, name, scale)
    local high = srq.image.read(("%s/%s.png"):format(folder, name))
    local low
    if core.system.kind(low_path) == "file" then
        low = srq.image.read(low_path)
    else
        high = high:crop(0, 0, high.width // scale * scale, high.height // scale * scale)
        low = high:resize(high.width // scale, high.height // scale)
    end
    return { name = name, low = low, high = high:crop(0, 0, low.width * scale, low.height * scale) }
end

function Run:seconds()
    return core.system.clock() - self.began
end

-- "W4A4"…: the widths of --bits.
local function widths(text)
    local list = {}
    for _, part in ipairs(split(text)) do
        local weights, activations = part:match "^(%d+)/?(%d*)$"
        if not weights then error(("--bits: '%s' is neither a number nor two with a / between"):format(part), 0) end
        list[#list + 1] = { weights = tonumber(weights), activations = tonumber(activations ~= "" and activations or weights) }
    end
    return list
end

-- The command line again, for the report: it says how its numbers came to be.
local function command_of(name, given)
    local parts = { "srq-lua experiments/" .. name .. ".lua" }
    for _, text in ipairs(given) do parts[#parts + 1] = text:match "[^%w%-%._/,=]" and "'" .. text .. "'" or text end
    return table.concat(parts, " ")
end

function experiment.start(name, given, defaults)
    local options = arguments.parse(given, known_options(name, defaults))
    local bundled = options.models == ""
    if bundled and defaults.bundled then
        options = arguments.parse(given, known_options(name, setmetatable(defaults.bundled, { __index = defaults })))
    end
    local size = bundled and sizes.bundled or sizes.paper
    if options.images == 0 then options.images = size.images end
    if options.size == 0 then options.size = size.size end
    if options.epochs < 0 then options.epochs = size.epochs end
    local run = setmetatable({
        name = name, options = options, notes = {}, refusals = {}, command = command_of(name, given),
        began = core.system.clock(), bits = widths(options.bits), protocols = split(options.protocols), methods = {},
    }, Run)
    for i, method in ipairs(split(options.methods)) do run.methods[i] = methods.named(method) end
    local made, message = core.system.make_folder(options.out)
    if not made then error(message, 0) end
    run.store = rows.open(options.cache)
    run.networks = find_networks(run, options.networks)
    run.sets = find_sets(run, run.networks[1].network.scale)
    return run
end

-- How a report begins and ends, and writing it: what was measured on what, the command, what was left out.
function Run:begin(title, text)
    local r = report.new(title)
    local names = {}
    for i, network in ipairs(self.networks) do names[i] = ("%s (%s)"):format(network.name, network.architecture) end
    r:text(text)
    r:text(("Networks: %s. Calibrated on %d patches of %d × %d pixels, seed %d."):format(table.concat(names, ", "),
        self.options.images, self.options.size, self.options.size, self.options.seed))
    return r
end

function Run:finish(r)
    if #self.notes > 0 then r:heading("Left out"):list(self.notes) end
    r:heading("How it was made"):command(self.command)
    r:text(("%s in this run; rows that an earlier run had finished took none of it."):format(clock_text(self:seconds())))
    local page = r:save(self.options.out, self.name)
    io.stderr:write(("Written: %s, with .md and .csv beside it.\n"):format(page))
end

-- Runs a whole experiment; a failure ends the program with its message alone, after saying that nothing finished is lost.
function experiment.run(name, given, defaults, body)
    local run
    local done, message = xpcall(function()
        run = experiment.start(name, given, defaults)
        body(run)
    end, function(message)
        return os.getenv "SRQ_TRACEBACK" and debug.traceback(message) or message
    end)
    if done then return end
    io.stderr:write(tostring(message), "\n")
    if run then io.stderr:write("What was finished is kept: the same command goes on from there.\n") end
    os.exit(false, true)
end

return experiment
