-- What measuring programs print, and the tables made of it; the comparison with other engines, with a peer that is no engine.

local check = require "check"
local samples = require "samples"
local srq = require "srq"
local srq_core = require "srq.core"
local timings = require "srq.experiment.timings"

local host = (os.getenv "BUILD" or "build") .. "/bin/srq-lua"

-- The network of these tests needs one million multiply-adds for a pixel.
local function measured(lines, peaks)
    local t = timings.new { macs = function(width, height) return width * height * 1e6 end, peaks = peaks }
    for _, line in ipairs(lines) do t:read((line:gsub(" | ", "\t"))) end
    return t
end

local function row(engine, precision, size, threads, seconds)
    return ("row | engine=%s | precision=%s | setting=s | size=%s | threads=%d | seconds=%s | bytes=2000000"):format(engine,
        precision, size, threads, seconds)
end

check.test("the median is the middle run, or half way between the two in the middle", function()
    check.equal(timings.median { 3, 1, 2 }, 2)
    check.near(timings.median { 4, 1, 3, 2 }, 2.5, 1e-12)
    check.equal(timings.median { 7 }, 7)
end)

check.test("sizes, threads and peaks are read, and named where they are none", function()
    local sizes = timings.sizes "64x48,640x360"
    check.equal(#sizes, 2)
    check.equal(sizes[1].width * 1000 + sizes[1].height, 64048)
    check.equal(timings.threads("1,16")[2], 16)
    check.equal(timings.peaks("f32=150,int8=600.5").int8, 600.5)
    for _, text in ipairs { "", "64", "0x4", "4x0", "64x64,", "64x64x64", "-1x4" } do
        check.raises(function() timings.sizes(text) end, "--sizes")
    end
    for _, text in ipairs { "", "0", "two", "1,", "1.5" } do check.raises(function() timings.threads(text) end, "--threads") end
    for _, text in ipairs { "f32", "f32=fast", "=3" } do check.raises(function() timings.peaks(text) end, "--peaks") end
end)

check.test("a row's table has its median, minimum, operations a second, share of the peak and memory", function()
    -- 100 × 10 pixels are 2e9 operations: in half a second 4 GOP/s, of 2 threads × 4 half of what there is.
    local t = measured({ row("A", "f32", "100x10", 2, "0.4 0.5 0.9"), row("B", "W4A4", "100x10", 2, "0.25") }, { f32 = 4 })
    check.equal(t:table("100x10", 2):markdown(), table.concat({
        "| engine | setting | median (ms) | minimum (ms) | GOP/s | share of peak | peak memory (MB) | runs |",
        "| ------ | ------- | ----------: | -----------: | ----: | ------------: | ---------------: | ---: |",
        "| A f32  | s       |       500.0 |        400.0 |     4 |          50 % |                2 |    3 |",
        "| B W4A4 | s       |       250.0 |        250.0 |     8 |               |                2 |    1 |",
    }, "\n"))
    check.equal(#t:table("100x10", 1).rows, 0)
    check.near(measured({ row("B", "W4A4", "100x10", 1, "1") }, { int8 = 8 }):share { precision = "W4A4", threads = 1, runs = { 1 },
        size = { width = 100, height = 10 } }, 0.25, 1e-12)
end)

check.test("runs of another round are added to the row", function()
    local t = measured { row("A", "f32", "8x8", 1, "1 3"), row("A", "f32", "8x8", 1, "2") }
    check.equal(#t.rows, 1)
    check.equal(timings.median(t:row("A", "f32", "8x8", 1).runs), 2)
end)

check.test("ratios are of medians, or of minima where asked; what was not measured has none", function()
    local t = measured {
        row("srq", "W4A4", "8x8", 2, "1 1 5"), row("O", "int8", "8x8", 2, "2 2 9"), row("O", "f32", "8x8", 2, "6"),
        row("N", "f32", "8x8", 2, "4"), row("srq", "f32", "8x8", 2, "3"), row("srq", "W4A4", "8x8", 1, "1.5"),
    }
    check.near(t:ratio("srq", "W4A4", "O", "int8", "8x8", 2), 2, 1e-12)
    check.equal(t:ratio("srq", "W4A4", "O", "int8", "9x9", 2), nil)
    local ratio, name = t:ratio_to_fastest_float("srq", "W4A4", "8x8", 2)
    check.near(ratio, 4, 1e-12) -- srq's own float row and int8 rows do not count
    check.equal(name, "N f32")
    check.equal(t:ratio_to_fastest_float("srq", "W4A4", "8x8", 1), nil)
    check.near(t:speedup("srq", "W4A4", "8x8", 2), 1.5, 1e-12)
    local skewed = measured {
        row("srq", "W4A4", "8x8", 2, "1 9 9"), row("O", "f32", "8x8", 2, "3 3 3"), row("srq", "W4A4", "8x8", 1, "2 9 9"),
    }
    check.near(skewed:ratio("srq", "W4A4", "O", "f32", "8x8", 2, timings.minimum), 3, 1e-12)
    check.near((skewed:ratio_to_fastest_float("srq", "W4A4", "8x8", 2, timings.minimum)), 3, 1e-12)
    check.near(skewed:speedup("srq", "W4A4", "8x8", 2, timings.minimum), 2, 1e-12)
    check.equal(t:overview(2):text(), table.concat({
        "median (ms)   8x8", "-----------  ----", "srq W4A4     1000", "O int8       2000", "O f32        6000",
        "N f32        4000", "srq f32      3000",
    }, "\n"))
end)

check.test("lines that mean nothing become notes and leave no row", function()
    local wrong = {
        "", "row", "row\t", "hello\tengine=A", "row\tengine=A\tprecision=f32\tsize=8x8\tthreads=1\tseconds=\tbytes=1",
        "row\tengine=A\tprecision=f32\tsize=8\tthreads=1\tseconds=1\tbytes=1",
        "row\tengine=A\tprecision=f32\tsize=8x8\tthreads=1.5\tseconds=1\tbytes=1",
        "row\tengine=A\tprecision=f32\tsize=8x8\tthreads=1\tseconds=1\tbytes=much",
    }
    local t = measured(wrong)
    check.equal(#t.rows, 0)
    check.equal(#t.notes, #wrong)
    check.equal(t.notes[4], "not understood: hello\tengine=A")
end)

check.test("a command that fails keeps what it printed before, and is named", function()
    local t = timings.new { macs = function() return 1 end }
    check.equal(t:run "printf 'note\\ttext=first\\n'; exit 3", false)
    check.equal(t.notes[1], "first")
    check.equal(t.notes[2]:find("ended with 3", 1, true) ~= nil and t.notes[2], t.notes[2])
    check.equal(t:run "true", true)
end)

-- ---- The experiment --------------------------------------------------------------------------------------------------

local network = samples.network()
local has_bf16 = pcall(function() srq.load(network):session { precision = "bf16" } end)
local pictures = samples.pictures()

-- Writes a peer that notes what it is asked, and answers as tools/bench_peers.py does.
local peer = samples.write("peer.sh", [[
echo "$*" >> "$(dirname "$0")/asked"
case "$*" in
    *prepare*)
        printf 'engine\tengine=OpenVINO\tversion=9.8\ncheck\tengine=OpenVINO\tprecision=int8\tpsnr=51.25\n'
        printf 'note\ttext=ncnn is not measured: No module named ncnn\n' ;;
    *"--sizes 8x8"*)
        printf 'row\tengine=OpenVINO\tprecision=int8\tsetting=u8\tsize=8x8\tthreads=2\t'
        printf 'seconds=1 2 3\tbytes=5000000\n' ;;
    *) exit 1 ;;
esac
]])

local function run(extra)
    return samples.run(("%s experiments/bench_engines.lua --model '%s' --calibration '%s' --out '%s' --images 2 "
        .. "--patch 16 --budget 0 --least 1 %s"):format(host, network, pictures, samples.path "engines", extra))
end

local function read(name)
    local file <close> = assert(io.open(samples.path(name)))
    return file:read "a"
end

check.test("srq and its peers are measured in one run, and a peer's failure loses no other row", function()
    local output, code, errors = run(("--sizes 8x8,16x12 --threads 2 --peer 'sh %s --work w' --peaks int8=100"):format(peer))
    check.equal(code == 0 or errors, true)
    check.equal(read "asked", "--work w --engines openvino,onnxruntime,ncnn,pytorch --least 1 --budget 0 --only prepare\n"
        .. "--work w --engines openvino,onnxruntime,ncnn,pytorch --least 1 --budget 0 --only measure --sizes 8x8 --threads 2\n"
        .. "--work w --engines openvino,onnxruntime,ncnn,pytorch --least 1 --budget 0 --only measure --sizes 16x12 --threads 2\n")
    check.equal(read "engines/benchmarks.md", output:sub(1, -2))
    for _, part in ipairs {
        "OpenVINO 9.8", "| OpenVINO int8    | u8      |      2000.0 |       1000.0 |",
        "* ncnn is not measured: No module named ncnn",
        "* a command ended with 1: sh", "| OpenVINO int8                      |      51.2 |", "srq W4A4 against OpenVINO int8",
        "By minima", "16x12\n",
        has_bf16 and "srq bf16 costs" or "srq bf16 is not measured: precision: 'bf16' needs AVX512_BF16",
    } do
        check.equal(output:find(part, 1, true) and part, part)
    end
    local csv = read "engines/benchmarks.csv"
    check.equal(select(2, csv:gsub("\n", "")), 1 + (has_bf16 and 5 or 4) * 2 + 1)
    check.equal(csv:match "srq,W8A8,,16x12,2,[%d.]+,[%d.]+,1,[%d.]+,[%d.]+,(%d+)\n" ~= nil, true)
end)

check.test("a run records its results for its own kind of machine, and only where it is told to", function()
    local kind = require("srq.experiment.machine").here().kind
    local _, code, errors = run(("--sizes 8x8 --threads 2 --record '%s'"):format(samples.path "kept"))
    check.equal(code == 0 or errors, true)
    local file = read("kept/benchmarks/" .. kind .. ".md")
    check.equal(file:find("| srq W4A4 ", 1, true) ~= nil and file:find("By minima", 1, true) ~= nil, true)
    local page = read "kept/benchmarks.md"
    check.equal(page:find(("[All tables](benchmarks/%s.md)"):format(kind), 1, true) ~= nil, true)
    check.equal(page:find("srq W4A4", 1, true) ~= nil and not page:find("By minima", 1, true), true)
    check.equal(srq_core.system.kind(samples.path "engines/benchmarks"), nil)
end)

check.test("engines can be chosen, and without a peer srq is measured alone", function()
    os.remove(samples.path "asked")
    local output, code = run(("--sizes 8x8 --threads 2 --engines openvino --peer 'sh %s'"):format(peer))
    check.equal(code, 0)
    check.equal(read("asked"):match "^%-%-engines openvino %-%-least" ~= nil, true)
    check.equal(output:find("srq W4A4", 1, true), nil)
    local alone, alone_code = run "--sizes 8x8 --threads 1"
    check.equal(alone_code, 0)
    check.equal(alone:find("srq W4A4", 1, true) ~= nil and not alone:find("OpenVINO", 1, true), true)
end)

check.test("an option that means nothing ends the run before any work", function()
    for extra, message in pairs {
        ["--sizes 8"] = "--sizes: '8' is not WIDTHxHEIGHT", ["--threads 0"] = "--threads: '0'", ["--peaks x"] = "--peaks: 'x'",
        ["--rounds many"] = "--rounds must be a number", ["--engines openvino"] = "nothing was measured",
    } do
        local _, code, errors = run(extra)
        check.equal(code, 1)
        check.equal(errors:find(message, 1, true) and message, message)
    end
end)

check.test("tools/bench_peers.py names what is wrong with its arguments", function()
    local valid = "--work w --oracle o --model m --calibration c "
    for arguments, message in pairs {
        ["--oracle o"] = "--work", ["--work w"] = "--oracle, --model and --calibration", [valid .. "--engines magic"] = "'magic'",
        [valid .. "--sizes 8"] = "WIDTHxHEIGHT", [valid .. "--sizes 0x8"] = "WIDTHxHEIGHT", [valid .. "--sizes axb"] = "--sizes",
        [valid .. "--threads 0"] = "--threads", [valid .. "--only both"] = "--only",
    } do
        local pipe = assert(io.popen("python3 tools/bench_peers.py " .. arguments .. " 2>&1"))
        local output = pipe:read "a"
        local _, _, code = pipe:close()
        check.equal(code, 2)
        check.equal(output:match "error: .*":find(message, 1, true) and message, message)
    end
end)

check.test("an engine that is not installed keeps no other from being measured", function()
    local program = [[import sys
sys.modules.update(dict.fromkeys(("onnx", "openvino", "nncf", "onnxruntime", "ncnn", "torch")))
sys.path.insert(0, "tools")
import peers.ncnn_peer, peers.onnxruntime_peer, peers.openvino_peer, peers.pytorch_peer
]]
    -- The first python3 on the PATH need not have NumPy, which is all that is asked for.
    local found = os.execute(("for one in python3 /usr/bin/python3; do "
        .. "$one -c 'import numpy' 2> /dev/null && exec $one '%s'; done; exit 1"):format(samples.write("without.py", program)))
    check.equal(found, true)
end)
