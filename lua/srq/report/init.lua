-- A report collects headings, text, tables, plots and pictures, and is written as Markdown, as one HTML page that needs nothing
-- else, and with its data as CSV.
--
--   local r = report.new "Table 1"
--   r:text "What was measured."
--   r:table(t)                                 -- t is a table of srq.report.tables
--   r:plot(svg, "PSNR by method")              -- svg is what srq.report.plot returns
--   r:picture(image, "by every method")        -- image is one of srq.image
--   r:data("rows", { "method", "psnr" }, rows)
--   r:save("build/experiments/table1", "table1")

local csv = require "srq.report.csv"
local html = require "srq.report.html"
local markdown = require "srq.report.markdown"

local report = {}

local Report = {}
Report.__index = Report

-- Returns an empty report. Its methods add a part at the end and return the report.
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

-- Adds a command line, which is shown as it would be typed.
function Report:command(text)
    return add(self, "command", { text = text })
end

-- Adds a list of texts; an empty one adds nothing.
function Report:list(items)
    return #items > 0 and add(self, "list", { items = items }) or self
end

function Report:table(content, caption)
    return add(self, "table", { content = content, caption = caption })
end

function Report:plot(svg, caption)
    return add(self, "plot", { svg = svg, caption = caption })
end

-- Adds a picture, which is written when the report is saved. The page shows it at `scale` times its size; whole numbers keep pixels
-- sharp.
function Report:picture(image, caption, scale)
    return add(self, "picture", { image = image, caption = caption, scale = scale or 1 })
end

-- Adds small pictures in a row. The list holds {image, caption}.
function Report:pictures(list, scale)
    for _, one in ipairs(list) do add(self, "small", { image = one[1], caption = one[2], scale = scale or 1 }) end
    return add(self, "row", { first = #self.parts - #list + 1, last = #self.parts })
end

-- Adds lines of the file NAME.csv; without a name the file has the report's own.
function Report:data(name, columns, lines)
    self.files[#self.files + 1] = { name = name, text = csv.encode(columns, lines) }
    return self
end

function Report:markdown()
    return markdown(self.title, self.parts)
end

function Report:html()
    return html(self.title, self.parts)
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
-- Returns the path of the page.
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
