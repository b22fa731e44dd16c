-- This module encodes bytes in Base64 (RFC 4648), as pictures inside HTML need it.

local base64 = {}

local alphabet = {}
for letter in ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"):gmatch "." do
    alphabet[#alphabet + 1] = letter
end

local function letter(bits, shift)
    return alphabet[(bits >> shift & 63) + 1]
end

function base64.encode(bytes)
    local parts = {}
    for position = 1, #bytes - 2, 3 do
        local a, b, c = bytes:byte(position, position + 2)
        local bits = a << 16 | b << 8 | c
        parts[#parts + 1] = letter(bits, 18) .. letter(bits, 12) .. letter(bits, 6) .. letter(bits, 0)
    end
    local left = #bytes % 3
    if left > 0 then
        local a, b = bytes:byte(#bytes - left + 1, #bytes)
        local bits = a << 16 | (b or 0) << 8
        parts[#parts + 1] = letter(bits, 18) .. letter(bits, 12) .. (left == 2 and letter(bits, 6) or "=") .. "="
    end
    return table.concat(parts)
end

return base64
