// Comparing one table's kernels with the scalar ones, bit for bit.
#ifndef COMPARE_H
#define COMPARE_H

#include <stdbool.h>
#include <stdio.h>

#include "CKernels.h"

/// Compares every kernel of `tested` with those of `plain` and prints one line for each, or what differs first.
/// @return how many kernels differ.
int kernels_that_differ(const char *name, const srq_kernel_table *tested, const srq_kernel_table *plain);

// ---- What comparisons share ----------------------------------------------------------------------------------------------------

/// What a comparison needs; it returns whether the two agree and says so where they do not.
typedef struct {
    const srq_kernel_table *tested, *plain;
    const char *name;
} pair;

bool same_bytes(const pair *both, const char *kernel, const char *what, const void *found, const void *expected, size_t bytes);

enum { DESCRIPTION = 300 };
extern char description[DESCRIPTION];
#define DESCRIBE(...) (snprintf(description, sizeof description, __VA_ARGS__), description)

/// All lengths around every width, and some that take many blocks.
size_t length_of(int round);

/// How numbers of a layer are chosen: all over their range, or so that sums come as near to overflowing as they can.
typedef enum { ANYWHERE, HIGHEST, LOWEST, EITHER_END, CHOICES } choice;

int64_t chosen(choice how, int64_t low, int64_t high);

/// Outputs in whole blocks.
size_t padded(size_t outputs);

/// Random operations and sinks for results, and the same once more with sinks of their own.
typedef struct {
    srq_results to[2];
    srq_operation operations[4];
    srq_sink sinks[2][3];
    void *sink_rows[2][3][16];
    uint8_t *sink_memory[2][3];
    size_t sink_bytes[3];
    const float *added[4];
    srq_encoder encoders[3];
} results_pair;

/// Of `rows` rows of `pixels` pixels, of which the last ones may not be results.
void make_results(results_pair *pair, size_t rows, size_t pixels, size_t outputs);

/// Whether both sinks hold the same.
bool same_results(const pair *both, const char *kernel, const char *what, const results_pair *results);

/// The second description of `results` for one of its rows alone, with operations and sinks in the memory given.
srq_results expected_row(const results_pair *results, size_t row, srq_operation operations[4], srq_sink sinks[3]);

/// The results of some rows, one after the other, by the plain convolution: the narrow one where there are bytes.
void plain_rows(
    const pair *both, const srq_integer_layer *layer, const uint8_t *const *bytes, const int16_t *const *words, size_t pixels,
    const results_pair *results);

bool encoders_agree(const pair *both, int round);
bool results_agree(const pair *both, int round);
bool gaussian_convolution_agrees(const pair *both, int round);
bool float_winograd_agrees(const pair *both, int round);

#endif
