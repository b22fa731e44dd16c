-- This module writes tables for other programs, as CSV after RFC 4180: a line of titles comes first, fractions have six digits
-- after the point without the zeros at their end, and a line ends with "\n".

local core = require "srq.core"

local csv = {}

local function cell(value)
    if value == nil then return "" end
    if math.type(value) == "float" then return (("%.6f"):format(value):gsub("0+$", ""):gsub("%.$", "")) end
    local text = tostring(value)
    if text:find '[",\r\n]' or text:find "^%s" or text:find "%s$" then return '"' .. text:gsub('"', '""') .. '"' end
    return text
end

-- Returns the text of a table. The rows are tables by column name; a column that a row lacks stays empty.
csv.encode = core.plain(function(columns, rows)
    local lines = {}
    local function add(value_of)
        local cells = {}
        for i, column in ipairs(columns) do cells[i] = cell(value_of(column)) end
        lines[#lines + 1] = table.concat(cells, ",")
    end
    add(function(column) return column end)
    for _, row in ipairs(rows) do
        add(function(column) return row[column] end)
    end
    return table.concat(lines, "\n") .. "\n"
end)

return csv
