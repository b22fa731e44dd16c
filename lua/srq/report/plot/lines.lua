-- This plot has a line over the labels for each series, and dashed lines across for the `levels` of {value, name}.

local axis = require "srq.report.plot.axis"
local canvas = require "srq.report.plot.canvas"
local frame = require "srq.report.plot.frame"

local function draw_level(self, area, level)
    local y = area.y(level.value)
    self:line(area.left, y, area.right, y, "#555555", { dash = true })
    self:text(area.right, y - 5, level.name, { anchor = "end", size = 12, colour = "#555555" })
end

-- Draws a dot for each value; a missing one breaks the line.
local function draw_series(self, area, step, labels, one, colour)
    local points = {}
    local function flush()
        if #points > 1 then
            self:add('<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>', table.concat(points, " "), colour)
        end
        points = {}
    end
    for i, label in ipairs(labels) do
        local value = one.values[i]
        if axis.finite(value) then
            local x, y = area.left + (i - 0.5) * step, area.y(value)
            points[#points + 1] = ("%.1f,%.1f"):format(x, y)
            self:dot(x, y, colour, ("%s: %.4g"):format(label, value))
        else
            flush()
        end
    end
    flush()
end

-- Returns the plot. Further options are x, y, title and height.
return function(options)
    local low, high = axis.extent(options.series)
    local levels = options.levels or {}
    for _, level in ipairs(levels) do low, high = math.min(low, level.value), math.max(high, level.value) end
    local self, area, step = frame.open(options, low, high)
    for _, level in ipairs(levels) do draw_level(self, area, level) end
    for s, one in ipairs(options.series) do
        draw_series(self, area, step, options.labels, one, canvas.colour_of(one, s))
    end
    return frame.close(self, options, area)
end
