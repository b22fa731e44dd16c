-- What the tables and plots of an experiment say of rows that were measured and of rows that the paper alone has.

local check = require "check"
local grid = require "srq.experiment.grid"

local run = { sets = { { name = "Set5" }, { name = "Set14" } } }
local rows = {
    { title = "float", method = "float", weights = 32, activations = 32, seconds = nil,
        scores = { Set5 = { psnr = 32.01, ssim_replicate = 0.89 }, Set14 = { psnr = 28.5, ssim_replicate = 0.78 } },
        published = { Set5 = { psnr = 32.1, ssim = 0.894 } } },
    { title = "PAMS (trained)", method = "pams", weights = 4, activations = 4, scores = {},
        published = { Set5 = { psnr = 31.59, ssim = 0.885 } } },
    { title = "PLQ", method = "plq", weights = 4, activations = 4, seconds = 0.42,
        scores = { Set5 = { psnr = 26.25, ssim_replicate = 0.81 }, Set14 = { psnr = 24, ssim_replicate = 0.7 } }, published = {} },
}

check.test("every column says of what it is, and whose", function()
    local titles, seen = grid.table(run, rows).titles, {}
    for _, title in ipairs(titles) do
        check.equal(seen[title], nil)
        seen[title] = true
    end
    check.equal(table.concat(titles, "; "), "method; W / A; Set5 PSNR; Set5 PSNR, paper; Set5 SSIM; Set5 SSIM, paper; "
        .. "Set14 PSNR; Set14 SSIM; seconds")
    check.equal(grid.table(run, rows):text():match "PLQ .* 0%.420\n?" ~= nil, true)
end)

check.test("a row that was not measured is drawn as the paper prints it, and the axis covers all rows", function()
    local svg = grid.plot(rows, "Set5")
    local hints = {}
    for hint in svg:gmatch "<title>([^<]*)</title>" do hints[#hints + 1] = hint end
    check.equal(table.concat(hints, "; "), "float float: 32.01; PAMS (trained) W4A4, the paper's: 31.59; PLQ W4A4: 26.25")
    for height in svg:gmatch '<rect x[^>]* height="([^"]*)"' do assert(tonumber(height) > 0, "a bar has no height") end
    local lowest = math.huge
    for tick in svg:gmatch ">(%d+)<" do lowest = math.min(lowest, tonumber(tick)) end
    assert(lowest <= 26, "the axis begins at " .. lowest)
end)
