-- This module collects how long engines take for one network, from the lines of programs that measure them, and makes tables and
-- ratios of it.
--
--   local t = timings.new { macs = function(width, height) … end, peaks = { f32 = 150 } }
--   t:run "bench_peers.py …"                                   -- The shell command prints such lines.
--   print(t:table("128x128", 2))      print(t:overview(2))      print(t:ratio("srq", "W4A4", "OpenVINO", "int8", "128x128", 2))
--
-- A line is a word and fields `name=value`, with tabs between. The words and their fields are
--   machine  processor, features
--   engine   engine, version
--   check    engine, precision, psnr (dB between the engine's output and the float network's)
--   row      engine, precision, setting, size (WxH), threads, seconds (of every run, spaces between), bytes (peak memory)
--   note     text
-- A row that comes again, in another round, adds its runs.

local tables = require "srq.report.tables"

local timings = {}

local float_precisions = { f32 = true, bf16 = true }

local Timings = {}
Timings.__index = Timings

-- Returns timings without rows. The option `macs(width, height)` gives the multiply-adds for an input; `peaks` are the GOP/s that
-- one thread of the machine can do in f32, bf16 and int8, as far as they are known. The share of an unknown peak stays empty.
function timings.new(options)
    return setmetatable({
        macs = options.macs, peaks = options.peaks or {}, machine = {}, engines = {}, checks = {}, notes = {}, rows = {},
        remarks = {}, by_key = {},
    }, Timings)
end

-- Returns the sizes of a text such as "64x64,640x360", as {name, width, height}. Anything else is an error.
function timings.sizes(text)
    local list = {}
    for part in (text .. ","):gmatch "([^,]*)," do
        local width, height = part:match "^([1-9]%d*)x([1-9]%d*)$"
        if not width then error(("--sizes: '%s' is not WIDTHxHEIGHT"):format(part), 0) end
        list[#list + 1] = { name = part, width = math.tointeger(width), height = math.tointeger(height) }
    end
    return list
end

-- Returns the numbers of a text such as "1,2". Anything else is an error.
function timings.threads(text)
    local list = {}
    for part in (text .. ","):gmatch "([^,]*)," do
        list[#list + 1] = part:match "^[1-9]%d*$" and math.tointeger(part)
            or error(("--threads: '%s' is not a number of threads"):format(part), 0)
    end
    return list
end

-- Returns the GOP/s of one thread by precision, from a text such as "f32=150,int8=600". Anything else is an error.
function timings.peaks(text)
    local peaks = {}
    for part in text:gmatch "[^,]+" do
        local precision, value = part:match "^(%w+)=(.+)$"
        peaks[precision or ""] = tonumber(value) or error(("--peaks: '%s' is not PRECISION=GOPS"):format(part), 0)
    end
    return peaks
end

function timings.median(values)
    local sorted = table.move(values, 1, #values, 1, {})
    table.sort(sorted)
    local middle = #sorted // 2
    return #sorted % 2 == 1 and sorted[middle + 1] or (sorted[middle] + sorted[middle + 1]) / 2
end

function timings.minimum(values)
    local least = math.huge
    for _, value in ipairs(values) do least = math.min(least, value) end
    return least
end

-- ---- Reading ---------------------------------------------------------------------------------------------------------

-- Keeps a text for the end of the report, once.
function Timings:note(text)
    for _, note in ipairs(self.notes) do
        if note == text then return end
    end
    self.notes[#self.notes + 1] = text
end

local function key_of(engine, precision, size, threads)
    return table.concat({ engine, precision, size, threads }, "\t")
end

local words = {}

function words.machine(self, fields) self.machine = fields end

function words.engine(self, fields) self.engines[#self.engines + 1] = fields end

function words.check(self, fields) self.checks[#self.checks + 1] = fields end

function words.note(self, fields) self:note(fields.text or "") end

function words.row(self, fields)
    local threads, bytes = math.tointeger(tonumber(fields.threads)), tonumber(fields.bytes)
    local done, size = pcall(timings.sizes, fields.size or "")
    local runs = {}
    for text in (fields.seconds or ""):gmatch "%S+" do runs[#runs + 1] = tonumber(text) end
    if not (done and #size == 1 and fields.engine and fields.precision and threads and bytes and #runs > 0) then return false end
    local key = key_of(fields.engine, fields.precision, fields.size, threads)
    local row = self.by_key[key]
    if not row then
        row = { engine = fields.engine, precision = fields.precision, size = size[1], threads = threads, runs = {}, bytes = 0 }
        self.by_key[key], self.rows[#self.rows + 1] = row, row
    end
    row.setting = fields.setting or ""
    row.bytes = math.max(row.bytes, bytes)
    table.move(runs, 1, #runs, #row.runs + 1, row.runs)
end

-- Reads one line. A line that means nothing becomes a note, since a program that prints something else is not what was asked for.
function Timings:read(line)
    local word, rest = line:match "^(%w+)\t(.*)$"
    local fields = {}
    for name, value in (rest or ""):gmatch "(%w+)=([^\t]*)" do fields[name] = value end
    if not words[word] or words[word](self, fields) == false then self:note("not understood: " .. line) end
end

-- Reads what a shell command prints; where it fails, what it printed before is kept. Returns whether it ended well.
function Timings:run(command)
    local lines <close> = assert(io.popen(command))
    for line in lines:lines() do self:read(line) end
    local done, _, code = lines:close()
    if not done then self:note(("a command ended with %s: %s"):format(code, command)) end
    return done == true
end

-- ---- Tables ----------------------------------------------------------------------------------------------------------

-- Returns the row with these properties, or nil.
function Timings:row(engine, precision, size, threads)
    return self.by_key[key_of(engine, precision, size, threads)]
end

-- Returns a row's GOP/s by its median: a multiply-add counts as two operations.
function Timings:gops(row)
    return 2 * self.macs(row.size.width, row.size.height) / timings.median(row.runs) / 1e9
end

-- Returns the row's share of what its threads could do together, or nil where no peak is known. Everything quantized is held
-- against the peak of int8.
function Timings:share(row)
    local peak = self.peaks[float_precisions[row.precision] and row.precision or "int8"]
    return peak and self:gops(row) / (peak * row.threads)
end

local function name_of(row)
    return row.engine .. " " .. row.precision
end

-- Returns every row of a size and a number of threads, as a table.
function Timings:table(size, threads)
    local t = tables.new {
        "engine", "setting", { "median (ms)", "%.1f" }, { "minimum (ms)", "%.1f" }, { "GOP/s", "%.0f" },
        { "share of peak", "%.0f %%" }, { "peak memory (MB)", "%.0f" }, { "runs", "%d" },
    }
    for _, row in ipairs(self.rows) do
        if row.size.name == size and row.threads == threads then
            local share = self:share(row)
            t:add(name_of(row), row.setting, timings.median(row.runs) * 1e3, timings.minimum(row.runs) * 1e3, self:gops(row),
                share and share * 100, row.bytes / 1e6, #row.runs)
        end
    end
    return t
end

local function distinct(rows, value_of)
    local list, seen = {}, {}
    for _, row in ipairs(rows) do
        local value = value_of(row)
        if not seen[value] then seen[value], list[#list + 1] = true, value end
    end
    return list
end

-- Returns a table of the medians in milliseconds: engines down, sizes across.
function Timings:overview(threads)
    local sizes = distinct(self.rows, function(row) return row.size.name end)
    local columns = { "median (ms)" }
    for _, size in ipairs(sizes) do columns[#columns + 1] = { size, "%.0f" } end
    local t = tables.new(columns)
    for _, name in ipairs(distinct(self.rows, name_of)) do
        local cells, found = {}, false
        for _, row in ipairs(self.rows) do
            if name_of(row) == name and row.threads == threads then
                found = true
                for i, size in ipairs(sizes) do
                    if size == row.size.name then cells[i] = timings.median(row.runs) * 1e3 end
                end
            end
        end
        if found then t:add(name, table.unpack(cells, 1, #sizes)) end
    end
    return t
end

-- Returns how many times faster the first is than the second, or nil where one of them is missing. The function `of` says what a
-- row's runs count as: timings.median (default) or timings.minimum.
function Timings:ratio(engine, precision, other, other_precision, size, threads, of)
    of = of or timings.median
    local mine, theirs = self:row(engine, precision, size, threads), self:row(other, other_precision, size, threads)
    return mine and theirs and of(theirs.runs) / of(mine.runs)
end

-- Returns the same against the fastest float row of any engine but the one asked about, and that row's name.
function Timings:ratio_to_fastest_float(engine, precision, size, threads, of)
    of = of or timings.median
    local mine, fastest, name = self:row(engine, precision, size, threads), math.huge, nil
    for _, row in ipairs(self.rows) do
        local seconds = of(row.runs)
        if row.engine ~= engine and float_precisions[row.precision] and row.size.name == size and row.threads == threads
            and seconds < fastest then
            fastest, name = seconds, name_of(row)
        end
    end
    if mine and name then return fastest / of(mine.runs), name end
end

-- Returns how many times faster many threads are than one, or nil where one of them is missing.
function Timings:speedup(engine, precision, size, threads, of)
    of = of or timings.median
    local many, one = self:row(engine, precision, size, threads), self:row(engine, precision, size, 1)
    return many and one and of(one.runs) / of(many.runs)
end

return timings
