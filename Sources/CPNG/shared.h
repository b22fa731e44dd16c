#ifndef CPNG_SHARED_H
#define CPNG_SHARED_H

#include "cpng.h"
#include <png.h>

/** libpng's error function: keeps the text in the CPNG_MESSAGE_SIZE bytes of the error pointer and jumps. */
void cpng_raise(png_structp png, png_const_charp text);

/** libpng's warning function: what is only worth a warning to libpng is worth nothing here. */
void cpng_ignore(png_structp png, png_const_charp text);

/** PNG stores 16-bit samples with the high byte first; little-endian hosts need them swapped. */
int cpng_is_little_endian(void);

#endif
