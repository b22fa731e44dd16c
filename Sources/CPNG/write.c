#include "shared.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
} sink;

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
    sink *to = png_get_io_ptr(png);
    if (count > to->capacity - to->size) {
        size_t capacity = (to->size + count) * 2;
        uint8_t *grown = realloc(to->bytes, capacity);
        if (!grown) {
            ((cpng_trouble *)png_get_mem_ptr(png))->out_of_memory = 1;
            png_error(png, "not enough memory");
        }
        to->bytes = grown;
        to->capacity = capacity;
    }
    memcpy(to->bytes + to->size, bytes, count);
    to->size += count;
}

static void flush_nothing(png_structp png) { (void)png; }

static void ignore(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

int cpng_write(const cpng_info *info, const void *pixels, int bgr, uint8_t **bytes, size_t *size,
               char message[CPNG_MESSAGE_SIZE]) {
    static const int color_types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGBA};
    /* These change between setjmp and longjmp, so they are kept in memory: a register would lose what changed. */
    struct {
        png_structp png;
        png_infop info;
        sink sink;
        cpng_trouble trouble;
    } *const state = calloc(1, sizeof *state);
    *bytes = NULL;
    *size = 0;
    if (state)
        state->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &state->trouble, cpng_raise, ignore, &state->trouble,
                                               cpng_allocate, cpng_deallocate);
    if (state && state->png) state->info = png_create_info_struct(state->png);
    if (!state || !state->info) {
        if (state && state->png) png_destroy_write_struct(&state->png, NULL);
        free(state);
        return cpng_failure(NULL, message);
    }
    if (setjmp(png_jmpbuf(state->png))) {
        int status = cpng_failure(&state->trouble, message);
        png_destroy_write_struct(&state->png, &state->info);
        free(state->sink.bytes);
        free(state);
        return status;
    }
    png_set_write_fn(state->png, &state->sink, write_bytes, flush_nothing);
    png_set_user_limits(state->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    /* Level 6, the default, takes three times as long to save a fiftieth of the bytes. */
    png_set_compression_level(state->png, 3);
    png_set_IHDR(state->png, state->info, info->width, info->height, info->depth, color_types[(info->channels - 1) & 3],
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(state->png, state->info);
    if (info->depth == 16 && cpng_is_little_endian()) png_set_swap(state->png);
    if (bgr && info->channels >= 3) png_set_bgr(state->png);
    const size_t row_bytes = (size_t)info->width * info->channels * (info->depth / 8);
    for (uint32_t y = 0; y < info->height; y++) png_write_row(state->png, (png_const_bytep)pixels + y * row_bytes);
    png_write_end(state->png, state->info);
    png_destroy_write_struct(&state->png, &state->info);
    *bytes = state->sink.bytes;
    *size = state->sink.size;
    free(state);
    return 0;
}

void cpng_free(uint8_t *bytes) { free(bytes); }
