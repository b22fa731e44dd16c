// How numbers become the integers of a quantizer's grid, in the form that is fastest for the quantizer and still exact.
#ifndef SRQ_ENCODER_H
#define SRQ_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "affine.h"
#include "integer_line.h"
#include "piecewise.h"

enum {
    /// A table of so many levels fits the registers of most instruction sets.
    SRQ_ENCODER_LEVELS = 16,
};

typedef enum : int32_t {
    /// At most 16 levels, found by halving.
    SRQ_ENCODE_BY_HALVING = 0,
    /// At most 16 levels, so nearly even that a line gives the code or the one below it: `srq_encoder_find_line` proves it.
    SRQ_ENCODE_BY_LINE = 1,
    /// What affine_encode does where `base` is `lower`.
    SRQ_ENCODE_AFFINE = 2,
    /// What piecewise_encode does.
    SRQ_ENCODE_PIECEWISE = 3,
    /// Any number of levels, found by halving in memory: slow.
    SRQ_ENCODE_BY_TABLE = 4,
} srq_encoder_kind;

/// A number's code is how many thresholds are not above it; a NaN has the code 0. `integers[code]` is stored.
typedef struct {
    srq_encoder_kind kind;

    /// By halving and by line: thresholds[k] is the smallest float with the code k, from k = 1 on, ascending. thresholds[0] is not
    /// read; NaNs follow the last to the end, so that the table can be read from any code on.
    float thresholds[2 * SRQ_ENCODER_LEVELS];
    int32_t integers[SRQ_ENCODER_LEVELS];
    /// By line: x * slope + intercept, cut to 0...top and rounded down, is the code or one less.
    float slope, intercept, top;
    /// By line: every code is its own integer.
    bool stores_codes;

    /// Affine and piecewise: at most 512 steps within a segment. The lines' numbers are what is stored.
    srq_affine affine;
    srq_integer_line line;
    srq_piecewise piecewise;
    srq_piecewise_integers lines;

    /// By table: ascending, one for each code from 1 on; one integer more than that.
    const float *_Nullable table;
    const int16_t *_Nullable table_integers;
    size_t table_count;

    /// One for each channel, padded to whole blocks: numbers are multiplied by them first. NULL: they are not.
    const float *_Nullable factors;
} srq_encoder;

/// Makes an encoder by halving one by line if that gives the same codes for all floats.
bool srq_encoder_find_line(srq_encoder *_Nonnull encoder);

#endif
