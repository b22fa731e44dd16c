-- This module writes a report's parts as one HTML page that needs nothing else: no script, no style sheet, no picture from
-- outside.

local base64 = require "srq.report.base64"
local escape = require("srq.report.tables").escape

local style = [[
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 1200px;
  margin: 24px auto; padding: 0 24px }
h1 { font-size: 26px; margin: 0 0 12px } h2 { font-size: 20px; margin: 32px 0 8px }
table { border-collapse: collapse; font-size: 13px; margin: 12px 0; font-variant-numeric: tabular-nums }
th, td { padding: 4px 8px; border-bottom: 1px solid #ddd; text-align: left; vertical-align: bottom }
th { border-bottom: 2px solid #666; font-weight: 600 } .number { text-align: right }
tr:hover td { background: #f5f7fa }
figure { margin: 16px 0; overflow-x: auto } figcaption, caption { color: #444; font-size: 13px; margin-top: 4px; text-align: left }
img { image-rendering: pixelated }
pre { background: #f5f5f5; padding: 8px 12px; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px }
.row { display: flex; flex-wrap: wrap; gap: 12px } .row figure { margin: 4px 0 } .row figcaption { max-width: 260px }
svg { display: block; max-width: 100% }]]

local kinds = {}

function kinds.heading(part) return "<h2>" .. escape(part.text) .. "</h2>" end

function kinds.text(part) return "<p>" .. escape(part.text) .. "</p>" end

function kinds.command(part) return "<pre>" .. escape(part.text) .. "</pre>" end

function kinds.list(part)
    local items = {}
    for i, item in ipairs(part.items) do items[i] = "<li>" .. escape(item) .. "</li>" end
    return "<ul>\n" .. table.concat(items, "\n") .. "\n</ul>"
end

local function figure(content, caption)
    local below = caption and ("<figcaption>%s</figcaption>\n"):format(escape(caption)) or ""
    return ("<figure>\n%s\n%s</figure>"):format(content, below)
end

-- Whether a caption has a word that the title of a plot, its first text, has not.
local function says_more(caption, svg)
    local title = svg:match "<text[^>]*>(.-)</text>" or ""
    for word in escape(caption):gmatch "[^%s,:]+" do
        if not title:lower():find(word:lower(), 1, true) then return true end
    end
    return false
end

function kinds.table(part) return figure(part.content:html(), part.caption) end

function kinds.plot(part)
    return figure(part.svg, part.caption and says_more(part.caption, part.svg) and part.caption or nil)
end

function kinds.picture(part)
    return figure(('<img alt="%s" width="%d" height="%d" src="data:image/png;base64,%s">'):format(
        escape(part.caption), part.image.width * part.scale, part.image.height * part.scale, base64.encode(part.bytes)),
        part.caption)
end

-- A small picture is written by the row that it belongs to.
function kinds.small() end

function kinds.row(part, parts)
    local pictures = {}
    for i = part.first, part.last do pictures[#pictures + 1] = kinds.picture(parts[i]) end
    return '<div class="row">\n' .. table.concat(pictures, "\n") .. "\n</div>"
end

-- Returns the text of a page with this title. A part's `kind` says which of the functions above writes it; pictures bring the
-- `bytes` of their PNG file.
return function(title, parts)
    local blocks = {
        "<!DOCTYPE html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
        "<title>" .. escape(title) .. "</title>", "<style>", style, "</style>", "</head>", "<body>",
        "<h1>" .. escape(title) .. "</h1>",
    }
    for _, part in ipairs(parts) do blocks[#blocks + 1] = kinds[part.kind](part, parts) end
    blocks[#blocks + 1] = "</body>\n</html>\n"
    return table.concat(blocks, "\n")
end
