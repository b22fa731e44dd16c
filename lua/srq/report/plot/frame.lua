-- A frame is what bars and lines are drawn into: it has the title, the legend, the axis of values with its ticks, the titles of
-- both axes and the labels below.

local axis = require "srq.report.plot.axis"
local canvas = require "srq.report.plot.canvas"
local labels = require "srq.report.plot.labels"
local legend = require "srq.report.plot.legend"

local frame = {}

-- Draws the titles of the axes beside and below an area.
function frame.titles(self, area, x, y)
    if y then self:text(18, (area.top + area.bottom) / 2, y, { anchor = "middle", turn = -90 }) end
    if x then self:text((area.left + area.right) / 2, self.height - 10, x, { anchor = "middle" }) end
end

-- Draws the ticks of values from `low` to `high`, widened to round numbers. Returns the area that is left for the values:
-- {left, right, top, bottom, y}, where `y` maps a value to its height.
local function draw_values(self, options, low, high, bottom_room, with_legend)
    local ticks, format = axis.ticks(low, high, 6)
    local widest = 0
    for _, tick in ipairs(ticks) do widest = math.max(widest, #format:format(tick)) end
    local area = {
        left = 44 + widest * 8, right = canvas.width - 24, top = with_legend and 66 or 44, bottom = self.height - bottom_room,
    }
    low, high = math.min(low, ticks[1]), math.max(high, ticks[#ticks])
    function area.y(value)
        return area.bottom - (value - low) / (high - low) * (area.bottom - area.top)
    end
    for _, tick in ipairs(ticks) do
        local y = area.y(tick)
        self:line(area.left, y, area.right, y, tick == ticks[1] and "#555555" or "#e2e2e2")
        self:text(area.left - 8, y + 4.5, format:format(tick), { anchor = "end", size = 12, colour = "#444444" })
    end
    frame.titles(self, area, options.x, options.y)
    return area
end

-- Begins a plot of `options.series` over `options.labels`. Returns the canvas, the area for the values and the width of one
-- label's place in it.
function frame.open(options, low, high)
    local places = math.max(#options.labels, 1)
    -- The area is as wide as the numbers beside it leave room, and about 110 units are what they and the margins take.
    local label_room, turned = labels.room(options.labels, (canvas.width - 110) / places)
    local room = label_room + (options.x and 22 or 0)
    local self = canvas.new((options.height or 340) + room, options.title)
    local with_legend = legend.wanted(options.series)
    if with_legend then legend.draw(self, options.series) end
    local area = draw_values(self, options, low, high, room, with_legend)
    area.turned = turned
    return self, area, (area.right - area.left) / places
end

-- Draws the labels and ends the plot. Returns its text.
function frame.close(self, options, area)
    labels.draw(self, options.labels, area, area.turned)
    return self:finish()
end

return frame
