/* Many threads on one model, for the thread sanitizer: each makes sessions, upscales and compares the bytes with those of one
   thread, while others load models, quantize, cancel and free. Arguments: the folder of Tests/abi/samples.lua, threads, rounds. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "srq.h"

enum { WIDTH = 20, HEIGHT = 14, SCALE = 2, SIZE = WIDTH * HEIGHT * 3 };

static const char *folder;
static int rounds;
static srq_model *shared_float, *shared_integers;
static srq_images *shared_images;
static unsigned char input[SIZE], expected[2][SIZE * SCALE * SCALE];
static atomic_int failures, done;

#define CHECK(condition) ((condition) ? (void)0 : fail(#condition, __LINE__))

static void fail(const char *what, int line)
{
    atomic_fetch_add(&failures, 1);
    fprintf(stderr, "line %d: %s (%s)\n", line, what, srq_last_error());
}

static void views(srq_image_view *low, srq_image_view *high, unsigned char *output)
{
    *low = (srq_image_view){sizeof *low, WIDTH, HEIGHT, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8, 0, 0, input};
    *high = (srq_image_view){sizeof *high, WIDTH * SCALE, HEIGHT * SCALE, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8, 0, 0, output};
}

static srq_session *session_of(const srq_model *model, uint32_t threads)
{
    srq_session_options options;
    srq_session_options_init(&options, sizeof options);
    options.threads = threads;
    srq_session *session = NULL;
    CHECK(srq_session_create(&session, model, &options) == SRQ_OK);
    return session;
}

static int cancel(void *user, const srq_progress *progress)
{
    (void)user;
    return progress->done > 100;
}

static void upscale(int number, uint32_t threads)
{
    static __thread unsigned char output[SIZE * SCALE * SCALE];
    srq_image_view low, high;
    views(&low, &high, output);
    int integers = number % 2;
    srq_session *session = session_of(integers ? shared_integers : shared_float, threads);
    memset(output, 0, sizeof output);
    CHECK(srq_session_upscale(session, &low, &high) == SRQ_OK);
    CHECK(memcmp(output, expected[integers], sizeof output) == 0);
    if (number % 3 == 0) {
        CHECK(srq_session_set_progress(session, cancel, NULL) == SRQ_OK);
        CHECK(srq_session_upscale(session, &low, &high) == SRQ_ERROR_CANCELLED);
    }
    srq_session_free(session);
}

static void load_and_quantize(int number)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/network.safetensors", folder);
    srq_model *model = NULL;
    CHECK(srq_model_load(&model, path, NULL) == SRQ_OK);
    if (number % 4 == 0) {
        srq_calibration_options options;
        srq_calibration_options_init(&options, sizeof options);
        options.threads = 2;
        srq_quantization *quantization = NULL;
        CHECK(srq_model_calibrate(&quantization, model, shared_images, &options) == SRQ_OK);
        srq_quantization_free(quantization);
    }
    srq_layer_info layer = {.struct_size = sizeof layer};
    CHECK(srq_model_layer(shared_integers, (size_t)number % 3, &layer) == SRQ_OK);
    CHECK(srq_model_load(&model, "not/there", NULL) != SRQ_OK && *srq_last_error() != '\0');
    srq_model_free(model);
}

static void *work(void *argument)
{
    int number = *(int *)argument;
    for (int round = 0; round < rounds; round++) {
        if (number % 4 == 3)
            load_and_quantize(number + round);
        else
            upscale(number + round, 1 + (uint32_t)(number + round) % 3);
        atomic_fetch_add(&done, 1);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    folder = argv[1];
    int count = atoi(argv[2]);
    rounds = atoi(argv[3]);
    char path[4096];
    snprintf(path, sizeof path, "%s/network.safetensors", folder);
    for (int i = 0; i < SIZE; i++)
        input[i] = (unsigned char)(i * 7 + i / 60 * 13);

    CHECK(srq_model_load(&shared_float, path, NULL) == SRQ_OK);
    snprintf(path, sizeof path, "%s/low", folder);
    srq_images_options images;
    srq_images_options_init(&images, sizeof images);
    images.count = 2, images.patch = 16;
    CHECK(srq_images_open(&shared_images, path, &images) == SRQ_OK);
    srq_quantization *quantization = NULL;
    CHECK(srq_model_calibrate(&quantization, shared_float, shared_images, NULL) == SRQ_OK);
    CHECK(srq_model_quantize(&shared_integers, quantization, NULL) == SRQ_OK);
    srq_quantization_free(quantization);
    if (failures)
        return 1;
    for (int integers = 0; integers < 2; integers++) {
        srq_image_view low, high;
        views(&low, &high, expected[integers]);
        srq_session *session = session_of(integers ? shared_integers : shared_float, 1);
        CHECK(srq_session_upscale(session, &low, &high) == SRQ_OK);
        srq_session_free(session);
    }

    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    int *numbers = calloc((size_t)count, sizeof *numbers);
    for (int i = 0; i < count; i++) {
        numbers[i] = i;
        CHECK(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
    }
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    free(threads), free(numbers);
    srq_images_free(shared_images);
    srq_model_free(shared_integers);
    srq_model_free(shared_float);
    printf("%d threads, %d pieces of work, %d failures\n", count, (int)done, (int)failures);
    return failures != 0;
}
