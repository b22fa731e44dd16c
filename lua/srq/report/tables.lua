-- This module writes tables of results: as aligned text, as Markdown and as HTML.
--
--   local t = tables.new { "method", { "PSNR", "%.2f" }, { "SSIM", "%.4f" } }
--   t:add("float", 32.19, 0.8947)
--   print(t)              print(t:markdown())              print(t:html())

local core = require "srq.core"

local tables = {}

local Table = {}
Table.__index = Table

-- Returns an empty table. A column is given as its title, or as {title, format of its numbers}, where the format is one of
-- string.format or a function that returns a number's text.
function tables.new(columns)
    local self = setmetatable({ titles = {}, formats = {}, rows = {} }, Table)
    for i, column in ipairs(columns) do
        if type(column) == "table" then
            self.titles[i], self.formats[i] = column[1], column[2] or "%s"
        else
            self.titles[i], self.formats[i] = column, "%s"
        end
    end
    return self
end

-- Adds a row of one value for each column; nil leaves a cell empty. Returns the table.
function Table:add(...)
    local count = select("#", ...)
    if count > #self.titles then
        error(("%d values for %d columns"):format(count, #self.titles), 2)
    end
    return self:add_row(...)
end

-- Does the work of `add`.
Table.add_row = core.plain(function(self, ...)
    local row = { numeric = {} }
    for i = 1, #self.titles do
        local value = (select(i, ...))
        if type(value) == "number" then
            local format = self.formats[i]
            row[i], row.numeric[i] = type(format) == "string" and format:format(value) or format(value), true
        else
            row[i] = value == nil and "" or tostring(value)
        end
    end
    self.rows[#self.rows + 1] = row
    return self
end)

-- The format of a column of seconds: three digits and more, since "%.0f" makes 0 of what took half a second.
function tables.seconds(value)
    local digits = 0
    while digits < 3 and value * 10 ^ digits < 99.5 do digits = digits + 1 end
    return ("%%.%df"):format(digits):format(value)
end

local function length(text)
    return utf8.len(text) or #text
end

-- Returns each column's width, and whether it is aligned to the right, which columns of numbers are.
local function layout(self)
    local widths, right = {}, {}
    for i, title in ipairs(self.titles) do
        widths[i], right[i] = length(title), #self.rows > 0
        for _, row in ipairs(self.rows) do
            widths[i] = math.max(widths[i], length(row[i]))
            right[i] = right[i] and (row.numeric[i] or row[i] == "")
        end
    end
    return widths, right
end

local function pad(text, width, right)
    local space = (" "):rep(width - length(text))
    return right and space .. text or text .. space
end

local function cells(row, widths, right)
    local padded = {}
    for i = 1, #widths do padded[i] = pad(row[i], widths[i], right[i]) end
    return padded
end

function Table:text()
    local widths, right = layout(self)
    local rule = {}
    for i, width in ipairs(widths) do rule[i] = ("-"):rep(width) end
    local lines = { table.concat(cells(self.titles, widths, right), "  "), table.concat(rule, "  ") }
    for _, row in ipairs(self.rows) do lines[#lines + 1] = table.concat(cells(row, widths, right), "  ") end
    for i, line in ipairs(lines) do lines[i] = line:gsub("%s+$", "") end
    return table.concat(lines, "\n")
end

function Table:markdown()
    local widths, right = layout(self)
    local rule = {}
    for i, width in ipairs(widths) do
        widths[i] = math.max(width, 3)
        rule[i] = right[i] and ("-"):rep(widths[i] - 1) .. ":" or ("-"):rep(widths[i])
    end
    local lines = { cells(self.titles, widths, right), rule }
    for _, row in ipairs(self.rows) do lines[#lines + 1] = cells(row, widths, right) end
    for i, line in ipairs(lines) do lines[i] = "| " .. table.concat(line, " | ") .. " |" end
    return table.concat(lines, "\n")
end

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

-- Returns text as it must stand in HTML and SVG.
function tables.escape(text)
    return (text:gsub('[&<>"]', entities))
end

-- Returns a <table>; columns of numbers have the class "number".
function Table:html()
    local _, right = layout(self)
    local lines = { "<table>" }
    local function add(row, tag)
        local parts = {}
        for i = 1, #self.titles do
            parts[i] = ("<%s%s>%s</%s>"):format(tag, right[i] and ' class="number"' or "", tables.escape(row[i]), tag)
        end
        lines[#lines + 1] = "<tr>" .. table.concat(parts) .. "</tr>"
    end
    add(self.titles, "th")
    for _, row in ipairs(self.rows) do add(row, "td") end
    lines[#lines + 1] = "</table>"
    return table.concat(lines, "\n")
end

Table.__tostring = Table.text

return tables
