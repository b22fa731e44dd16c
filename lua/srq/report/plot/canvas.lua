-- A canvas is the sheet that a plot is drawn on: it collects text, lines and bars as SVG elements, the earlier below the later.

local escape = require("srq.report.tables").escape

local canvas = {}

-- A window of 1280 pixels has this much left beside the margins of a page.
canvas.width = 1160
canvas.colours = { "#1f6fb4", "#e07b28", "#3a9148", "#b3358c", "#7a5cc4", "#8c6d31", "#c23b3b", "#4c8c8c", "#666666", "#a0a020" }

local font = 'font-family="system-ui, Helvetica, Arial, sans-serif"'

local Canvas = {}
Canvas.__index = Canvas

-- Returns a white canvas, with a title in its corner where one is given.
function canvas.new(height, title)
    height = math.ceil(height)
    local self = setmetatable({ height = height, parts = {} }, Canvas)
    self.parts[1] = ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" %s>'):format(
        canvas.width, height, canvas.width, height, font)
    self.parts[2] = ('<rect width="%d" height="%d" fill="#ffffff"/>'):format(canvas.width, height)
    if title then self:text(16, 24, title, { size = 16, weight = 600 }) end
    return self
end

-- Returns the colour of a series: its own, or the one of its place in the list.
function canvas.colour_of(series, place)
    return series.colour or canvas.colours[(place - 1) % #canvas.colours + 1]
end

-- Returns how many characters a text shows. Text that is not UTF-8 counts its bytes.
function canvas.characters(text)
    return utf8.len(text) or #text
end

-- Adds an element; the rest are the arguments of its format.
function Canvas:add(format, ...)
    self.parts[#self.parts + 1] = format:format(...)
end

-- Draws a text. The options are anchor ("start", "middle" or "end"), size, weight, colour and turn, in degrees around the text's
-- position.
function Canvas:text(x, y, text, options)
    options = options or {}
    local turn = options.turn and (' transform="rotate(%d %.1f %.1f)"'):format(options.turn, x, y) or ""
    self:add('<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d" font-weight="%d" fill="%s"%s>%s</text>', x, y,
        options.anchor or "start", options.size or 13, options.weight or 400, options.colour or "#222222", turn, escape(text))
end

-- Draws a line. The options are width, and dash, which makes a dashed line.
function Canvas:line(x1, y1, x2, y2, colour, options)
    options = options or {}
    self:add('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%.1f"%s/>', x1, y1, x2, y2, colour,
        options.width or 1, options.dash and ' stroke-dasharray="5 4"' or "")
end

-- Draws a filled rectangle. A browser shows `hint` while the pointer rests on it.
function Canvas:bar(x, y, width, height, colour, hint)
    self:add('<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" fill="%s"><title>%s</title></rect>', x, y, width,
        math.max(height, 0), colour, escape(hint or ""))
end

-- Draws a dot at one point of a line, with a hint like a bar's.
function Canvas:dot(x, y, colour, hint)
    self:add('<circle cx="%.1f" cy="%.1f" r="3" fill="%s"><title>%s</title></circle>', x, y, colour, escape(hint))
end

-- Returns the whole picture as text. Nothing can be drawn afterwards.
function Canvas:finish()
    self.parts[#self.parts + 1] = "</svg>"
    return table.concat(self.parts, "\n")
end

return canvas
