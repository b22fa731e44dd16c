-- A report: headings, text, tables, plots and pictures, written as Markdown, as one HTML page that needs nothing else (no
-- script, no style sheet, no picture from outside), and its data as CSV.
--
--   local r = report.new "Table 1"
--   r:text "What was measured."
--   r:table(t)                                 -- of srq.report.tables
--   r:plot(svg, "PSNR by method")              -- of srq.report.plot
--   r:picture(image, "by every method")        -- an srq image
--   r:data("rows", { "method", "psnr" }, rows)
--   r:save("build/experiments/table1", "table1")

local base64 = require "srq.report.base64"
local csv = require "srq.report.csv"
local tables = require "srq.report.tables"

local report = {}

local Report = {}
Report.__index = Report

function report.new(title)
    return setmetatable({ title = title, parts = {}, files = {} }, Report)
end

local function add(self, kind, part)
    part.kind = kind
    self.parts[#self.parts + 1] = part
    return self
end

function Report:heading(text)
    return add(self, "heading", { text = text })
end

function Report:text(text)
    return add(self, "text", { text = text })
end

-- A command line.
function Report:command(text)
    return add(self, "command", { text = text })
end

function Report:list(items)
    return #items > 0 and add(self, "list", { items = items }) or self
end

function Report:table(content, caption)
    return add(self, "table", { content = content, caption = caption })
end

function Report:plot(svg, caption)
    return add(self, "plot", { svg = svg, caption = caption })
end

-- The image is written at the end; it is shown at `scale` times its size (whole numbers keep pixels sharp).
function Report:picture(image, caption, scale)
    return add(self, "picture", { image = image, caption = caption, scale = scale or 1 })
end

-- Small pictures in a row: a list of {image, caption}.
function Report:pictures(list, scale)
    for _, one in ipairs(list) do add(self, "small", { image = one[1], caption = one[2], scale = scale or 1 }) end
    return add(self, "row", { first = #self.parts - #list + 1, last = #self.parts })
end

-- Lines for NAME.csv; `name` nil means the report's own name.
function Report:data(name, columns, lines)
    self.files[#self.files + 1] = { name = name, text = csv.encode(columns, lines) }
    return self
end

-- ---- Markdown --------------------------------------------------------------------------------------------------------

local markdown = {}

function markdown.heading(part) return "## " .. part.text end

function markdown.text(part) return part.text end

function markdown.command(part) return "```\n" .. part.text .. "\n```" end

function markdown.list(part) return "* " .. table.concat(part.items, "\n* ") end

function markdown.table(part)
    return (part.caption and part.caption .. "\n\n" or "") .. part.content:markdown()
end

function markdown.plot(part) return ("![%s](%s)"):format(part.caption, part.file) end

markdown.picture = markdown.plot

function markdown.small() end

-- A table with one column a picture.
function markdown.row(part, parts)
    local pictures, rule, captions = {}, {}, {}
    for i = part.first, part.last do
        pictures[#pictures + 1] = markdown.plot(parts[i])
        rule[#rule + 1], captions[#captions + 1] = "---", parts[i].caption
    end
    local lines = { pictures, rule, captions }
    for i, cells in ipairs(lines) do lines[i] = "| " .. table.concat(cells, " | ") .. " |" end
    return table.concat(lines, "\n")
end

function Report:markdown()
    local blocks = { "# " .. self.title }
    for _, part in ipairs(self.parts) do blocks[#blocks + 1] = markdown[part.kind](part, self.parts) end
    return table.concat(blocks, "\n\n") .. "\n"
end

-- ---- HTML ------------------------------------------------------------------------------------------------------------

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

local html = {}

function html.heading(part) return "<h2>" .. tables.escape(part.text) .. "</h2>" end

function html.text(part) return "<p>" .. tables.escape(part.text) .. "</p>" end

function html.command(part) return "<pre>" .. tables.escape(part.text) .. "</pre>" end

function html.list(part)
    local items = {}
    for i, item in ipairs(part.items) do items[i] = "<li>" .. tables.escape(item) .. "</li>" end
    return "<ul>\n" .. table.concat(items, "\n") .. "\n</ul>"
end

local function figure(content, caption)
    return ("<figure>\n%s\n<figcaption>%s</figcaption>\n</figure>"):format(content, tables.escape(caption or ""))
end

function html.table(part) return figure(part.content:html(), part.caption) end

function html.plot(part) return figure(part.svg, part.caption) end

function html.picture(part)
    return figure(('<img alt="%s" width="%d" height="%d" src="data:image/png;base64,%s">'):format(
        tables.escape(part.caption), part.image.width * part.scale, part.image.height * part.scale, base64.encode(part.bytes)),
        part.caption)
end

function html.small() end

function html.row(part, parts)
    local pictures = {}
    for i = part.first, part.last do pictures[#pictures + 1] = html.picture(parts[i]) end
    return '<div class="row">\n' .. table.concat(pictures, "\n") .. "\n</div>"
end

function Report:html()
    local blocks = {
        "<!DOCTYPE html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
        "<title>" .. tables.escape(self.title) .. "</title>", "<style>", style, "</style>", "</head>", "<body>",
        "<h1>" .. tables.escape(self.title) .. "</h1>",
    }
    for _, part in ipairs(self.parts) do blocks[#blocks + 1] = html[part.kind](part, self.parts) end
    blocks[#blocks + 1] = "</body>\n</html>\n"
    return table.concat(blocks, "\n")
end

-- ---- Files -----------------------------------------------------------------------------------------------------------

local function write(path, text)
    local file, message = io.open(path, "wb")
    if not file then error(message, 0) end
    local written = file:write(text)
    if not (file:close() and written) then error(path .. ": cannot be written", 0) end
end

local function read(path)
    local file <close> = assert(io.open(path, "rb"))
    return file:read "a"
end

-- Writes NAME.md, NAME.html and the CSV files into a folder that is there, with the plots and pictures that Markdown shows.
function Report:save(folder, name)
    local count = 0
    for _, part in ipairs(self.parts) do
        if part.svg or part.image then
            count = count + 1
            part.file = ("%s-%d.%s"):format(name, count, part.svg and "svg" or "png")
            local path = folder .. "/" .. part.file
            if part.svg then
                write(path, '<?xml version="1.0" encoding="UTF-8"?>\n' .. part.svg .. "\n")
            else
                part.image:write(path)
                part.bytes = read(path)
            end
        end
    end
    for _, file in ipairs(self.files) do write(("%s/%s.csv"):format(folder, file.name or name), file.text) end
    write(("%s/%s.md"):format(folder, name), self:markdown())
    write(("%s/%s.html"):format(folder, name), self:html())
    return ("%s/%s.html"):format(folder, name)
end

return report
