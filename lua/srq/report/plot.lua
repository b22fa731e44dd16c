-- Plots as SVG, 1160 units wide so that a page of 1280 pixels shows them at their size: bars, lines, histograms and rows of colour.
--
--   plot.bars { title = "PSNR on Set5", labels = { "MinMax", "PLQ" }, series = { { name = "W4A4", values = { 27.1, 30.5 } } },
--       y = "dB" }
--   plot.lines { title = "PSNR by layer", labels = names, series = { { name = "EDSR", values = psnr } }, x = "layer", y = "dB" }
--   plot.histogram { title = "body.15.conv1", histogram = h, marks = { { at = h.upper, name = "upper" } }, x = "activation" }
--   plot.heat { title = "by layer", labels = names, rows = { { name = "PSNR", values = psnr, format = "%.2f" } } }
--
-- A value that is missing leaves a gap. Each gives the SVG's text.

local escape = require("srq.report.tables").escape

local plot = {}

plot.width = 1160
plot.colours = { "#1f6fb4", "#e07b28", "#3a9148", "#b3358c", "#7a5cc4", "#8c6d31", "#c23b3b", "#4c8c8c", "#666666", "#a0a020" }

local font = 'font-family="system-ui, Helvetica, Arial, sans-serif"'

-- ---- Drawing ---------------------------------------------------------------------------------------------------------

local Canvas = {}
Canvas.__index = Canvas

local function canvas(height, title)
    height = math.ceil(height)
    local self = setmetatable({ height = height, parts = {} }, Canvas)
    self.parts[1] = ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" %s>'):format(
        plot.width, height, plot.width, height, font)
    self.parts[2] = ('<rect width="%d" height="%d" fill="#ffffff"/>'):format(plot.width, height)
    if title then self:text(16, 24, title, { size = 16, weight = 600 }) end
    return self
end

function Canvas:add(format, ...)
    self.parts[#self.parts + 1] = format:format(...)
end

function Canvas:text(x, y, text, options)
    options = options or {}
    local turn = options.turn and (' transform="rotate(%d %.1f %.1f)"'):format(options.turn, x, y) or ""
    self:add('<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d" font-weight="%d" fill="%s"%s>%s</text>', x, y,
        options.anchor or "start", options.size or 13, options.weight or 400, options.colour or "#222222", turn, escape(text))
end

function Canvas:line(x1, y1, x2, y2, colour, options)
    options = options or {}
    self:add('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%.1f"%s/>', x1, y1, x2, y2, colour,
        options.width or 1, options.dash and ' stroke-dasharray="5 4"' or "")
end

function Canvas:bar(x, y, width, height, colour, hint)
    self:add('<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" fill="%s"><title>%s</title></rect>', x, y, width,
        math.max(height, 0), colour, escape(hint or ""))
end

function Canvas:finish()
    self.parts[#self.parts + 1] = "</svg>"
    return table.concat(self.parts, "\n")
end

-- ---- Axes ------------------------------------------------------------------------------------------------------------

-- About `count` round numbers that cover [low, high], and how they are written.
function plot.ticks(low, high, count)
    if not (high > low) then low, high = low - 0.5, high + 0.5 end
    local rough = (high - low) / count
    local power = 10.0 ^ math.floor(math.log(rough, 10))
    local step = power * 10
    for _, factor in ipairs { 1, 2, 5 } do
        if factor * power >= rough * 0.999999 then
            step = factor * power
            break
        end
    end
    local first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    local list = {}
    for i = first, last do list[#list + 1] = i * step end
    local digits = math.max(0, -math.floor(math.log(step, 10) + 1e-9))
    return list, digits > 6 and "%.3g" or ("%%.%df"):format(digits)
end

local function finite(value)
    return value and value == value and math.abs(value) < math.huge
end

local function extent(series)
    local low, high = math.huge, -math.huge
    for _, one in ipairs(series) do
        for i = 1, #one.values do
            local value = one.values[i]
            if finite(value) then low, high = math.min(low, value), math.max(high, value) end
        end
    end
    if low > high then return 0, 1 end
    return low, high
end

local function length(text)
    return utf8.len(text) or #text
end

-- The frame, with room for the labels: {left, right, top, bottom, y = function of a value}.
local function frame(self, options, low, high, bottom_room, legend)
    local ticks, format = plot.ticks(low, high, 6)
    local widest = 0
    for _, tick in ipairs(ticks) do widest = math.max(widest, #format:format(tick)) end
    local area = {
        left = 44 + widest * 8, right = plot.width - 24, top = legend and 66 or 44, bottom = self.height - bottom_room,
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
    if options.y then self:text(18, (area.top + area.bottom) / 2, options.y, { anchor = "middle", turn = -90 }) end
    if options.x then self:text((area.left + area.right) / 2, self.height - 10, options.x, { anchor = "middle" }) end
    return area
end

local function legend_of(self, series)
    local x = 16
    for i, one in ipairs(series) do
        local colour = one.colour or plot.colours[(i - 1) % #plot.colours + 1]
        self:add('<rect x="%.1f" y="38" width="12" height="12" fill="%s"/>', x, colour)
        self:text(x + 18, 49, one.name)
        x = x + 18 + length(one.name) * 7.6 + 24
    end
end

local function named(series)
    return #series > 1 or (series[1] and series[1].name ~= nil)
end

-- Labels below an axis: flat where they fit side by side, else turned upwards and, where even that is too many, every n-th.
local function label_room(labels, step)
    local longest = 0
    for _, label in ipairs(labels) do longest = math.max(longest, length(label)) end
    if longest * 7.5 + 8 <= step then return 28, false end
    return math.min(longest, 26) * 6.4 + 20, true
end

local function shorten(text)
    if length(text) <= 26 then return text end
    return text:sub(1, utf8.offset(text, 13) - 1) .. "…" .. text:sub(utf8.offset(text, -12))
end

local function draw_labels(self, labels, area, turned)
    local step = (area.right - area.left) / math.max(#labels, 1)
    local every = turned and math.max(1, math.ceil(15 / step)) or 1
    for i, label in ipairs(labels) do
        local x = area.left + (i - 0.5) * step
        if turned and (i - 1) % every == 0 then
            self:text(x + 4, area.bottom + 12, shorten(label), { anchor = "end", turn = -90, size = 12 })
        elseif not turned then
            self:text(x, area.bottom + 20, label, { anchor = "middle" })
        end
    end
end

local function approximate_step(labels)
    return (plot.width - 110) / math.max(#labels, 1)
end

-- ---- The plots -------------------------------------------------------------------------------------------------------

-- Groups of bars, one for each label, with their values on top where there is room. The axis begins at `base`, or below the
-- smallest value, because PSNRs differ little; with negative values bars grow from 0.
function plot.bars(options)
    local low, high = extent(options.series)
    low = options.base or (low < 0 and low - (high - low) * 0.1 or math.max(low - (high - low) * 0.5, 0))
    high = high + (high - low) * 0.08 -- for the number above the highest bar
    local step = approximate_step(options.labels)
    local room, turned = label_room(options.labels, step)
    local self = canvas((options.height or 340) + room + (options.x and 22 or 0), options.title)
    local legend = named(options.series)
    if legend then legend_of(self, options.series) end
    local area = frame(self, options, low, high, room + (options.x and 22 or 0), legend)
    step = (area.right - area.left) / math.max(#options.labels, 1)
    local width = math.min(step * 0.8 / #options.series, 90)
    local format = options.format or "%.2f"
    local ground = low < 0 and area.y(0) or area.bottom
    if low < 0 then self:line(area.left, ground, area.right, ground, "#555555") end
    for i = 1, #options.labels do
        local present = 0
        for _, one in ipairs(options.series) do present = present + (finite(one.values[i]) and 1 or 0) end
        local x = area.left + (i - 0.5) * step - present / 2 * width
        for s, one in ipairs(options.series) do
            local value = one.values[i]
            if finite(value) then
                local y = area.y(value)
                self:bar(x, math.min(y, ground), width * 0.94, math.abs(ground - y),
                    one.colour or plot.colours[(s - 1) % #plot.colours + 1],
                    ("%s %s: " .. format):format(options.labels[i], one.name or "", value))
                if width >= 34 then
                    self:text(x + width * 0.47, y > ground and y + 14 or y - 4, format:format(value),
                        { anchor = "middle", size = width < 44 and 10 or 12 })
                end
                x = x + width
            end
        end
    end
    draw_labels(self, options.labels, area, turned)
    return self:finish()
end

-- One line a series over the labels; `level` {value, name} draws a dashed line across.
function plot.lines(options)
    local low, high = extent(options.series)
    for _, level in ipairs(options.levels or {}) do low, high = math.min(low, level.value), math.max(high, level.value) end
    local room, turned = label_room(options.labels, approximate_step(options.labels))
    local self = canvas((options.height or 340) + room + (options.x and 22 or 0), options.title)
    local legend = named(options.series)
    if legend then legend_of(self, options.series) end
    local area = frame(self, options, low, high, room + (options.x and 22 or 0), legend)
    local step = (area.right - area.left) / math.max(#options.labels, 1)
    for _, level in ipairs(options.levels or {}) do
        local y = area.y(level.value)
        self:line(area.left, y, area.right, y, "#555555", { dash = true })
        self:text(area.right, y - 5, level.name, { anchor = "end", size = 12, colour = "#555555" })
    end
    for s, one in ipairs(options.series) do
        local colour = one.colour or plot.colours[(s - 1) % #plot.colours + 1]
        local points = {}
        local function flush()
            if #points > 1 then
                self:add('<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>', table.concat(points, " "), colour)
            end
            points = {}
        end
        for i = 1, #options.labels do
            local value = one.values[i]
            if finite(value) then
                local x, y = area.left + (i - 0.5) * step, area.y(value)
                points[#points + 1] = ("%.1f,%.1f"):format(x, y)
                self:add('<circle cx="%.1f" cy="%.1f" r="3" fill="%s"><title>%s</title></circle>', x, y, colour,
                    escape(("%s: %.4g"):format(options.labels[i], value)))
            else
                flush()
            end
        end
        flush()
    end
    draw_labels(self, options.labels, area, turned)
    return self:finish()
end

-- Counts of a histogram (srq.Histogram) in `bins` bars on a logarithmic scale; `marks` are vertical lines {at, name}, `regions`
-- shaded ranges {from, to, name}.
function plot.histogram(options)
    local h = options.histogram
    local bins = options.bins or 128
    local low, high = options.from or h.lower, options.to or h.upper
    if not (high > low) then low, high = low - 0.5, high + 0.5 end
    local counts, most = {}, 1
    for i = 1, bins do counts[i] = 0 end
    local width = (h.upper - h.lower) / #h.counts
    for i, count in ipairs(h.counts) do
        local at = (h.lower + (i - 0.5) * width - low) / (high - low) * bins
        local bin = math.floor(at) + 1
        if bin >= 1 and bin <= bins then counts[bin] = counts[bin] + count end
    end
    for i = 1, bins do most = math.max(most, counts[i]) end
    local self = canvas(options.height or 380, options.title)
    local area = { left = 84, right = plot.width - 24, top = 66, bottom = self.height - 56 }
    local decades = math.max(1, math.ceil(math.log(most, 10)))
    local function y_of(count) -- with half a decade of room for the regions' names
        return area.bottom - math.log(math.max(count, 1), 10) / (decades + 0.5) * (area.bottom - area.top)
    end
    local function x_of(value)
        return area.left + (value - low) / (high - low) * (area.right - area.left)
    end
    for i, region in ipairs(options.regions or {}) do
        local from, to = math.max(x_of(region.from), area.left), math.min(x_of(region.to), area.right)
        if to > from then
            self:bar(from, area.top, to - from, area.bottom - area.top, i == 1 and "#eef3fa" or "#fbf1e6", region.name)
            if to - from >= length(region.name) * 7 then
                self:text((from + to) / 2, area.top + 16, region.name, { anchor = "middle", size = 12, colour = "#555555" })
            end
        end
    end
    for decade = 0, decades do
        local y = y_of(10 ^ decade)
        self:line(area.left, y, area.right, y, decade == 0 and "#555555" or "#e2e2e2")
        self:text(area.left - 8, y + 4.5, decade < 4 and ("%d"):format(10 ^ decade) or ("1e%d"):format(decade),
            { anchor = "end", size = 12, colour = "#444444" })
    end
    local step = (area.right - area.left) / bins
    for i = 1, bins do
        if counts[i] > 0 then
            local y = counts[i] == 1 and area.bottom - 2 or y_of(counts[i])
            self:bar(area.left + (i - 1) * step, y, step * 0.92, area.bottom - y, plot.colours[1], ("%d"):format(counts[i]))
        end
    end
    local ticks, format = plot.ticks(low, high, 9)
    for _, tick in ipairs(ticks) do
        if tick >= low - 1e-9 and tick <= high + 1e-9 then
            self:line(x_of(tick), area.bottom, x_of(tick), area.bottom + 5, "#555555")
            self:text(x_of(tick), area.bottom + 20, format:format(tick), { anchor = "middle", size = 12 })
        end
    end
    -- Names of marks close to each other go to different lines.
    local taken = { -math.huge, -math.huge, -math.huge }
    local marks = table.move(options.marks or {}, 1, #(options.marks or {}), 1, {})
    table.sort(marks, function(a, b) return a.at < b.at end)
    for _, mark in ipairs(marks) do
        local x = x_of(mark.at)
        if x >= area.left - 1 and x <= area.right + 1 then
            local half = length(mark.name) * 3.6
            local middle = math.min(math.max(x, area.left + half), area.right - half)
            local line = 1
            while line < #taken and taken[line] > middle - half do line = line + 1 end
            taken[line] = middle + half + 8
            self:line(x, area.top - 2, x, area.bottom, plot.colours[7], { width = 1.5, dash = mark.dash })
            self:text(middle, area.top - 6 - (line - 1) * 13, mark.name, { anchor = "middle", size = 12, colour = plot.colours[7] })
        end
    end
    self:text(18, (area.top + area.bottom) / 2, options.y or "activations", { anchor = "middle", turn = -90 })
    if options.x then self:text((area.left + area.right) / 2, self.height - 10, options.x, { anchor = "middle" }) end
    return self:finish()
end

-- Rows of coloured cells over the labels, each row with a scale of its own from pale (smallest) to dark. `inverted` rows are dark
-- where the value is small.
function plot.heat(options)
    local left, cell = 150, 30
    for _, row in ipairs(options.rows) do left = math.max(left, 30 + length(row.name) * 7.4) end
    local scale_room = 190
    local step = (plot.width - left - scale_room) / math.max(#options.labels, 1)
    local room, turned = label_room(options.labels, step)
    local self = canvas(52 + #options.rows * (cell + 6) + room + (options.x and 22 or 0), options.title)
    local area = { left = left, right = plot.width - scale_room, bottom = 46 + #options.rows * (cell + 6) }
    for r, row in ipairs(options.rows) do
        local y = 40 + (r - 1) * (cell + 6)
        local low, high = extent { row }
        local format = row.format or "%.3g"
        self:text(left - 10, y + cell / 2 + 4.5, row.name, { anchor = "end" })
        for i = 1, #options.labels do
            local value = row.values[i]
            if finite(value) then
                local share = high > low and (value - low) / (high - low) or 0
                if row.inverted then share = 1 - share end
                local colour = ("#%02x%02x%02x"):format(math.floor(240 - 215 * share), math.floor(246 - 175 * share),
                    math.floor(252 - 125 * share))
                self:bar(left + (i - 1) * step, y, math.max(step - 1, 0.5), cell, colour,
                    ("%s, %s: " .. format):format(options.labels[i], row.name, value))
            end
        end
        self:text(area.right + 10, y + cell / 2 + 4.5, (format .. " … " .. format):format(low, high),
            { size = 12, colour = "#444444" })
    end
    draw_labels(self, options.labels, area, turned)
    if options.x then self:text((area.left + area.right) / 2, self.height - 10, options.x, { anchor = "middle" }) end
    return self:finish()
end

return plot
