// The functions from floats to the integers of a quantizer's grid, in the form that is fastest for the quantizer and still exact.
#ifndef SRQ_ENCODER_H
#define SRQ_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "affine.h"
#include "integer_line.h"
#include "piecewise.h"

enum {
    /// The most levels of a table that is searched in registers: so many thresholds fit those of most instruction sets.
    SRQ_ENCODER_LEVELS = 16,
};

/// The way in which an encoder finds a number's code.
typedef enum : int32_t {
    /// At most 16 levels, found by halving the thresholds.
    SRQ_ENCODE_BY_HALVING = 0,
    /// At most 16 levels, so nearly even that a line gives the code or the one below it: `srq_encoder_find_line` proves it.
    SRQ_ENCODE_BY_LINE = 1,
    /// The formula of affine_encode, for quantizers whose `base` is `lower`. The division is replaced by a multiplication wherever
    /// both round alike.
    SRQ_ENCODE_AFFINE = 2,
    /// The formula of piecewise_encode.
    SRQ_ENCODE_PIECEWISE = 3,
    /// Any number of levels, found by halving thresholds in memory, which is slow.
    SRQ_ENCODE_BY_TABLE = 4,
} srq_encoder_kind;

/// An encoder: a function from floats to whole numbers. Which members are read depends on `kind`.
///
/// With tables, a number's code is how many thresholds are not above it, and 0 for a NaN; `integers[code]` is stored. The encoder
/// does not own what it points to. Kernels only read it, so threads may share one.
typedef struct {
    srq_encoder_kind kind;

    /// The thresholds, for halving and lines: thresholds[k] is the smallest float with the code k, from k = 1 on, ascending.
    /// thresholds[0] is not read; NaNs, which no number reaches, follow the last to the end, so that the table can be read from any
    /// code on.
    float thresholds[2 * SRQ_ENCODER_LEVELS];
    /// The integer that is stored for each code, for halving and lines.
    int32_t integers[SRQ_ENCODER_LEVELS];
    /// The line: x * slope + intercept, cut to 0...top and rounded down, is the code of x or one less.
    float slope, intercept, top;
    /// Whether every code is its own integer, for lines.
    bool stores_codes;

    /// The formulas, for affine and piecewise encoders, with at most 512 steps within a segment, and the lines from their codes to
    /// the integers that are stored.
    srq_affine affine;
    srq_integer_line line;
    srq_piecewise piecewise;
    srq_piecewise_integers lines;

    /// The thresholds in memory, for tables: ascending, `table_count` of them, one for each code from 1 on. There is one integer
    /// more, that of the code 0.
    const float *_Nullable table;
    const int16_t *_Nullable table_integers;
    size_t table_count;

    /// The factors by which numbers are multiplied before anything else, one for each channel, padded to whole blocks; NULL where
    /// they are not multiplied.
    const float *_Nullable factors;
} srq_encoder;

/// Turns an encoder of the kind SRQ_ENCODE_BY_HALVING into one of the kind SRQ_ENCODE_BY_LINE, if there is a line that gives the
/// same codes for all floats. That it does is proved at both sides of every threshold, which is enough because the line never
/// descends.
///
/// Returns whether the encoder was changed.
bool srq_encoder_find_line(srq_encoder *_Nonnull encoder);

#endif
