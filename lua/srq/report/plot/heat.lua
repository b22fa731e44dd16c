-- This plot has rows of coloured cells over the labels, each row with a scale of its own from pale (smallest) to dark. Rows that
-- are `inverted` are dark where the value is small.

local axis = require "srq.report.plot.axis"
local canvas = require "srq.report.plot.canvas"
local frame = require "srq.report.plot.frame"
local labels = require "srq.report.plot.labels"

-- A cell is so high, with so much free below it, and the ends of a row's scale have so much room to the right of it.
local cell, gap, scale_room = 30, 6, 190

local function colour_at(share)
    return ("#%02x%02x%02x"):format(math.floor(240 - 215 * share), math.floor(246 - 175 * share), math.floor(252 - 125 * share))
end

local function draw_row(self, row, y, area, step, names)
    local low, high = axis.extent { row }
    local format = row.format or "%.3g"
    self:text(area.left - 10, y + cell / 2 + 4.5, row.name, { anchor = "end" })
    for i, name in ipairs(names) do
        local value = row.values[i]
        if axis.finite(value) then
            local share = high > low and (value - low) / (high - low) or 0
            self:bar(area.left + (i - 1) * step, y, math.max(step - 1, 0.5), cell, colour_at(row.inverted and 1 - share or share),
                ("%s, %s: " .. format):format(name, row.name, value))
        end
    end
    self:text(area.right + 10, y + cell / 2 + 4.5, (format .. " … " .. format):format(low, high),
        { size = 12, colour = "#444444" })
end

-- Returns the plot. Further options are x and title.
return function(options)
    local names, rows = options.labels, options.rows
    local area = { left = 150, right = canvas.width - scale_room, bottom = 46 + #rows * (cell + gap) }
    for _, row in ipairs(rows) do area.left = math.max(area.left, 30 + canvas.characters(row.name) * 7.4) end
    local step = (area.right - area.left) / math.max(#names, 1)
    local room, turned = labels.room(names, step)
    local self = canvas.new(52 + #rows * (cell + gap) + room + (options.x and 22 or 0), options.title)
    for r, row in ipairs(rows) do draw_row(self, row, 40 + (r - 1) * (cell + gap), area, step, names) end
    labels.draw(self, names, area, turned)
    frame.titles(self, area, options.x)
    return self:finish()
end
