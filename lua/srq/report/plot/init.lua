-- This module draws plots as SVG text: bars, lines, histograms and rows of colour. They are so wide that a window of 1280 pixels
-- shows them at their size.
--
--   plot.bars { title = "PSNR on Set5", labels = { "MinMax", "PLQ" }, series = { { name = "W4A4", values = { 27.1, 30.5 } } },
--       y = "dB" }
--   plot.lines { title = "PSNR by layer", labels = names, series = { { name = "EDSR", values = psnr } }, x = "layer", y = "dB" }
--   plot.histogram { title = "body.15.conv1", histogram = h, marks = { { at = h.upper, name = "upper" } }, x = "activation" }
--   plot.heat { title = "by layer", labels = names, rows = { { name = "PSNR", values = psnr, format = "%.2f" } } }
--
-- A missing value leaves a gap.

local plain = require("srq.core").plain

return {
    bars = plain(require "srq.report.plot.bars"),
    lines = plain(require "srq.report.plot.lines"),
    histogram = plain(require "srq.report.plot.histogram"),
    heat = plain(require "srq.report.plot.heat"),
}
