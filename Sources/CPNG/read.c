#include "shared.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cpng_reader {
    png_structp png;
    png_infop info;
    const uint8_t *rest;
    size_t left;
    uint32_t height;
    size_t row_bytes;
    int passes;
    char message[CPNG_MESSAGE_SIZE];
};

/* The most bytes that one compressed byte can stand for: deflate codes at most 258 bytes in 2 bits, so 1032 in 8. */
static const uint64_t deflate_limit = 1032;

static void read_bytes(png_structp png, png_bytep out, size_t count) {
    cpng_reader *reader = png_get_io_ptr(png);
    if (count > reader->left) png_error(png, "the file ends too early");
    memcpy(out, reader->rest, count);
    reader->rest += count;
    reader->left -= count;
}

static void configure(png_structp png) {
    /* Colour profiles and texts are often faulty and never used: skip them unread. */
    static const png_byte skipped[] = "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0"
                                      "tEXt\0tIME\0zTXt";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, skipped, (int)(sizeof skipped / 5));
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_benign_errors(png, 0);
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
        return -1;
    }
    cpng_reader *const reader = calloc(1, sizeof *reader);
    if (reader) reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader->message, cpng_raise, cpng_ignore);
    if (reader && reader->png) reader->info = png_create_info_struct(reader->png);
    if (!reader || !reader->info) {
        snprintf(message, CPNG_MESSAGE_SIZE, "not enough memory");
        cpng_close(reader);
        return -1;
    }
    reader->rest = data;
    reader->left = size;
    if (setjmp(png_jmpbuf(reader->png))) {
        memcpy(message, reader->message, CPNG_MESSAGE_SIZE);
        cpng_close(reader);
        return -1;
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
        memcpy(message, reader->message, CPNG_MESSAGE_SIZE);
        return -1;
    }
    for (int pass = 0; pass < reader->passes; pass++)
        for (uint32_t y = 0; y < reader->height; y++)
            png_read_row(reader->png, (png_bytep)pixels + y * reader->row_bytes, NULL);
    png_read_end(reader->png, NULL);
    if (reader->left) png_error(reader->png, "there are bytes after the end of the image");
    return 0;
}

void cpng_close(cpng_reader *reader) {
    if (!reader) return;
    if (reader->png) png_destroy_read_struct(&reader->png, &reader->info, NULL);
    free(reader);
}
