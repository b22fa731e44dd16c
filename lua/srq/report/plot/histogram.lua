-- This plot shows a histogram (srq.Histogram) on a logarithmic scale. Its `marks` of {at, name} become vertical lines, its
-- `regions` of {from, to, name} shaded ranges.

local axis = require "srq.report.plot.axis"
local canvas = require "srq.report.plot.canvas"
local frame = require "srq.report.plot.frame"

-- Returns the histogram's counts added up into `bins` equal bins from `low` to `high`, and the largest of them, at least 1.
local function count_in_bins(h, bins, low, high)
    local counts, most = {}, 1
    for i = 1, bins do counts[i] = 0 end
    local width = (h.upper - h.lower) / #h.counts
    for i, count in ipairs(h.counts) do
        local at = (h.lower + (i - 0.5) * width - low) / (high - low) * bins
        local bin = math.floor(at) + 1
        if bin >= 1 and bin <= bins then counts[bin] = counts[bin] + count end
    end
    for i = 1, bins do most = math.max(most, counts[i]) end
    return counts, most
end

local function draw_regions(self, area, regions)
    for i, region in ipairs(regions) do
        local from, to = math.max(area.x(region.from), area.left), math.min(area.x(region.to), area.right)
        if to > from then
            self:bar(from, area.top, to - from, area.bottom - area.top, i == 1 and "#eef3fa" or "#fbf1e6", region.name)
            if to - from >= canvas.characters(region.name) * 7 then
                self:text((from + to) / 2, area.top + 16, region.name, { anchor = "middle", size = 12, colour = "#555555" })
            end
        end
    end
end

local function draw_decades(self, area, decades)
    for decade = 0, decades do
        local y = area.y(10 ^ decade)
        self:line(area.left, y, area.right, y, decade == 0 and "#555555" or "#e2e2e2")
        self:text(area.left - 8, y + 4.5, decade < 4 and ("%d"):format(10 ^ decade) or ("1e%d"):format(decade),
            { anchor = "end", size = 12, colour = "#444444" })
    end
end

local function draw_counts(self, area, counts)
    local step = (area.right - area.left) / #counts
    for i, count in ipairs(counts) do
        if count > 0 then
            local y = count == 1 and area.bottom - 2 or area.y(count) -- The logarithm of 1 would give no bar.
            self:bar(area.left + (i - 1) * step, y, step * 0.92, area.bottom - y, canvas.colours[1], ("%d"):format(count))
        end
    end
end

local function draw_ticks(self, area, low, high)
    local ticks, format = axis.ticks(low, high, 9)
    for _, tick in ipairs(ticks) do
        if tick >= low - 1e-9 and tick <= high + 1e-9 then
            self:line(area.x(tick), area.bottom, area.x(tick), area.bottom + 5, "#555555")
            self:text(area.x(tick), area.bottom + 20, format:format(tick), { anchor = "middle", size = 12 })
        end
    end
end

-- Draws the marks. Names that are close to each other go to different lines above the area; `taken` holds where each line's last
-- name ends.
local function draw_marks(self, area, given)
    local taken = { -math.huge, -math.huge, -math.huge }
    local marks = table.move(given, 1, #given, 1, {})
    table.sort(marks, function(a, b) return a.at < b.at end)
    for _, mark in ipairs(marks) do
        local x = area.x(mark.at)
        if x >= area.left - 1 and x <= area.right + 1 then
            local half = canvas.characters(mark.name) * 3.6
            local middle = math.min(math.max(x, area.left + half), area.right - half)
            local line = 1
            while line < #taken and taken[line] > middle - half do line = line + 1 end
            taken[line] = middle + half + 8
            self:line(x, area.top - 2, x, area.bottom, canvas.colours[7], { width = 1.5, dash = mark.dash })
            self:text(middle, area.top - 6 - (line - 1) * 13, mark.name,
                { anchor = "middle", size = 12, colour = canvas.colours[7] })
        end
    end
end

-- Returns the plot. Further options are bins (128), from and to (the histogram's ends), x, y ("activations"), title and height.
return function(options)
    local h = options.histogram
    local low, high = options.from or h.lower, options.to or h.upper
    if not (high > low) then low, high = low - 0.5, high + 0.5 end
    local counts, most = count_in_bins(h, options.bins or 128, low, high)
    local self = canvas.new(options.height or 380, options.title)
    local area = { left = 84, right = canvas.width - 24, top = 66, bottom = self.height - 56 }
    local decades = math.max(1, math.ceil(math.log(most, 10)))
    -- Half a decade above the highest count is room for the regions' names.
    function area.y(count)
        return area.bottom - math.log(math.max(count, 1), 10) / (decades + 0.5) * (area.bottom - area.top)
    end
    function area.x(value)
        return area.left + (value - low) / (high - low) * (area.right - area.left)
    end
    draw_regions(self, area, options.regions or {})
    draw_decades(self, area, decades)
    draw_counts(self, area, counts)
    draw_ticks(self, area, low, high)
    draw_marks(self, area, options.marks or {})
    frame.titles(self, area, options.x, options.y or "activations")
    return self:finish()
end
