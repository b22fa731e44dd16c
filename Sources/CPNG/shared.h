#ifndef CPNG_SHARED_H
#define CPNG_SHARED_H

#include "cpng.h"
#include <png.h>

/** Where libpng's errors and failed allocations of one image go. */
typedef struct {
    char message[CPNG_MESSAGE_SIZE];
    int out_of_memory;
} cpng_trouble;

/** Serves libpng as its error function: keeps the text in the cpng_trouble of the error pointer and jumps. */
void cpng_raise(png_structp png, png_const_charp text);

/** Serves libpng as its allocator, zlib's memory included: a failure is kept in the cpng_trouble of the memory pointer. */
png_voidp cpng_allocate(png_structp png, png_alloc_size_t size);
void cpng_deallocate(png_structp png, png_voidp memory);

/** Copies the message and returns the status of an operation that has failed. */
int cpng_failure(const cpng_trouble *trouble, char message[CPNG_MESSAGE_SIZE]);

/** Returns 1 on little-endian hosts, which need 16-bit samples swapped: PNG stores the high byte first. */
int cpng_is_little_endian(void);

#endif
