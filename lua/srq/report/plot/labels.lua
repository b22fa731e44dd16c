-- This module draws the names below a plot, one for each place. They lie flat where they fit side by side, else they are turned
-- upwards, and where even that is too narrow only every n-th is drawn.

local canvas = require "srq.report.plot.canvas"

local labels = {}

-- A turned name with more characters loses its middle.
local longest_shown = 26

-- Returns how high the names are, and whether they are turned, where each has `step` units to itself.
function labels.room(names, step)
    local longest = 0
    for _, name in ipairs(names) do longest = math.max(longest, canvas.characters(name)) end
    if longest * 7.5 + 8 <= step then return 28, false end
    return math.min(longest, longest_shown) * 6.4 + 20, true
end

local function shorten(text)
    if canvas.characters(text) <= longest_shown then return text end
    return text:sub(1, utf8.offset(text, 13) - 1) .. "…" .. text:sub(utf8.offset(text, -12))
end

-- Draws the names below an area {left, right, bottom}.
function labels.draw(self, names, area, turned)
    local step = (area.right - area.left) / math.max(#names, 1)
    local every = turned and math.max(1, math.ceil(15 / step)) or 1 -- A turned line of text is 15 units wide.
    for i, name in ipairs(names) do
        local x = area.left + (i - 0.5) * step
        if turned and (i - 1) % every == 0 then
            self:text(x + 4, area.bottom + 12, shorten(name), { anchor = "end", turn = -90, size = 12 })
        elseif not turned then
            self:text(x, area.bottom + 20, name, { anchor = "middle" })
        end
    end
end

return labels
