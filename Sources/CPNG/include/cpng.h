/**
 * Reading and writing PNG in memory over libpng, whose errors stay on this side.
 *
 * Functions return 0, CPNG_DAMAGED or CPNG_MEMORY, the latter two with a NUL-terminated text in `message`. Different threads may
 * use different readers.
 */
#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>
#include <stdint.h>

/** The bytes of a message, the closing NUL among them; longer texts are cut. */
#define CPNG_MESSAGE_SIZE 256

/** The image cannot be read, or written: `message` says why. */
#define CPNG_DAMAGED (-1)

/** There was no memory, in this shim, libpng or zlib; the file may be sound. */
#define CPNG_MEMORY (-2)

/** The size and the format of an image. */
typedef struct cpng_info {
    uint32_t width;      /* pixels, at least 1 */
    uint32_t height;     /* pixels, at least 1 */
    uint8_t channels;    /* 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA */
    uint8_t depth;       /* the bits of a sample as it is read or written: 8 or 16 */
    uint8_t file_depth;  /* the bits of a sample in the file: 1, 2, 4, 8 or 16 (only reading) */
    uint8_t palette;     /* 1 if the file has a palette (only reading) */
} cpng_info;

/** An open PNG in memory. */
typedef struct cpng_reader cpng_reader;

/** Opens a PNG and reads what comes before the pixels. `data` must outlive the reader. Refuses more than `max_pixels` pixels, and
 *  any number that could not have been compressed to `size` bytes. On success the reader must be given to cpng_close. */
int cpng_open(cpng_reader **out, const uint8_t *data, size_t size, uint64_t max_pixels, cpng_info *info,
              char message[CPNG_MESSAGE_SIZE]);

/** Decodes into `pixels`, which has room for width · height · channels · depth / 8 bytes. Once per reader. What is wrong with the
 *  file but changes no pixel is no error: cpng_warnings names it. */
int cpng_pixels(cpng_reader *reader, void *pixels, char message[CPNG_MESSAGE_SIZE]);

/** Returns what was wrong with the file so far without changing a pixel: lines of text, "" if nothing was. Equal lines are there
 *  once, and of many lines the first few. The text lives as long as the reader. */
const char *cpng_warnings(const cpng_reader *reader);

/** Frees a reader; NULL is allowed. */
void cpng_close(cpng_reader *reader);

/** Encodes an image whose rows follow each other without gaps, samples of 16 bits in host byte order; with `bgr` the first and
 *  third of 3 or 4 channels are exchanged. On success `*bytes` must be given to cpng_free. */
int cpng_write(const cpng_info *info, const void *pixels, int bgr, uint8_t **bytes, size_t *size,
               char message[CPNG_MESSAGE_SIZE]);

/** Frees what cpng_write gave; NULL is allowed. */
void cpng_free(uint8_t *bytes);

#endif
