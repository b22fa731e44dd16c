-- This module writes a report's parts as Markdown, which shows plots and pictures from the files that lie beside it.

local kinds = {}

function kinds.heading(part) return "## " .. part.text end

function kinds.text(part) return part.text end

function kinds.command(part) return "```\n" .. part.text .. "\n```" end

function kinds.list(part) return "* " .. table.concat(part.items, "\n* ") end

function kinds.table(part)
    return (part.caption and part.caption .. "\n\n" or "") .. part.content:markdown()
end

function kinds.plot(part) return ("![%s](%s)"):format(part.caption or "plot", part.file) end

kinds.picture = kinds.plot

-- A small picture is written by the row that it belongs to.
function kinds.small() end

-- A row of pictures is a table with one column for each.
function kinds.row(part, parts)
    local pictures, rule, captions = {}, {}, {}
    for i = part.first, part.last do
        pictures[#pictures + 1] = kinds.plot(parts[i])
        rule[#rule + 1], captions[#captions + 1] = "---", parts[i].caption
    end
    local lines = { pictures, rule, captions }
    for i, cells in ipairs(lines) do lines[i] = "| " .. table.concat(cells, " | ") .. " |" end
    return table.concat(lines, "\n")
end

-- Returns the text of a report with this title. A part's `kind` says which of the functions above writes it.
return function(title, parts)
    local blocks = { "# " .. title }
    for _, part in ipairs(parts) do blocks[#blocks + 1] = kinds[part.kind](part, parts) end
    return table.concat(blocks, "\n\n") .. "\n"
end
