-- This module writes a report of srq beside other engines: ratios, an overview, every row, and whether the engines compute the
-- same. The results are timings (timings.lua).
--
--   comparison.report(results, sizes, threads, network):save("build/bench", "benchmarks")

local report = require "srq.report"
local srq = require "srq"
local tables = require "srq.report.tables"
local timings = require "srq.experiment.timings"

local comparison = {}

local quantized, float_peers = { "W4A4-uniform", "W4A4", "W8A8" }, { "ncnn", "OpenVINO", "ONNX Runtime", "PyTorch" }

-- Returns the rows of the table of ratios, as {title, ratio}: `ratio` is a function of the size's name and the number of threads.
local function questions(results, of)
    local list = {}
    local function ask(title, ratio) list[#list + 1] = { title = title, ratio = ratio } end
    for _, precision in ipairs(quantized) do
        ask(("srq %s against OpenVINO int8"):format(precision), function(size, count)
            return results:ratio("srq", precision, "OpenVINO", "int8", size, count, of)
        end)
        ask(("srq %s against the fastest float peer"):format(precision), function(size, count)
            return (results:ratio_to_fastest_float("srq", precision, size, count, of))
        end)
    end
    for _, precision in ipairs { "W4A4-uniform", "W4A4" } do
        ask(("srq %s against srq W8A8"):format(precision), function(size, count)
            return results:ratio("srq", precision, "srq", "W8A8", size, count, of)
        end)
    end
    for _, peer in ipairs(float_peers) do
        ask(("srq f32 against %s f32"):format(peer), function(size, count)
            return results:ratio("srq", "f32", peer, "f32", size, count, of)
        end)
    end
    ask("srq bf16 against srq f32", function(size, count) return results:ratio("srq", "bf16", "srq", "f32", size, count, of) end)
    ask("srq bf16 against the fastest float peer", function(size, count)
        return (results:ratio_to_fastest_float("srq", "bf16", size, count, of))
    end)
    for _, precision in ipairs { "f32", "bf16", table.unpack(quantized) } do
        ask(("srq %s: threads against one"):format(precision), function(size, count)
            return count > 1 and results:speedup("srq", precision, size, count, of) or nil
        end)
    end
    return list
end

-- Returns a table of how many times faster srq is, with a column for every size and number of threads; what nothing was measured
-- for is left out. The function `of` is timings.median or timings.minimum.
function comparison.ratios(results, sizes, threads, of)
    local columns, cells = { "times faster" }, {}
    for _, size in ipairs(sizes) do
        for _, count in ipairs(threads) do
            columns[#columns + 1] = { ("%s, %d"):format(size.name, count), "%.2f" }
            cells[#cells + 1] = { size.name, count }
        end
    end
    local t = tables.new(columns)
    for _, question in ipairs(questions(results, of)) do
        local values, found = {}, false
        for i, cell in ipairs(cells) do
            values[i] = question.ratio(cell[1], cell[2])
            found = found or values[i] ~= nil
        end
        if found then t:add(question.title, table.unpack(values, 1, #cells)) end
    end
    return t
end

local function checks(results)
    local t = tables.new { "output against the float network's", { "PSNR (dB)", "%.1f" } }
    for _, check in ipairs(results.checks) do t:add(check.engine .. " " .. check.precision, tonumber(check.psnr)) end
    return t
end

local columns_of_csv = {
    "engine", "precision", "setting", "size", "threads", "median", "minimum", "runs", "gops", "share", "bytes",
}

local function lines_of_csv(results)
    local lines = {}
    for i, row in ipairs(results.rows) do
        lines[i] = {
            engine = row.engine, precision = row.precision, setting = row.setting, size = row.size.name, threads = row.threads,
            median = timings.median(row.runs), minimum = timings.minimum(row.runs), runs = #row.runs,
            gops = results:gops(row), share = results:share(row), bytes = math.tointeger(row.bytes),
        }
    end
    return lines
end

local function versions(results)
    local list = { "srq " .. srq.version }
    for _, engine in ipairs(results.engines) do list[#list + 1] = ("%s %s"):format(engine.engine, engine.version) end
    return table.concat(list, ", ")
end

local function introduction(results, network)
    return ("%s ×%d, %d parameters, %.3f million multiply-adds for a pixel of the input. %s."):format(network.architecture,
        network.scale, network.parameters, results.macs(1, 1) / 1e6, versions(results))
end

-- Returns the two texts that lua/srq/experiment/records.lua keeps of a report: `full` is all but its title, `summary` has the
-- ratios and the medians.
function comparison.record(results, sizes, threads, network)
    local lines, ratios = { introduction(results, network) }, comparison.ratios(results, sizes, threads, timings.median)
    if #ratios.rows > 0 then
        lines[2], lines[3] = "Times faster, by medians, for each size and number of threads:", ratios:markdown()
    end
    for _, count in ipairs(threads) do
        lines[#lines + 1] = count == 1 and "One thread:" or ("%d threads:"):format(count)
        lines[#lines + 1] = results:overview(count):markdown()
    end
    table.move(results.remarks, 1, #results.remarks, #lines + 1, lines)
    return {
        full = comparison.report(results, sizes, threads, network):markdown():gsub("^#[^\n]*\n\n", ""),
        summary = table.concat(lines, "\n\n") .. "\n",
    }
end

-- Returns the report. Sizes and threads are what timings.sizes and timings.threads return.
function comparison.report(results, sizes, threads, network)
    local r = report.new "Benchmarks"
    r:text(introduction(results, network))
    if results.machine.processor then
        r:text(("%s (%s)."):format(results.machine.processor, results.machine.features or ""))
    end
    r:text("Every row is a process of its own. GOP/s count two operations for a multiply-add, at the median. srq takes and gives "
        .. "pictures of 8 bits, the others arrays of floats.")
    for _, remark in ipairs(results.remarks) do r:text(remark) end
    r:heading "Ratios"
    r:table(comparison.ratios(results, sizes, threads, timings.median), "By medians, for each size and number of threads")
    r:table(comparison.ratios(results, sizes, threads, timings.minimum), "By minima, which a busy machine spoils less")
    for _, count in ipairs(threads) do
        r:heading(count == 1 and "One thread" or ("%d threads"):format(count)):table(results:overview(count))
        for _, size in ipairs(sizes) do r:table(results:table(size.name, count), size.name) end
    end
    if #results.checks > 0 then r:heading("Are they the same network?"):table(checks(results)) end
    if #results.notes > 0 then r:heading("Left out"):list(results.notes) end
    return r:data(nil, columns_of_csv, lines_of_csv(results))
end

return comparison
