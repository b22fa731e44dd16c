-- This plot has a group of bars for each label, and in it a bar for each series.

local axis = require "srq.report.plot.axis"
local canvas = require "srq.report.plot.canvas"
local frame = require "srq.report.plot.frame"

-- Returns where the axis of values begins and ends. It begins at `base`, or below the smallest value, because PSNRs differ little.
local function range(options)
    local low, high = axis.extent(options.series)
    low = options.base or (low < 0 and low - (high - low) * 0.1 or math.max(low - (high - low) * 0.5, 0))
    return low, high + (high - low) * 0.08 -- The number above the highest bar needs room.
end

local function count_finite(series, place)
    local count = 0
    for _, one in ipairs(series) do count = count + (axis.finite(one.values[place]) and 1 or 0) end
    return count
end

-- Returns the plot. Bars have their values on top where there is room; where some values are negative, all bars grow from 0. The
-- next bar of a group takes the place of one that is missing. Further options are x, y, title, height, base and format.
return function(options)
    local low, high = range(options)
    local self, area, step = frame.open(options, low, high)
    local width = math.min(step * 0.8 / #options.series, 90)
    local format = options.format or "%.2f"
    local ground = low < 0 and area.y(0) or area.bottom
    if low < 0 then self:line(area.left, ground, area.right, ground, "#555555") end
    for i = 1, #options.labels do
        local x = area.left + (i - 0.5) * step - count_finite(options.series, i) / 2 * width
        for s, one in ipairs(options.series) do
            local value = one.values[i]
            if axis.finite(value) then
                local y = area.y(value)
                self:bar(x, math.min(y, ground), width * 0.94, math.abs(ground - y), canvas.colour_of(one, s),
                    ("%s %s: " .. format):format(options.labels[i], one.name or "", value))
                if width >= 34 then
                    self:text(x + width * 0.47, y > ground and y + 14 or y - 4, format:format(value),
                        { anchor = "middle", size = width < 44 and 10 or 12 })
                end
                x = x + width
            end
        end
    end
    return frame.close(self, options, area)
end
