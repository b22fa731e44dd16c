-- A grid is networks × protocols × bits × methods × data sets, which is what most tables of the paper are. This module measures
-- every cell and lays them out with the published number beside the measured one.

local methods = require "srq.experiment.methods"
local plot = require "srq.report.plot"
local published = require "srq.experiment.published"
local tables = require "srq.report.tables"

local grid = {}

local function bits_text(row)
    return ("%d / %d"):format(row.weights, row.activations)
end

-- Returns the relative cost of a row. Calibration and evaluation together count as 1; so does an epoch of finetuning.
local function weight_of(run, method)
    return method and method.finetune and 2 + run.options.epochs or 1
end

-- Returns a row without its numbers. `fill` adds the model, the scores by set and the seconds.
local function row_of(run, network, method, setting)
    return {
        network = network.architecture, file = network.name, method = (method or methods.float).name,
        title = (method or methods.float).title, finetuned = method and method.finetune ~= nil, source = network,
        weights = setting.weights, activations = setting.activations, protocol = setting.protocol, scores = {},
    }
end

local function fill(run, row, network, method, setting)
    local model = run:model(network, method, setting)
    row.model = model
    if model.row then
        row.seconds, row.bytes, row.resumed = model.row.calibrate + model.row.finetune, model.row.bytes, model.row.resumed
    end
    for _, set in ipairs(run.sets) do row.scores[set.name] = run:score(model, set) end
end

-- Adds to a row what the paper prints for it on each set. The paper has numbers for ×4 alone. Returns the row.
function grid.publish(run, row)
    row.published = {}
    if row.source.network.scale ~= 4 then return row end
    for _, set in ipairs(run.sets) do
        row.published[set.name] = published.score(row.network, row.protocol, row.method, row.weights, row.activations, set.name)
    end
    return row
end

-- Returns all rows in the order of the table: for each network and protocol first float, then for each width the methods. What the
-- library cannot do is left out, with a note in the run.
function grid.measure(run)
    local list, jobs = {}, {}
    local function add(network, method, setting)
        if method and run:refusal(network, method, setting) then return end
        local row = grid.publish(run, row_of(run, network, method, setting))
        list[#list + 1] = row
        local finished = run:finished(network, method, setting)
        jobs[#jobs + 1] = {
            title = ("%s %s %s %s"):format(network.name, row.title, method and ("W%dA%d"):format(row.weights, row.activations)
                or "", method and row.protocol or ""),
            weight = finished and 0 or weight_of(run, method),
            work = function() fill(run, row, network, method, setting) end,
        }
    end
    for _, network in ipairs(run.networks) do
        for _, protocol in ipairs(run.protocols) do
            add(network, nil, { weights = 32, activations = 32, protocol = protocol })
            for _, bits in ipairs(run.bits) do
                for _, method in ipairs(run.methods) do
                    add(network, method, { weights = bits.weights, activations = bits.activations, protocol = protocol })
                end
            end
        end
    end
    run:each(jobs)
    return list
end

local function any(rows, test)
    for _, row in ipairs(rows) do
        if test(row) then return true end
    end
    return false
end

-- Returns rows as a table: the method, its bits, FAB where a method changes its bits from image to image, and for each set PSNR and
-- SSIM, each with the paper's number where it prints one.
function grid.table(run, rows)
    local columns, values = { "method", { "W / A" } }, { function(row) return row.title end, bits_text }
    local function column(title, format, value)
        if not any(rows, function(row) return value(row) ~= nil end) then return end
        columns[#columns + 1], values[#values + 1] = { title, format }, value
    end
    -- Widths that change from image to image are shown as their mean over the sets, which hardly differ.
    local function mean_fab(where)
        return function(row)
            local sum, count = 0, 0
            for _, score in pairs(row[where]) do
                if score.fab then sum, count = sum + score.fab, count + 1 end
            end
            return count > 0 and sum / count or nil
        end
    end
    if any(rows, function(row) return row.method == "adabm" end) then
        column("FAB", "%.2f", mean_fab "scores")
        column("FAB, paper", "%.2f", mean_fab "published")
    end
    for _, set in ipairs(run.sets) do
        local name = set.name
        local function measured(field)
            return function(row) return row.scores[name] and row.scores[name][field] end
        end
        local function printed(field)
            return function(row) return row.published[name] and row.published[name][field] end
        end
        column(name .. " PSNR", "%.2f", measured "psnr")
        column(name .. " PSNR, paper", "%.2f", printed "psnr")
        column(name .. " SSIM", "%.4f", measured "ssim_replicate")
        column(name .. " SSIM, paper", "%.3f", printed "ssim")
    end
    column("seconds", tables.seconds, function(row) return row.seconds end)
    -- Seconds count all calls of a run that was interrupted.
    column("epochs resumed", "%d", function(row) return row.resumed end)
    local result = tables.new(columns)
    for _, row in ipairs(rows) do
        local cells = {}
        for i, value in ipairs(values) do cells[i] = value(row) end
        result:add(table.unpack(cells, 1, #values))
    end
    return result
end

-- Returns the rows of a grid in groups of one network and protocol: {network, file, protocol, rows}.
function grid.groups(rows)
    local groups, by_name = {}, {}
    for _, row in ipairs(rows) do
        local name = row.file .. " " .. row.protocol
        if not by_name[name] then
            by_name[name] = { network = row.network, file = row.file, protocol = row.protocol, rows = {} }
            groups[#groups + 1] = by_name[name]
        end
        table.insert(by_name[name].rows, row)
    end
    return groups
end

-- Returns a plot of the rows' PSNR on one set, with the methods side by side and a colour for each width.
function grid.plot(rows, set)
    local labels, series, by_label, by_bits = {}, {}, {}, {}
    for _, row in ipairs(rows) do
        local bits = row.method == "float" and "float" or ("W%dA%d"):format(row.weights, row.activations)
        -- What was not measured is drawn as the paper prints it, and says so.
        local score, printed = row.scores[set], row.published[set] or {}
        if not score and printed.psnr then bits = bits .. ", the paper's" end
        if not by_label[row.title] then
            labels[#labels + 1] = row.title
            by_label[row.title] = #labels
        end
        if not by_bits[bits] then
            by_bits[bits] = { name = bits, values = {}, colour = bits == "float" and "#8a8f98" or nil }
            series[#series + 1] = by_bits[bits]
        end
        by_bits[bits].values[by_label[row.title]] = (score or printed).psnr
    end
    return plot.bars { title = "PSNR on " .. set, labels = labels, series = series, x = "method", y = "PSNR (dB)" }
end

-- Adds to a report a table and a plot for every network and protocol, and all numbers as CSV: the report's own file has a line for
-- each set, images.csv one for each picture.
function grid.report(run, r, rows)
    r:text(("Finetuned for %d epochs on the same patches. Published numbers are of other checkpoints: compare what a method loses "
        .. "against float. SSIM is in the reading of the paper's code (replicated borders, luma without the offset)."):format(
        run.options.epochs))
    for _, group in ipairs(grid.groups(rows)) do
        local title = ("%s (%s), %s"):format(group.network, group.file, group.protocol)
        local t = grid.table(run, group.rows)
        r:heading(title):table(t):plot(grid.plot(group.rows, run.sets[1].name), "PSNR on " .. run.sets[1].name)
        print(("\n%s\n%s"):format(title, t))
    end
    r:data(nil, grid.columns, grid.lines(run, rows))
    r:data("images", grid.columns, grid.lines(run, rows, true))
end

grid.columns = {
    "network", "model", "protocol", "method", "weights", "activations", "set", "image", "psnr", "ssim", "ssim_replicate", "fab",
    "published_psnr", "published_ssim", "published_fab", "seconds", "resumed",
}

-- Returns the lines of a CSV file, one for each row and set, or with `images` one for each picture instead.
function grid.lines(run, rows, images)
    local lines = {}
    for _, row in ipairs(rows) do
        for _, set in ipairs(run.sets) do
            local score, printed = row.scores[set.name], row.published[set.name] or {}
            local function add(one, image)
                lines[#lines + 1] = {
                    network = row.network, model = row.file, protocol = row.protocol, method = row.method, weights = row.weights,
                    activations = row.activations, set = set.name, image = image, psnr = one.psnr, ssim = one.ssim,
                    ssim_replicate = one.ssim_replicate, fab = one.fab or one.bits,
                    published_psnr = not image and printed.psnr or nil,
                    published_ssim = not image and printed.ssim or nil, published_fab = not image and printed.fab or nil,
                    seconds = not image and row.seconds or nil, resumed = not image and row.resumed or nil,
                }
            end
            if not score then
                if not images and printed.psnr then add {} end
            elseif images then
                for _, image in ipairs(score.images) do add(image, image.name) end
            else
                add(score)
            end
        end
    end
    return lines
end

return grid
