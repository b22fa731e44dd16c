-- This module shows the progress of long calls: as a bar with the time left on a terminal, as plain lines at intervals in a pipe.
-- Both go to stderr.

local core = require "srq.core"

local progress = {
    -- In a pipe, this many seconds lie between two lines.
    interval = 20,
    -- The style is "bar", "lines", "none" or "auto", which looks at stderr.
    style = "auto",
}

local function time(seconds)
    seconds = math.floor(seconds + 0.5)
    if seconds < 3600 then return ("%d:%02d"):format(seconds // 60, seconds % 60) end
    return ("%d:%02d:%02d"):format(seconds // 3600, seconds // 60 % 60, seconds % 60)
end

local function fraction(p)
    return p.total > 0 and p.done / p.total or 0
end

-- The detail may be a file's name, and a terminal would obey the escape codes in it.
local function label(p)
    local text = p.stage
    if p.epoch > 0 then text = text .. " epoch " .. p.epoch end
    if p.detail ~= "" then text = text .. " " .. core.system.printable(p.detail) end
    return text
end

local function remaining(p)
    local text = ""
    if p.done >= p.total then
        text = "in " .. time(p.seconds)
    elseif p.done > 0 then
        text = time(p.seconds / p.done * (p.total - p.done)) .. " left"
    end
    if p.loss then text = text .. (", loss %.4g"):format(p.loss) end
    return text
end

-- Returns one line that fits into `columns`: "finetune epoch 2 range [######----]  60% 1:02 left, loss 0.12".
progress.bar = core.plain(function(p, columns)
    local head = label(p)
    local tail = ("%3d%% %s"):format(math.floor(fraction(p) * 100), remaining(p))
    local cells = math.min(40, columns - 1 - #head - #tail - 4)
    if cells < 5 then return (head .. " " .. tail):sub(1, columns - 1) end
    local full = math.floor(fraction(p) * cells)
    return ("%s [%s%s] %s"):format(head, ("#"):rep(full), ("-"):rep(cells - full), tail)
end)

progress.line = core.plain(function(p)
    return ("%s: %d of %d, %s"):format(label(p), p.done, p.total, remaining(p))
end)

local function report_bar(columns)
    local shown, last_time, open = "", -1, false
    local function report(p)
        local finished = p.done >= p.total
        if not finished and p.seconds - last_time < 0.1 then return end
        last_time = p.seconds
        local text = progress.bar(p, columns)
        io.stderr:write("\r", text, (" "):rep(#shown - #text), finished and "\n" or "")
        io.stderr:flush()
        shown, open = finished and "" or text, not finished
    end
    local function close()
        if open then io.stderr:write "\n" end -- What follows an error or a cancel begins on a line of its own.
        open = false
    end
    return report, close
end

local function report_lines()
    local last_time = 0
    return function(p)
        if p.done < p.total and p.seconds - last_time < progress.interval then return end
        last_time = p.seconds
        io.stderr:write(progress.line(p), "\n")
    end
end

-- Returns a function for the option `progress`, and one that must be called when the work is over, however it ended. Both are
-- nil in the style "none"; lines need no second one.
function progress.reporter()
    local columns = core.system.terminal()
    local style = progress.style
    if style == "auto" then style = columns and "bar" or "lines" end
    if style == "bar" then return report_bar(columns or 80) end
    if style == "lines" then return report_lines() end
    if style ~= "none" then error(("progress.style: unknown style '%s'"):format(style), 0) end
end

-- Returns what must be closed after the work, or nil, and the options as the core takes them: a script that gave no `progress`
-- gets a reporter, or with `quiet` only one that asked for it with `progress = true`.
function progress.watch(options, quiet)
    if options ~= nil and type(options) ~= "table" then return nil, options end
    local watched = setmetatable({}, options and getmetatable(options))
    for key, value in pairs(options or {}) do watched[key] = value end
    if watched.progress ~= nil and watched.progress ~= true or quiet and not watched.progress then return nil, watched end
    local close
    watched.progress, close = progress.reporter()
    return close and setmetatable({}, { __close = close }), watched
end

return progress
