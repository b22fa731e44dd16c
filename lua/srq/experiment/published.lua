-- This module has the numbers that the paper prints (arXiv 2511.00682, Tables 1 to 5), all of them for ×4. Its networks are other
-- checkpoints than those measured here, so what can be compared is what a method loses against float (docs/protocols.md).

local published = {}

local sets = { "Set5", "Set14", "BSD100", "Urban100" }
local large = { "Test2K", "Test4K" }
local other_names = { B100 = "BSD100" }

-- A line has network, protocol, method, bits of weights and activations, then a cell for each set: PSNR/SSIM, or PSNR/SSIM/FAB.
local lines = {
    { sets, [[
EDSR      full float      32/32  32.10/.894 28.58/.781 27.56/.736 26.04/.785
EDSR      full mse        6/6    31.84/.887 28.37/.775 27.45/.731 25.73/.775
EDSR      full minmax     6/6    31.56/.866 28.26/.760 27.29/.714 25.76/.760
EDSR      full percentile 6/6    24.30/.793 24.31/.728 24.68/.700 21.93/.696
EDSR      full ptq4sr     6/6    31.80/.884 28.34/.768 27.37/.722 25.79/.769
EDSR      full adabm      6/6    31.92/.887/5.7 28.47/.777/5.6 27.47/.731/5.4 25.89/.778/5.7
EDSR      full plq-saft   6/6    32.03/.891 28.55/.780 27.54/.735 25.99/.782
EDSR      full mse        4/4    27.74/.827 26.03/.734 25.95/.702 23.63/.712
EDSR      full minmax     4/4    26.83/.624 25.04/.546 24.57/.503 23.12/.536
EDSR      full percentile 4/4    24.03/.776 23.95/.712 24.42/.687 21.62/.677
EDSR      full ptq4sr     4/4    30.51/.836 27.62/.735 26.88/.693 24.92/.721
EDSR      full adabm      4/4    31.02/.860/3.8 27.87/.751/3.7 26.91/.700/3.5 25.11/.736/3.7
EDSR      full plq-saft   4/4    31.54/.879 28.26/.769 27.36/.726 25.61/.765
EDSR      full plq        4/4    30.50/.865 27.71/.755 27.03/.715 25.12/.751
EDSR      full minmax-vft 4/4    29.45/.770 26.95/.677 26.27/.632 24.40/.654
EDSR      full minmax-saft 4/4   29.87/.809 27.24/.709 26.55/.666 24.57/.689
RDN       full float      32/32  32.24/.895 28.67/.784 27.63/.739 26.29/.793
RDN       full mse        6/6    31.02/.879 27.77/.767 27.01/.724 25.01/.757
RDN       full minmax     6/6    30.59/.863 27.54/.752 26.65/.703 24.79/.733
RDN       full percentile 6/6    18.87/.778 18.33/.667 19.88/.651 16.81/.632
RDN       full ptq4sr     6/6    30.73/.877 27.60/.765 26.85/.720 25.08/.756
RDN       full adabm      6/6    31.56/.881/5.7 28.14/.769/5.6 27.20/.722/5.5 25.31/.755/5.7
RDN       full plq-saft   6/6    32.20/.894 28.62/.782 27.61/.738 26.24/.790
RDN       full mse        4/4    25.55/.831 24.33/.725 24.49/.689 21.75/.692
RDN       full minmax     4/4    25.91/.632 24.22/.549 24.29/.530 22.24/.523
RDN       full percentile 4/4    18.83/.771 18.28/.662 19.83/.646 16.77/.625
RDN       full ptq4sr     4/4    28.32/.813 26.11/.709 25.82/.671 23.31/.668
RDN       full adabm      4/4    28.71/.808/3.8 26.30/.707/3.7 26.10/.672/3.6 23.38/.663/3.8
RDN       full plq-saft   4/4    31.80/.885 28.39/.775 27.47/.732 25.93/.778
EDSR      body float      32/32  32.10/.894 28.58/.781 27.56/.736 26.04/.785
EDSR      body pams       4/4    31.59/.885 28.20/.773 27.32/.728 25.32/.762
EDSR      body daq        4/4    31.85/.887 28.38/.776 27.42/.732 25.73/.772
EDSR      body ddtb       4/4    31.85/.889 28.39/.777 27.44/.732 25.69/.774
EDSR      body odm        4/4    32.00/.891 28.47/.779 27.51/.735 25.80/.778
EDSR      body plq-saft   4/4    31.79/.885 28.40/.778 27.45/.731 25.75/.773
]] },
    { large, [[
EDSR      body float      32/32  27.71/.782 28.80/.814
EDSR      body ptq4sr     8/6    27.54/.768 28.91/.814
EDSR      body adabm      8/6    27.65/.779 28.71/.809
EDSR      body plq-saft   8/6    27.59/.773 28.95/.819
EDSR      body ptq4sr     4/4    26.94/.723 28.13/.767
EDSR      body adabm      4/4    27.40/.758 28.39/.784
EDSR      body plq-saft   4/4    27.49/.767 28.83/.814
SRResNet  body float      32/32  27.64/.781 28.72/.813
SRResNet  body ptq4sr     8/6    27.46/.767 28.78/.816
SRResNet  body adabm      8/6    27.55/.777 28.62/.809
SRResNet  body plq-saft   8/6    27.55/.771 28.84/.818
SRResNet  body ptq4sr     4/4    27.06/.749 28.32/.797
SRResNet  body adabm      4/4    27.31/.766 28.25/.782
SRResNet  body plq-saft   4/4    27.35/.768 28.80/.812
]] },
}

local function name_of(...)
    return table.concat({ ... }, " ")
end

local cells = {}
for _, part in ipairs(lines) do
    for line in part[2]:gmatch "[^\n]+" do
        local network, protocol, method, bits, rest = line:match "^(%S+)%s+(%S+)%s+(%S+)%s+(%S+)%s+(.*)$"
        local column = 0
        for cell in rest:gmatch "%S+" do
            column = column + 1
            local psnr, ssim, fab = cell:match "^([%d.]+)/([%d.]+)/?([%d.]*)$"
            cells[name_of(network, protocol, method, bits, part[1][column])] = {
                psnr = tonumber(psnr), ssim = tonumber(ssim), fab = tonumber(fab),
            }
        end
    end
end

-- Returns {psnr, ssim, fab} of one cell, or nil where the paper prints none. The arguments `weights` and `activations` are bits.
-- The paper does not say in which terms its parameters take their steps, so its rows stand beside relative ones as well.
function published.score(network, protocol, method, weights, activations, set)
    method = method:gsub("%-relative$", "")
    return cells[name_of(network, protocol, method, ("%d/%d"):format(weights, activations), other_names[set] or set)]
end

-- Table 3 has methods that train the network. Their `process` is how many times longer they take than the paper's own.
published.trained = {
    { name = "pams", title = "PAMS", process = 75 }, { name = "daq", title = "DAQ", process = 185 },
    { name = "ddtb", title = "DDTB", process = 125 }, { name = "odm", title = "ODM", process = 120 },
}

-- Table 5 has the costs of EDSR at W4A4 on an NVIDIA 2080 Ti: seconds to quantize, milliseconds for a forward pass with simulated
-- quantization, and numbers to store in thousands of 32-bit words.
published.resources = {
    parameters = 1517571, -- EDSR-baseline ×4 has so many.
    ["ptq4sr"] = { seconds = 126, milliseconds = 133, storage = 229.517 },
    ["adabm"] = { seconds = 72, milliseconds = 143, storage = 229.517 },
    ["plq-saft"] = { seconds = 73, milliseconds = 135, storage = 229.517 },
}

return published
