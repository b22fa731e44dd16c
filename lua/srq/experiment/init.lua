-- An experiment as a program: it reads its command line, finds networks and data sets, does its work, and writes a report. Models
-- and scores that are finished are kept on disk and found again after a kill.
--
--   experiment.run("table1", arg, { networks = "EDSR,RDN", bits = "6,4" }, function(run)
--       local r = run:begin("Table 1", "What is measured.")
--       for _, network in ipairs(run.networks) do
--           local model = run:model(network, methods.named "plq", { weights = 4, activations = 4, protocol = "full" })
--           print(run:score(model, run.sets[1]).psnr)
--       end
--       run:finish(r)
--   end)

local core = require "srq.core"
local command_line = require "srq.experiment.command_line"
local jobs = require "srq.experiment.jobs"
local methods = require "srq.experiment.methods"
local models = require "srq.experiment.models"
local networks = require "srq.experiment.networks"
local patches = require "srq.experiment.patches"
local report = require "srq.report"
local rows = require "srq.experiment.rows"
local sets = require "srq.experiment.sets"

local experiment = {}

local Run = {
    patches = patches.all, refusal = models.refusal, model = models.model, score = models.score, finished = models.finished,
    pair = sets.pair,
}
Run.__index = Run

function Run:each(list)
    jobs.each(list)
end

-- ---- What went wrong -------------------------------------------------------------------------------------------------

-- Reports that one thing among many is wrong: as an error, or with --keep-going as a line and a note in the report.
function Run:trouble(text)
    if not self.options["keep-going"] then error(text, 0) end
    self:note("skipped: " .. text)
end

-- Says something once, on stderr and in the report.
function Run:note(text)
    for _, note in ipairs(self.notes) do
        if note == text then return end
    end
    self.notes[#self.notes + 1] = text
    io.stderr:write(text, "\n")
end

-- ---- Beginning and end -----------------------------------------------------------------------------------------------

-- Returns the run of an experiment: its `options`, `networks`, `sets`, `methods`, `bits` and `protocols`.
local function start(name, given, defaults)
    local options = command_line.read(name, given, defaults)
    local run = setmetatable({
        name = name, options = options, notes = {}, refusals = {}, command = command_line.text(name, given),
        began = core.system.clock(), bits = command_line.widths(options.bits),
        protocols = command_line.split(options.protocols), methods = {},
    }, Run)
    for i, method in ipairs(command_line.split(options.methods)) do run.methods[i] = methods.named(method) end
    local made, message = core.system.make_folder(options.out)
    if not made then error(message, 0) end
    run.store = rows.open(options.cache)
    run.networks = networks.find(run, options.networks)
    run.sets = sets.find(run, run.networks[1].network.scale)
    return run
end

-- Begins a report: it says what was measured on what.
function Run:begin(title, text)
    local r = report.new(title)
    local names = {}
    for i, network in ipairs(self.networks) do names[i] = ("%s (%s)"):format(network.name, network.architecture) end
    r:text(text)
    r:text(("Networks: %s. Calibrated on %d patches of %d × %d pixels, seed %d."):format(table.concat(names, ", "),
        self.options.images, self.options.size, self.options.size, self.options.seed))
    return r
end

-- Ends a report with what was left out and the command that made it, and writes it.
function Run:finish(r)
    if #self.notes > 0 then r:heading("Left out"):list(self.notes) end
    r:heading("How it was made"):command(self.command)
    r:text(("%s in this run; rows that an earlier run had finished took none of it."):format(
        jobs.clock_text(core.system.clock() - self.began)))
    local page = r:save(self.options.out, self.name)
    io.stderr:write(("Written: %s, with .md and .csv beside it.\n"):format(page))
end

-- Runs a whole experiment; a failure ends the program with its message alone, after saying that nothing finished is lost.
function experiment.run(name, given, defaults, body)
    local run
    warn "@on" -- A network that is not what its options say is told as a warning.
    local done, message = xpcall(function()
        run = start(name, given, defaults)
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
