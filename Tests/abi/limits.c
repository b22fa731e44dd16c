/* Calls in processes that may take so many bytes more and no more: each gives its result, or SRQ_ERROR_MEMORY and a message. The
   first limit is above what small blocks need, for which Swift has no error. Argument: the folder of samples, for files. */
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

#define FIRST (1L << 20)
#define LAST (96L << 20)
#define STEP (1300L << 10)

enum { SIDE = 1000, RESIZED = 1300 };

static const char *checkpoint = "examples/models/edsr_compact_x4.pth";
static char picture[4096], other_picture[4096], file[4096];
static srq_image *image;
static srq_model *model;
static void *bytes;
static size_t size;

static srq_status read_image(void) { srq_image *out; return srq_image_read(&out, picture); }
static srq_status write_image(void) { return srq_image_write(image, other_picture); }
static srq_status resize_image(void) { srq_image *out; return srq_image_resize(&out, image, RESIZED, RESIZED); }
static srq_status create_image(void)
{
    srq_image *out;
    return srq_image_create(&out, SIDE, 2 * SIDE, SRQ_PIXEL_RGBA, SRQ_PIXEL_FLOAT32);
}
static srq_status compare_images(void)
{
    srq_image_score score = {.struct_size = sizeof score};
    return srq_image_compare(image, image, 0, &score);
}
static srq_status load_model(void) { srq_model *out; return srq_model_load(&out, checkpoint, NULL); }
static srq_status load_saved(void) { srq_model *out; return srq_model_load(&out, file, NULL); }
static srq_status load_memory(void) { srq_model *out; return srq_model_load_memory(&out, bytes, size, NULL); }
static srq_status save_model(void) { return srq_model_save(model, other_picture); }

static const struct {
    const char *name;
    srq_status (*run)(void);
    int fails_first;            /* whether it takes more than the first limit leaves, and what the heap had free */
} calls[] = {
    {"read an image", read_image, 1}, {"write an image", write_image, 1}, {"resize an image", resize_image, 1},
    {"make an image", create_image, 1}, {"compare images", compare_images, 1}, {"load a checkpoint", load_model, 0},
    {"load a saved model", load_saved, 0}, {"load from memory", load_memory, 0}, {"save a model", save_model, 0},
};

static long address_space(void)
{
    long pages = 0;
    FILE *status = fopen("/proc/self/statm", "r");
    if (!status || fscanf(status, "%ld", &pages) != 1)
        exit(1);
    fclose(status);
    return pages * sysconf(_SC_PAGESIZE);
}

/* Returns the status of a call in a child process with that much memory more; 1 if the child has died. */
static srq_status limited(srq_status (*call)(void), long more)
{
    int ends[2], status;
    srq_status result = 1;
    fflush(NULL);
    if (pipe(ends) != 0)
        exit(1);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {(rlim_t)(address_space() + more), (rlim_t)(address_space() + more)};
        setrlimit(RLIMIT_AS, &limit);
        srq_status found = call();
        if (found != SRQ_OK && *srq_last_error() == '\0')
            found = 2;
        _exit(write(ends[1], &found, sizeof found) != sizeof found);
    }
    close(ends[1]);
    if (read(ends[0], &result, sizeof result) != sizeof result)
        result = 1;
    close(ends[0]);
    waitpid(child, &status, 0);
    return result;
}

static void prepare(const char *folder)
{
    snprintf(picture, sizeof picture, "%s/limits.png", folder);
    snprintf(other_picture, sizeof other_picture, "%s/limits2.png", folder);
    snprintf(file, sizeof file, "%s/limits.srq", folder);
    srq_image_view view = {.struct_size = sizeof view};
    EXPECT_OK(srq_image_create(&image, SIDE, SIDE, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8));
    EXPECT_OK(srq_image_pixels(image, &view));
    unsigned noise = 1;
    for (size_t i = 0; i < (size_t)SIDE * SIDE * 3; i++)
        ((unsigned char *)view.data)[i] = (unsigned char)((noise = noise * 1664525 + 1013904223) >> 24);
    EXPECT_OK(srq_image_write(image, picture));
    EXPECT_OK(srq_model_load(&model, checkpoint, NULL));
    EXPECT_OK(srq_model_save(model, file));
    FILE *opened = fopen(checkpoint, "rb");
    if (!opened || fseek(opened, 0, SEEK_END) != 0)
        exit(1);
    size = (size_t)ftell(opened);
    rewind(opened);
    bytes = malloc(size);
    EXPECT(bytes && fread(bytes, 1, size, opened) == size);
    fclose(opened);
}

int main(int argc, char **argv)
{
    prepare(argc > 1 ? argv[1] : ".");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        int succeeded = 0, refused = 0;
        for (long more = FIRST; more <= LAST && succeeded < 3; more += STEP) {
            srq_status status = limited(calls[i].run, more);
            checks++;
            succeeded += status == SRQ_OK;
            refused += status == SRQ_ERROR_MEMORY;
            if (status != SRQ_OK && status != SRQ_ERROR_MEMORY) {
                failures++;
                fprintf(stderr, "%s with %ld KB more: %d\n", calls[i].name, more >> 10, (int)status);
            }
        }
        EXPECT(succeeded > 0);
        if (calls[i].fails_first && refused == 0) {
            failures++;
            fprintf(stderr, "%s was never refused\n", calls[i].name);
        }
    }
    remove(picture);
    remove(other_picture);
    remove(file);
    free(bytes);
    srq_image_free(image);
    srq_model_free(model);
    return finish("limits");
}
