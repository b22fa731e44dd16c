-- The experiments as programs: killed and continued, hostile folders. With a network of a few weights.

local check = require "check"
local samples = require "samples"
local system = require("srq.core").system

local host = (os.getenv "BUILD" or "build") .. "/bin/srq-lua"

samples.network()
system.make_folder(samples.path "models")
os.execute(("cp '%s' '%s'"):format(samples.path "network.safetensors", samples.path "models/tiny.safetensors"))
samples.pictures()
samples.references()

-- Runs an experiment on the samples; returns what it printed, its exit code and what it wrote to stderr.
local function run(name, out, extra, before)
    return samples.run(("%s -e 'require(\"srq.progress\").style = \"none\" %s' experiments/%s.lua --models '%s' --data '%s' "
        .. "--calibration '%s' --images 2 --size 16 --epochs 3 --cache '%s' --out '%s' %s"):format(
        host, before or "", name, samples.path "models", samples.path "set", samples.path "low", samples.path(out .. "_cache"),
        samples.path(out), extra or ""))
end

local function read(name)
    local file <close> = assert(io.open(samples.path(name), "rb"))
    return file:read "a"
end

-- Returns the rows of a CSV without their last columns, which are the time and how many epochs were resumed.
local function without_seconds(text)
    return (text:gsub(",[^,\n]*,[^,\n]*\n", "\n"))
end

local arguments = "--methods minmax,plq-saft,plq-vft --bits 4 --protocols full"

check.test("an experiment that is killed in the middle of finetuning continues there and ends with the same numbers", function()
    local _, code = run("results", "whole", arguments)
    check.equal(code, 0)
    local killed = [[require("srq.progress").reporter = function()
        return function(p) if p.epoch == 2 then os.execute("kill -9 $PPID") end end
    end]]
    local _, killed_code = run("results", "killed", arguments, killed)
    check.equal(killed_code ~= 0, true)
    local found = { row = 0, state = 0 }
    for _, name in ipairs(system.list(samples.path "killed_cache")) do
        local kind = name:match "%.(%a+)$"
        found[kind] = (found[kind] or 0) + 1
    end
    check.equal(found.state, 1)
    check.equal(found.row, 3) -- two scores, float and MinMax, and the MinMax model
    local epochs = [[require("srq.progress").reporter = function()
        return function(p) if p.epoch > 0 then print("epoch " .. p.epoch) end end
    end]]
    local output, again = run("results", "killed", arguments, epochs)
    check.equal(again, 0)
    check.equal(output:match "epoch %d", "epoch 2")
    check.equal(without_seconds(read "killed/results.csv"), without_seconds(read "whole/results.csv"))
    -- The interrupted run is told, and its time counts that of the killed call.
    check.equal(read("killed/results.csv"):match ",plq%-saft,[^\n]*,(%d*)\n", "1")
    check.equal(read("whole/results.csv"):match ",plq%-saft,[^\n]*,(%d*)\n", "")
    check.equal(without_seconds(read "killed/images.csv"), without_seconds(read "whole/images.csv"))
end)

check.test("finished rows are not measured again", function()
    local forbidden = [[require("srq.core").methods.model.calibrate = function() error "calibrated again" end]]
    local unasked = [[require("srq.experiment.methods").refusal = function() end ]]
    local _, code, errors = run("results", "whole", arguments, unasked .. forbidden)
    check.equal(errors:find("calibrated again", 1, true), nil)
    check.equal(code, 0)
end)

check.test("a method or width that the library cannot do is left out with a line", function()
    local _, code, errors = run("results", "left_out", "--methods minmax,plq --bits 2 --protocols full")
    check.equal(code, 0)
    check.equal(errors:match "PLQ at W2A2 %(full%) on tiny is left out: [^\n]*3 bits" ~= nil, true)
    check.equal(read("left_out/results.md"):find("MinMax", 1, true) ~= nil, true)
end)

check.test("every table and figure runs on a small network and writes Markdown, a page and its numbers", function()
    for name, extra in pairs {
        table1 = "--methods minmax,plq-saft", table2 = "--patch 12 --networks EDSR", table3 = "", table4 = "--methods minmax,plq",
        table5 = "--methods plq --side 16 --repeats 1", figure1 = "", figure2 = "", figure3 = "--samples 1", figure4 = "",
        figure5 = "--networks EDSR --methods plq --side 20",
    } do
        local output, code, errors = run(name, "all", extra)
        check.equal(code == 0 or errors, true)
        check.equal(#output > 50, true)
        local page, lines = read("all/" .. name .. ".html"), read("all/" .. name .. ".csv")
        check.equal(page:find("</html>", 1, true) ~= nil and page:find("<script", 1, true) == nil, true)
        check.equal(page:find("<svg", 1, true) ~= nil or page:find("<img", 1, true) ~= nil, true)
        check.equal(#read("all/" .. name .. ".md") > 200, true)
        check.equal(select(2, lines:gsub("\n", "")) >= 2, true)
        check.equal(lines:find("nan", 1, true), nil)
    end
end)

check.test("what is asked for and not there is named", function()
    for arguments_, parts in pairs {
        ["--methods magic"] = { "no method is called 'magic'" },
        ["--bits x"] = { "--bits: 'x'" },
        ["--networks RDN"] = { "models: holds no network of RDN" },
        ["--data /nowhere"] = { "/nowhere: no such folder" },
        ["--nothing 1"] = { "unknown argument '--nothing'" },
    } do
        local _, code, errors = run("results", "wrong", arguments_)
        check.equal(code, 1)
        for _, part in ipairs(parts) do check.equal(errors:find(part, 1, true) ~= nil and part, part) end
    end
end)

check.test("a damaged network among others is an error that names it, or skipped with --keep-going", function()
    samples.write("models/zdamaged.pth", "PK not a zip at all")
    local _, code, errors = run("results", "damaged", "--methods minmax --protocols full")
    check.equal(code, 1)
    check.equal(errors:find("zdamaged.pth", 1, true) ~= nil, true)
    local _, kept, notes = run("results", "damaged", "--methods minmax --protocols full --keep-going")
    os.remove(samples.path "models/zdamaged.pth")
    check.equal(kept, 0)
    check.equal(notes:match "skipped: [^\n]*zdamaged.pth" ~= nil, true)
    check.equal(read("damaged/results.md"):match "skipped: [^\n]*zdamaged.pth" ~= nil, true)
end)

check.test("a set with a corrupt image keeps what was finished, and goes on with --keep-going", function()
    system.make_folder(samples.path "sets")
    for _, name in ipairs { "Set1", "Set2" } do
        os.execute(("cp -r '%s' '%s'"):format(samples.path "set", samples.path("sets/" .. name)))
    end
    samples.write("sets/Set2/HR/picture1.png", "no picture")
    local arguments_ = ("--methods minmax --protocols full --data '%s'"):format(samples.path "sets")
    local _, code, errors = run("results", "corrupt", arguments_)
    check.equal(code, 1)
    check.equal(errors:find("sets/Set2/HR/picture1.png", 1, true) ~= nil, true)
    check.equal(errors:find("What was finished is kept", 1, true) ~= nil, true)
    local finished = 0
    for _, name in ipairs(system.list(samples.path "corrupt_cache")) do
        if name:match "%.row$" then finished = finished + 1 end
    end
    check.equal(finished, 1) -- float on Set1
    local _, kept = run("results", "corrupt", arguments_ .. " --keep-going")
    check.equal(kept, 0)
    check.equal(read("corrupt/results.md"):match "skipped: [^\n]*sets/Set2/HR/picture1.png" ~= nil, true)
    check.equal(read("corrupt/images.csv"):match "Set2,picture2" ~= nil, true)
    check.equal(read("corrupt/images.csv"):match "Set2,picture1", nil)
end)
