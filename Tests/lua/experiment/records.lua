-- Results of several kinds of machine, side by side: a run replaces its own and nothing else.

local check = require "check"
local machine = require "srq.experiment.machine"
local records = require "srq.experiment.records"
local samples = require "samples"

local function cpuinfo(model, flags)
    return ("processor\t: 0\nmodel name\t: %s\nflags\t\t: fpu %s sse\n"):format(model, flags)
end

local small = machine.read(cpuinfo("AMD EPYC", "avx2 fma"))
local large = machine.read(cpuinfo("AMD EPYC", "fma avx avx2 avx512f avx512_bf16 avx512_vnni"))

local function read(name)
    local file <close> = assert(io.open(samples.path(name)))
    return file:read "a"
end

check.test("a kind of machine is its processor and the instruction sets that matter", function()
    check.equal(small.kind, "amd-epyc-avx2")
    check.equal(small.features, "avx2 fma")
    check.equal(large.kind, "amd-epyc-avx512-vnni-bf16")
    check.equal(large.features, "avx2 fma avx512 vnni bf16")
    check.equal(machine.read(cpuinfo("Intel(R) Core(TM) i7 @ 2.3GHz", "avx2 avx_vnni")).kind, "intel-r-core-tm-i7-2-3ghz-avx2-vnni")
    check.equal(machine.read("CPU part\t: 0xd40\nFeatures\t: fp asimd asimddp bf16\n").kind, "0xd40-neon-dot-bf16")
    check.equal(machine.read("").kind, "unknown-processor")
    check.equal(machine.here().kind:match "^%w[%w-]*$" ~= nil, true)
end)

check.test("a flag that another one begins with is not taken for it", function()
    check.equal(machine.read(cpuinfo("A", "avx512_bf16x avx512")).kind, "a")
end)

check.test("a section is replaced in place, and a new one stands in the order of the alphabet", function()
    local text = records.replaced("before\n", "b", "one\n")
    check.equal(text, "before\n\n<!-- b: begin -->\none\n<!-- b: end -->\n")
    check.equal(records.replaced(text, "b", "two %1\n"), "before\n\n<!-- b: begin -->\ntwo %1\n<!-- b: end -->\n")
    local both = records.replaced(text, "a", "first\n", { "b" })
    check.equal(both, "before\n\n<!-- a: begin -->\nfirst\n<!-- a: end -->\n\n<!-- b: begin -->\none\n<!-- b: end -->\n")
    check.equal(records.section(both, "a"), "first\n")
    check.equal(records.section(both, "c"), nil)
end)

check.test("a marker without the other is an error that names it", function()
    for _, text in ipairs { "<!-- a: begin -->\n", "<!-- a: end -->\n", "<!-- a: end -->\n<!-- a: begin -->\n" } do
        check.raises(function() records.replaced(text, "a", "x\n") end, "'a'")
    end
end)

check.test("a run on one machine leaves the other's results byte for byte, and people's text as well", function()
    local folder = samples.path "record"
    records.save(folder, small, "engines", { full = "all of small\n", summary = "small in short\n" })
    records.save(folder, small, "steps", { full = "steps of small\n", summary = "steps in short\n" })
    local by_hand = "\n## What it means\n\nWritten by hand.\n"
    local page = assert(io.open(samples.path "record/benchmarks.md", "a"))
    page:write(by_hand)
    page:close()
    local before, file = read "record/benchmarks.md", read("record/benchmarks/" .. small.kind .. ".md")
    records.save(folder, large, "engines", { full = "all of large\n", summary = "large in short\n" })
    local after = read "record/benchmarks.md"
    check.equal(read("record/benchmarks/" .. small.kind .. ".md"), file)
    check.equal(records.section(records.section(after, "machines"), small.kind),
        records.section(records.section(before, "machines"), small.kind))
    check.equal(after:sub(-#by_hand), by_hand)
    check.equal(file, "# AMD EPYC (avx2 fma)\n\n<!-- engines: begin -->\nall of small\n<!-- engines: end -->\n\n"
        .. "<!-- steps: begin -->\nsteps of small\n<!-- steps: end -->\n")

    -- Once more with other results: the machine's own part changes, its other part does not.
    records.save(folder, small, "engines", { full = "measured again\n", summary = "again in short\n" })
    local again = read "record/benchmarks.md"
    check.equal(again, (after:gsub("small in short", "again in short")))
    check.equal(read("record/benchmarks/" .. small.kind .. ".md"), (file:gsub("all of small", "measured again")))
    check.equal(again:find("steps in short", 1, true) ~= nil and again:find("large in short", 1, true) ~= nil, true)
end)
