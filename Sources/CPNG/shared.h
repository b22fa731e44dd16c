#ifndef CPNG_SHARED_H
#define CPNG_SHARED_H

#include "cpng.h"
#include <png.h>

/** Serves libpng as its error function: keeps the text in the CPNG_MESSAGE_SIZE bytes of the error pointer and jumps. */
void cpng_raise(png_structp png, png_const_charp text);

/** Serves libpng as its warning function: does nothing, since damage that makes an image wrong is an error to libpng. */
void cpng_ignore(png_structp png, png_const_charp text);

/** Returns 1 on little-endian hosts, which need 16-bit samples swapped: PNG stores the high byte first. */
int cpng_is_little_endian(void);

#endif
