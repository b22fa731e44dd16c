-- This module says which kind of machine this is: the processor's name, and those of its instruction sets that make a network fast.
--
--   machine.here()        --> { processor = "AMD EPYC", features = "avx2 fma avx512 vnni", kind = "amd-epyc-avx512-vnni" }

local machine = {}

-- The flags of /proc/cpuinfo and what they are called here, in the order in which they are listed.
local flags = {
    { "avx2", "avx2" }, { "fma", "fma" }, { "avx512f", "avx512" }, { "avx_vnni", "vnni" }, { "avx512_vnni", "vnni" },
    { "avx512_bf16", "bf16" }, { "amx_tile", "amx" }, { "asimd", "neon" }, { "asimddp", "dot" }, { "i8mm", "i8mm" },
    { "bf16", "bf16" },
}

-- AVX-512 says more than AVX2, and whoever has AVX2 has fused multiply-add.
local function tells(feature, has)
    return feature ~= "fma" and not (feature == "avx2" and has.avx512)
end

-- Returns processor, features and kind from the text of /proc/cpuinfo.
function machine.read(text)
    local processor = text:match "model name%s*:%s*([^\n]*%S)" or text:match "CPU part%s*:%s*(%S+)" or "unknown processor"
    local words = " " .. (text:match "\nflags%s*:%s*([^\n]*)" or text:match "\nFeatures%s*:%s*([^\n]*)" or "") .. " "
    local list, has = {}, {}
    for _, flag in ipairs(flags) do
        if words:find(" " .. flag[1] .. " ", 1, true) and not has[flag[2]] then
            has[flag[2]], list[#list + 1] = true, flag[2]
        end
    end
    local kind = { processor }
    for _, feature in ipairs(list) do
        if tells(feature, has) then kind[#kind + 1] = feature end
    end
    return {
        processor = processor, features = table.concat(list, " "),
        kind = table.concat(kind, "-"):lower():gsub("[^%w]+", "-"):gsub("^%-", ""):gsub("%-$", ""),
    }
end

-- Returns the same of this machine.
function machine.here()
    local file <close> = io.open "/proc/cpuinfo"
    return machine.read("\n" .. (file and file:read "a" or ""))
end

return machine
