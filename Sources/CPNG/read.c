#include "shared.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bytes of all warnings of a file: a hostile one could have a million. */
#define CPNG_WARNINGS_SIZE 1024

struct cpng_reader {
    png_structp png;
    png_infop info;
    const uint8_t *rest;
    size_t left;
    uint32_t height;
    size_t row_bytes;
    int passes;
    int has_all_pixels;
    cpng_trouble trouble;
    char warnings[CPNG_WARNINGS_SIZE];
};

/* The most bytes that one compressed byte can stand for: deflate codes at most 258 bytes in 2 bits, so 1032 in 8. */
static const uint64_t deflate_limit = 1032;

/* Keeps one more line, unless it is there already or finds no room. */
static void keep_warning(cpng_reader *reader, const char *text) {
    size_t used = strlen(reader->warnings), length = strlen(text);
    for (const char *line = reader->warnings; *line; line = strchr(line, '\n') + 1)
        if (strncmp(line, text, length) == 0 && line[length] == '\n') return;
    if (used + length + 2 <= CPNG_WARNINGS_SIZE) snprintf(reader->warnings + used, length + 2, "%s\n", text);
}

static void read_bytes(png_structp png, png_bytep out, size_t count) {
    cpng_reader *reader = png_get_io_ptr(png);
    if (count > reader->left) png_error(png, "the file ends too early");
    memcpy(out, reader->rest, count);
    reader->rest += count;
    reader->left -= count;
    /* libpng reads the length and the name of a chunk at once, and says nothing of pixels behind the last one. */
    static const png_byte none[4] = {0};
    if (reader->has_all_pixels && count == 8 && memcmp(out, none, 4) != 0 && memcmp(out + 4, "IDAT", 4) == 0)
        keep_warning(reader, "IDAT: surplus data after the pixels");
}

/* libpng's warning function. Two of its warnings are about data that the pixels come from: a transparency whose checksum is
   broken, and compressed pixels that are not those that were compressed. */
static void warn(png_structp png, png_const_charp text) {
    if (strcmp(text, "tRNS: CRC error") == 0 || strcmp(text, "IDAT: incorrect data check") == 0) png_error(png, text);
    cpng_reader *reader = png_get_io_ptr(png);
    if (reader) keep_warning(reader, text);
}

static void configure(png_structp png) {
    /* Colour profiles and texts are often faulty and never used: skip them unread. */
    static const png_byte skipped[] = "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0"
                                      "tEXt\0tIME\0zTXt";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, skipped, (int)(sizeof skipped / 5));
    /* As every viewer does: a broken checksum is an error in what makes the pixels, and drops any other chunk. What libpng calls
       benign (a palette in a gray image, a transparency beside an alpha channel, surplus data) changes no pixel. */
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
    png_set_benign_errors(png, 1);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
}

static void check_size(png_structp png, png_infop info, size_t file_size, uint64_t max_pixels) {
    uint64_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    char text[CPNG_MESSAGE_SIZE];
    if (width > max_pixels / height) {
        snprintf(text, sizeof text, "%llu x %llu pixels are more than the limit of %llu", (unsigned long long)width,
                 (unsigned long long)height, (unsigned long long)max_pixels);
        png_error(png, text);
    }
    uint64_t bits = width * png_get_channels(png, info) * png_get_bit_depth(png, info);
    if ((bits + 7) / 8 * height > deflate_limit * file_size) {
        snprintf(text, sizeof text, "%llu x %llu pixels cannot be in a file of %zu bytes", (unsigned long long)width,
                 (unsigned long long)height, file_size);
        png_error(png, text);
    }
}

static void describe(png_structp png, png_infop info, cpng_info *out) {
    out->width = png_get_image_width(png, info);
    out->height = png_get_image_height(png, info);
    out->channels = png_get_channels(png, info);
    out->depth = png_get_bit_depth(png, info);
}

int cpng_open(cpng_reader **out, const uint8_t *data, size_t size, uint64_t max_pixels, cpng_info *info,
              char message[CPNG_MESSAGE_SIZE]) {
    *out = NULL;
    if (size < 8 || png_sig_cmp(data, 0, 8)) {
        snprintf(message, CPNG_MESSAGE_SIZE, "not a PNG file");
        return CPNG_DAMAGED;
    }
    cpng_reader *const reader = calloc(1, sizeof *reader);
    if (reader)
        reader->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &reader->trouble, cpng_raise, warn, &reader->trouble,
                                               cpng_allocate, cpng_deallocate);
    if (reader && reader->png) reader->info = png_create_info_struct(reader->png);
    if (!reader || !reader->info) {
        cpng_close(reader);
        return cpng_failure(NULL, message);
    }
    reader->rest = data;
    reader->left = size;
    if (setjmp(png_jmpbuf(reader->png))) {
        int status = cpng_failure(&reader->trouble, message);
        cpng_close(reader);
        return status;
    }
    png_set_read_fn(reader->png, reader, read_bytes);
    configure(reader->png);
    png_read_info(reader->png, reader->info);
    check_size(reader->png, reader->info, size, max_pixels);
    info->file_depth = png_get_bit_depth(reader->png, reader->info);
    info->palette = png_get_color_type(reader->png, reader->info) == PNG_COLOR_TYPE_PALETTE;

    png_set_expand(reader->png);
    if (cpng_is_little_endian()) png_set_swap(reader->png);
    reader->passes = png_set_interlace_handling(reader->png);
    png_read_update_info(reader->png, reader->info);
    describe(reader->png, reader->info, info);
    reader->height = info->height;
    reader->row_bytes = png_get_rowbytes(reader->png, reader->info);
    *out = reader;
    return 0;
}

int cpng_pixels(cpng_reader *reader, void *pixels, char message[CPNG_MESSAGE_SIZE]) {
    if (setjmp(png_jmpbuf(reader->png))) {
        if (!reader->has_all_pixels) return cpng_failure(&reader->trouble, message);
        keep_warning(reader, reader->left ? reader->trouble.message : "there is no end (IEND) after the pixels");
        return 0;
    }
    for (int pass = 0; pass < reader->passes; pass++)
        for (uint32_t y = 0; y < reader->height; y++)
            png_read_row(reader->png, (png_bytep)pixels + y * reader->row_bytes, NULL);
    /* libpng has checked the last of the compressed pixels by now, so that no trouble behind them can be about one. */
    reader->has_all_pixels = 1;
    png_read_end(reader->png, NULL);
    if (reader->left) {
        char text[CPNG_MESSAGE_SIZE];
        snprintf(text, sizeof text, "there are %zu bytes after the end of the image", reader->left);
        keep_warning(reader, text);
    }
    return 0;
}

const char *cpng_warnings(const cpng_reader *reader) { return reader->warnings; }

void cpng_close(cpng_reader *reader) {
    if (!reader) return;
    if (reader->png) png_destroy_read_struct(&reader->png, &reader->info, NULL);
    free(reader);
}
