-- Reports, CSV and what they are made of.

local assert_well_formed = require "well_formed"
local base64 = require "srq.report.base64"
local check = require "check"
local csv = require "srq.report.csv"
local report = require "srq.report"
local samples = require "samples"
local srq = require "srq"
local tables = require "srq.report.tables"

local function read(name)
    local file <close> = assert(io.open(samples.path(name), "rb"))
    return file:read "a"
end

check.test("CSV quotes commas, quotes, line ends and outer spaces, and nothing else", function()
    local text = csv.encode({ "name", "a,b" }, {
        { name = "plain text", ["a,b"] = 1 }, { name = 'a "b"', ["a,b"] = 2.5 }, { name = "x,y" }, { name = "two\nlines" },
        { name = " space", ["a,b"] = true }, { name = "", ["a,b"] = 30.0 },
    })
    check.equal(text, 'name,"a,b"\nplain text,1\n"a ""b""",2.5\n"x,y",\n"two\nlines",\n" space",true\n,30\n')
end)

check.test("CSV keeps six digits after the point, infinity and whole numbers", function()
    check.equal(csv.encode({ "v" }, { { v = 1 / 3 }, { v = -0.5 }, { v = math.huge }, { v = 2 ^ 53 | 0 }, { v = 1e-9 } }),
        "v\n0.333333\n-0.5\ninf\n9007199254740992\n0\n")
end)

check.test("base64 as in RFC 4648", function()
    local known = { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", fooba = "Zm9vYmE=", foobar = "Zm9vYmFy" }
    for text, encoded in pairs(known) do check.equal(base64.encode(text), encoded) end
    check.equal(base64.encode "\0\xff\x10\xfb", "AP8Q+w==")
end)

check.test("a table in HTML escapes its cells and marks its numbers", function()
    local t = tables.new { "a<b", { "n", "%.1f" } }:add('"x" & y', 2)
    check.equal(t:html(), table.concat({
        "<table>", '<tr><th>a&lt;b</th><th class="number">n</th></tr>',
        '<tr><td>&quot;x&quot; &amp; y</td><td class="number">2.0</td></tr>', "</table>",
    }, "\n"))
end)

check.test("a report is written as Markdown, as one page without anything from outside, and as CSV", function()
    require("srq.core").system.make_folder(samples.path "report")
    local r = report.new "A < B"
    r:heading("Numbers & co"):text("Plain."):command("srq-lua x.lua"):list { "one", "two" }
    r:table(tables.new { "m" }:add(1), "caption")
    r:plot('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>', "a plot")
    r:picture(samples.picture(20, 10), "a picture", 2)
    r:data(nil, { "m" }, { { m = 1 } }):data("more", { "n" }, {})
    r:save(samples.path "report", "all")
    local markdown, page = read "report/all.md", read "report/all.html"
    for _, part in ipairs { "# A < B\n", "## Numbers & co", "m |\n", "![a plot](all-1.svg)", "![a picture](all-2.png)", "* two" } do
        check.equal(markdown:find(part, 1, true) ~= nil and part, part)
    end
    assert_well_formed(page, { meta = true, img = true })
    check.equal(page:find("<script", 1, true), nil)
    check.equal(page:find("<link", 1, true), nil)
    check.equal(page:gsub('xmlns="[^"]*"', ""):find "https?:", nil)
    check.equal(page:match 'width="40" height="20" src="data:image/png;base64,([%w+/=]*)"', base64.encode(read "report/all-2.png"))
    check.equal(srq.image.read(samples.path "report/all-2.png").width, 20)
    check.equal(read "report/all.csv", "m\n1\n")
    check.equal(read "report/more.csv", "n\n")
    check.raises(function() r:save(samples.path "nowhere", "all") end, "nowhere")
end)
