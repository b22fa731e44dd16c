/* Damages files at random and loads them: any status is fine, a crash is not. Deterministic for a number of cases.
   Arguments: seconds, path for the case at work (kept after a crash), files to damage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "srq.h"

static uint64_t state = 88172645463325252u;

static uint64_t random_number(void)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static unsigned char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size + 1);
    if (!bytes || fread(bytes, 1, *size, file) != *size)
        exit(1);
    fclose(file);
    return bytes;
}

/* Makes up to eight changes: bits, bytes, numbers that are often special, moved and cut pieces. Headers are hit more often. */
static size_t damage(unsigned char *bytes, size_t size)
{
    static const uint64_t special[] = {0,          1,          0x7f,       0x80,            0xff,      0x7fff, 0xffff,
                                       0x7fffffff, 0x80000000, 0xffffffff, UINT64_MAX >> 1, UINT64_MAX};
    for (uint64_t changes = 1 + random_number() % 8; changes > 0 && size > 16; changes--) {
        size_t limit = random_number() % 2 && size > 512 ? 512 : size;
        size_t at = random_number() % limit, length = 1 + random_number() % 16;
        if (length > size - at)
            length = size - at;
        switch (random_number() % 6) {
        case 0: bytes[at] ^= (unsigned char)(1u << random_number() % 8); break;
        case 1: bytes[at] = (unsigned char)random_number(); break;
        case 2: memcpy(bytes + at, &special[random_number() % (sizeof special / sizeof *special)], length < 8 ? length : 8); break;
        case 3: memmove(bytes + at, bytes + random_number() % (size - length + 1), length); break;
        case 4: memset(bytes + at, '0' + (int)(random_number() % 10), length); break;
        case 5: if (random_number() % 8 == 0) size = at + 1; break;
        }
    }
    return size;
}

static void write_case(const char *path, const unsigned char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

/* Uses a model that could be loaded after all. */
static void use_model(srq_model *model)
{
    srq_model_info info = {.struct_size = sizeof info};
    srq_layer_info layer = {.struct_size = sizeof layer};
    if (srq_model_describe(model, &info) == SRQ_OK)
        for (size_t i = 0; i < info.layers; i++)
            srq_model_layer(model, i, &layer);
    srq_session *session;
    unsigned char low[4 * 4 * 3] = {0};
    uint32_t width, height;
    if (info.parameters < 1000000 && srq_model_output_size(model, 4, 4, &width, &height) == SRQ_OK && width <= 64 && height <= 64
        && srq_session_create(&session, model, NULL) == SRQ_OK) {
        unsigned char high[64 * 64 * 3];
        srq_image_view input = {sizeof input, 4, 4, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8, 0, 0, low};
        srq_image_view output = {sizeof output, width, height, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8, 0, 0, high};
        srq_session_upscale(session, &input, &output);
        srq_session_free(session);
    }
    srq_model_free(model);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    time_t end = time(NULL) + atoi(argv[1]);
    unsigned long cases = 0, loaded = 0;

    while (time(NULL) < end) {
        const char *seed = argv[3 + random_number() % (uint64_t)(argc - 3)];
        size_t size;
        unsigned char *bytes = read_file(seed, &size);
        size = damage(bytes, size);
        write_case(argv[2], bytes, size);
        if (strstr(seed, ".png")) {
            srq_image *image;
            loaded += srq_image_read(&image, argv[2]) == SRQ_OK;
            srq_image_free(image);
        } else {
            srq_model *model;
            if (srq_model_load_memory(&model, bytes, size, NULL) == SRQ_OK) {
                loaded++;
                use_model(model);
            } else if (*srq_last_error() == '\0') {
                fprintf(stderr, "an error without a message\n");
                return 1;
            }
        }
        free(bytes);
        cases++;
    }
    remove(argv[2]);
    printf("%lu damaged files, %lu could still be loaded, no crash\n", cases, loaded);
    return 0;
}
