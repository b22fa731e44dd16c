local check = require "check"
local tables = require "srq.report.tables"

local function sample()
    return tables.new { "method", { "PSNR", "%.2f" }, "size" }:add("float", 32.187, nil):add("4 × 4 bit", 9.5, 1024)
end

check.test("text is aligned: words left, numbers right", function()
    check.equal(tostring(sample()), table.concat({
        "method      PSNR  size",
        "---------  -----  ----",
        "float      32.19",
        "4 × 4 bit   9.50  1024",
    }, "\n"))
end)

check.test("Markdown says which columns are numbers", function()
    check.equal(sample():markdown(), table.concat({
        "| method    |  PSNR | size |",
        "| --------- | ----: | ---: |",
        "| float     | 32.19 |      |",
        "| 4 × 4 bit |  9.50 | 1024 |",
    }, "\n"))
end)

check.test("more values than columns are an error, an empty table is not", function()
    check.raises(function() tables.new({ "one" }):add(1, 2) end, "2 values for 1 columns")
    check.equal(tostring(tables.new { "one", "two" }), "one  two\n---  ---")
end)
