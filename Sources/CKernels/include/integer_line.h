// From codes to the integers of a grid.
#ifndef SRQ_INTEGER_LINE_H
#define SRQ_INTEGER_LINE_H

/// A code r stands for the integer r * step + base. Both are whole numbers, and so small that the result is an int16_t.
typedef struct {
    float step, base;
} srq_integer_line;

#endif
