#include "encoder.h"

#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

/// As the kernels compute it.
static int code_by_line(const srq_encoder *encoder, float x) {
    float place = x * encoder->slope;
    place = place + encoder->intercept;
    place = place > 0 ? place : 0;
    place = place < encoder->top ? place : encoder->top;
    return (int)place;
}

bool srq_encoder_find_line(srq_encoder *encoder) {
    int top = 0;
    while (top + 1 < SRQ_ENCODER_LEVELS && encoder->thresholds[top + 1] == encoder->thresholds[top + 1]) top++;
    if (encoder->kind != SRQ_ENCODE_BY_HALVING || top < 2) return false;
    const float first = encoder->thresholds[1], last = encoder->thresholds[top];
    if (!(isfinite(first) && isfinite(last) && last > first)) return false;
    // Halfway between two thresholds the line is at whole numbers: a quarter of a step of room on both sides would do.
    const double slope = (double)(top - 1) / ((double)last - (double)first);
    srq_encoder line = *encoder;
    line.kind = SRQ_ENCODE_BY_LINE;
    line.slope = (float)slope;
    line.intercept = (float)(0.5 - slope * (double)first);
    line.top = (float)top;
    if (!isfinite(line.slope) || !isfinite(line.intercept)) return false;
    // The line never descends, so its codes need to be looked at only where the true ones change.
    for (int code = 1; code <= top; code++) {
        const float threshold = line.thresholds[code];
        if (code_by_line(&line, threshold) < code - 1 || code_by_line(&line, nextafterf(threshold, -INFINITY)) > code - 1)
            return false;
    }
    if (code_by_line(&line, INFINITY) < top - 1) return false;
    line.stores_codes = true;
    for (int code = 0; code <= top; code++) line.stores_codes = line.stores_codes && line.integers[code] == code;
    *encoder = line;
    return true;
}
