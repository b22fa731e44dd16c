// The map from the codes of evenly spaced levels to the integers of a grid.
#ifndef SRQ_INTEGER_LINE_H
#define SRQ_INTEGER_LINE_H

/// The line on which the integers of evenly spaced levels lie: the code r stands for the integer r * step + base. Both members are
/// whole numbers, and so small that the result fits an int16_t.
typedef struct {
    float step, base;
} srq_integer_line;

#endif
