-- Plots are well-formed SVG that shows every value.

local axis = require "srq.report.plot.axis"
local check = require "check"
local plot = require "srq.report.plot"
local assert_well_formed = require "well_formed"

local function count(text, pattern)
    return select(2, text:gsub(pattern, ""))
end

-- Every coordinate is a number inside the picture.
local function assert_inside(svg)
    local width, height = svg:match 'viewBox="0 0 (%d+) (%d+)"'
    check.equal(svg:find "nan" or svg:find "inf", nil)
    for name, value in svg:gmatch ' ([xy][12]?)="([^"]*)"' do
        local limit = tonumber(name:sub(1, 1) == "x" and width or height)
        local number = tonumber(value)
        assert(number and number >= -0.5 and number <= limit + 0.5, name .. "=" .. value .. " is outside " .. limit)
    end
end

local function sound(svg)
    assert_well_formed(svg)
    assert_inside(svg)
    return svg
end

local long = {}
for i = 1, 80 do long[i] = "body.convolution." .. i end

check.test("ticks are round numbers that cover the range", function()
    local function text(low, high, number)
        local ticks, format = axis.ticks(low, high, number)
        for i, tick in ipairs(ticks) do ticks[i] = format:format(tick) end
        return table.concat(ticks, " ")
    end
    check.equal(text(0, 10, 5), "0 2 4 6 8 10")
    check.equal(text(30.2, 31.9, 4), "30.0 30.5 31.0 31.5 32.0")
    check.equal(text(-0.03, 0.02, 5), "-0.03 -0.02 -0.01 0.00 0.01 0.02")
    check.equal(text(5, 5, 2), "4.5 5.0 5.5")
end)

check.test("the axis covers the values behind a hole", function()
    local low, high = axis.extent { { values = { 32, nil, nil, 26.5, 33 } }, { values = { [3] = 25, [4] = 0 / 0 } } }
    check.equal(low, 25)
    check.equal(high, 33)
    local svg = sound(plot.bars { labels = { "a", "b", "c" }, series = {
        { name = "a", values = { 32, nil, 26 } }, { name = "b", values = { [2] = 25 } } } })
    check.equal(count(svg, "<title>"), 3)
    check.equal(count(svg, 'height="0.00"'), 0)
    sound(plot.lines { labels = { "a", "b", "c" }, series = { { values = { nil, 32, 26 } } } })
    sound(plot.heat { labels = { "a", "b", "c" }, rows = { { name = "r", values = { nil, 32, 26 } } } })
end)

check.test("bars: one for each value, gaps for missing ones, a legend for several series", function()
    local svg = sound(plot.bars { title = "a < b & c", labels = { "one", "two" }, y = "dB", x = "method",
        series = { { name = "W4", values = { 27.5, nil } }, { name = "W6", values = { 30, 31.25 } } } })
    check.equal(count(svg, "<title>"), 3)
    check.equal(svg:find("a &lt; b &amp; c", 1, true) ~= nil, true)
    check.equal(svg:find(">31.25<", 1, true) ~= nil, true)
    check.equal(svg:find(">dB<", 1, true) ~= nil and svg:find(">method<", 1, true) ~= nil, true)
    sound(plot.bars { labels = long, series = { { values = { 1, 2, 3 } } } })
    sound(plot.bars { labels = {}, series = {} })
    sound(plot.bars { labels = { "x" }, series = { { values = { 5 } } } })
    sound(plot.bars { labels = { "x", "y" }, series = { { values = { -5, 3 } } } })
    sound(plot.bars { labels = { "x", "y" }, series = { { values = { 0 / 0, 1 / 0 } } } })
end)

check.test("lines: a point for each value, broken where one is missing", function()
    local svg = sound(plot.lines { title = "t", labels = { "a", "b", "c", "d", "e" }, levels = { { value = 40, name = "float" } },
        series = { { name = "s", values = { 1, 2, 0 / 0, 3, 4 } } } })
    check.equal(count(svg, "<circle"), 4)
    check.equal(count(svg, "<polyline"), 2)
    check.equal(svg:find(">float<", 1, true) ~= nil, true)
    sound(plot.lines { labels = long, series = { { values = { 1 } } }, x = "layer", y = "dB" })
end)

check.test("a histogram loses no count, and its marks are inside", function()
    local counts = {}
    for i = 1, 2048 do counts[i] = i % 7 end
    local h = { lower = -3, upper = 5, counts = counts }
    local svg = sound(plot.histogram { title = "h", histogram = h, x = "x", bins = 64,
        marks = { { at = -3, name = "lower" }, { at = 4.99, name = "a long name at the end" }, { at = 9, name = "outside" } },
        regions = { { from = -9, to = 0, name = "left" }, { from = 0, to = 5, name = "right" } } })
    local sum, expected = 0, 0
    for text in svg:gmatch "<title>(%d+)</title>" do sum = sum + tonumber(text) end
    for _, one in ipairs(counts) do expected = expected + one end
    check.equal(sum, expected)
    check.equal(svg:find(">outside<", 1, true), nil)
    sound(plot.histogram { histogram = { lower = 0, upper = 0, counts = { 5 } } })
end)

check.test("heat rows: a cell for each value", function()
    local svg = sound(plot.heat { title = "t", labels = { "a", "b", "c" },
        rows = { { name = "PSNR", values = { 1, 2, nil } }, { name = "same", values = { 4, 4, 4 }, inverted = true } } })
    check.equal(count(svg, "<title>"), 5)
    sound(plot.heat { labels = long, rows = { { name = "n", values = {} } }, x = "layer" })
end)
