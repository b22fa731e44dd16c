-- This module keeps the results of every kind of machine side by side: a run replaces those of its own kind alone, and every other
-- byte stays as it is.
--
--   records.save("docs", machine.here(), "engines", { full = "all tables", summary = "the table of ratios" })
--
-- The file benchmarks/<kind>.md of the folder has everything that was measured on a kind of machine, in a marked section for each
-- program that measures. The page benchmarks.md has their summaries, in a section for each kind between its own markers;
-- what people write on the page stands outside of them.

local system = require("srq.core").system

local records = {}

local function marker(name, which)
    return ("<!-- %s: %s -->\n"):format(name, which)
end

-- Returns where the marked section's body begins and ends in a text, or nil where there is none. One marker without the other is an
-- error: nobody could say what to replace.
local function bounds(text, name)
    local first, body = text:find(marker(name, "begin"), 1, true)
    local last, after = text:find(marker(name, "end"), body and body + 1 or 1, true)
    if not first and not last then return nil end
    if not (first and last) then error(("the markers of '%s' are not a pair"):format(name), 0) end
    return first, body + 1, last - 1, after
end

-- Returns the body of a marked section, or nil.
function records.section(text, name)
    local _, first, last = bounds(text, name)
    return first and text:sub(first, last)
end

-- Returns the text with this body in the marked section of that name. A section that is not there yet is put before the first of
-- its `siblings` (names of sections, in any order) that comes after it in the alphabet, or at the end.
function records.replaced(text, name, body, siblings)
    local _, first, last = bounds(text, name)
    if first then return text:sub(1, first - 1) .. body .. text:sub(last + 1) end
    local section = marker(name, "begin") .. body .. marker(name, "end")
    local at
    for _, sibling in ipairs(siblings or {}) do
        local place = sibling > name and bounds(text, sibling)
        if place and (not at or place < at) then at = place end
    end
    if at then return text:sub(1, at - 1) .. section .. "\n" .. text:sub(at) end
    return text .. (text == "" and "" or "\n") .. section
end

local function names(text)
    local list = {}
    for name in text:gmatch "<!%-%- ([^\n]-): begin %-%->\n" do list[#list + 1] = name end
    return list
end

local function read(path)
    local file <close> = io.open(path)
    return file and file:read "a"
end

-- A run that is killed leaves the old file or the new one.
local function write(path, text)
    local file = assert(io.open(path .. ".new", "w"))
    assert(file:write(text))
    assert(file:close())
    assert(os.rename(path .. ".new", path))
end

local whole = "machines"
local new_page = "# Benchmarks\n\n" .. marker(whole, "begin") .. marker(whole, "end")

-- Returns the page with the summary of one part of one machine's results.
local function page_with(page, machine, part, summary)
    local body = records.section(page, whole)
    if not body then
        page = page .. "\n" .. marker(whole, "begin") .. marker(whole, "end")
        body = ""
    end
    local mine = records.section(body, machine.kind)
        or ("\n## %s (%s)\n\n[All tables](benchmarks/%s.md).\n"):format(machine.processor, machine.features, machine.kind)
    mine = records.replaced(mine, machine.kind .. " " .. part, summary, names(mine))
    return records.replaced(page, whole, records.replaced(body, machine.kind, mine, names(body)))
end

-- Puts a part of the results of this kind of machine into its file and onto the page. Texts are Markdown that ends with a newline.
function records.save(folder, machine, part, texts)
    assert(system.make_folder(folder .. "/benchmarks"))
    local path, page = ("%s/benchmarks/%s.md"):format(folder, machine.kind), folder .. "/benchmarks.md"
    local old = read(path) or ("# %s (%s)\n"):format(machine.processor, machine.features)
    local new_file = records.replaced(old, part, texts.full, names(old))
    local new = page_with(read(page) or new_page, machine, part, texts.summary)
    write(path, new_file)
    write(page, new)
    return path
end

return records
