// Buffers whose end touches memory that must not be read or written, and random numbers to fill them with.
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>
#include <stdint.h>

/// Room for `bytes`; whoever reads or writes behind it is killed.
void *guarded(size_t bytes);

/// Gives back all of `guarded`'s memory.
void release_guarded(void);

/// Always the same sequence.
uint64_t random_bits(void);

/// A random number from `low` to `high`.
int64_t random_between(int64_t low, int64_t high);

float random_float(float low, float high);

#endif
