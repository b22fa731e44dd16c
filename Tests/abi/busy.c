/* Handles that are at work, in callbacks and from other threads, and in child processes. Argument: the folder that samples.lua
   wrote. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

#define SIDE 40

static srq_model *network, *simulated, *snapped;
static srq_images *images;
static srq_quantization *quantization;
static unsigned char low[SIDE * SIDE * 3], high[4 * SIDE * SIDE * 3], other[4 * SIDE * SIDE * 3];
static const srq_image_view input = {sizeof input, SIDE, SIDE, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8, 0, 0, low};
static const srq_image_view output = {sizeof output, 2 * SIDE, 2 * SIDE, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8, 0, 0, high};
static const srq_image_view aside = {sizeof aside, 2 * SIDE, 2 * SIDE, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8, 0, 0, other};

#define EXPECT_BUSY(call) EXPECT_STATUS(call, SRQ_ERROR_BUSY)

static size_t layers_at_rest;

/* Calls every function that takes a quantization, which is at work. */
static void *use_quantization(void *unused)
{
    const float levels[] = {-1, 0, 2};
    srq_layer_info layer = {.struct_size = sizeof layer};
    srq_model *model;
    srq_histograms *histograms;
    srq_quantize_options options;
    srq_finetuning_info run = {.struct_size = sizeof run};

    srq_quantize_options_init(&options, sizeof options);
    EXPECT_BUSY(srq_quantization_set_bits(quantization, "*", 8, 8));
    EXPECT_BUSY(srq_quantization_set_levels(quantization, "head.0", levels, 3));
    EXPECT_BUSY(srq_quantization_layer(quantization, 0, &layer));
    EXPECT_BUSY(srq_quantization_histograms(&histograms, quantization, images, NULL));
    EXPECT_BUSY(srq_quantization_finetune(quantization, images, NULL));
    EXPECT_BUSY(srq_quantization_set_snapping(quantization, 0));
    EXPECT_BUSY(srq_quantization_finetuning(quantization, &run));
    EXPECT_BUSY(srq_model_quantize(&model, quantization, NULL));
    EXPECT(model == NULL);
    EXPECT_BUSY(srq_model_quantize(&model, quantization, &options));
    EXPECT(srq_quantization_layer_count(quantization) == layers_at_rest);
    return unused;
}

static int32_t in_quantization(void *user, const srq_progress *progress)
{
    int *calls = user;
    pthread_t thread;
    srq_model_info info = {.struct_size = sizeof info};
    srq_session *session;

    (void)progress;
    if ((*calls)++)
        return 0;
    use_quantization(NULL);
    EXPECT(pthread_create(&thread, NULL, use_quantization, NULL) == 0 && pthread_join(thread, NULL) == 0);
    /* What never changes, and other handles, can be used. */
    EXPECT_OK(srq_model_describe(network, &info));
    EXPECT(srq_images_count(images) == 4);
    EXPECT_OK(srq_session_create(&session, network, NULL));
    EXPECT_OK(srq_session_upscale(session, &input, &aside));
    srq_session_free(session);
    return 0;
}

static void quantization_at_work_is_refused(void)
{
    int calls = 0;
    srq_finetune_options finetune;
    srq_histogram_options histogram;
    srq_histograms *histograms;
    srq_layer_info layer = {.struct_size = sizeof layer};

    srq_finetune_options_init(&finetune, sizeof finetune);
    finetune.epochs = 1, finetune.progress = in_quantization, finetune.user = &calls;
    EXPECT_OK(srq_quantization_finetune(quantization, images, &finetune));
    EXPECT(calls > 1);
    EXPECT_OK(srq_quantization_layer(quantization, 1, &layer));
    EXPECT(layer.activation_bits == 4);
    calls = 0;
    srq_histogram_options_init(&histogram, sizeof histogram);
    histogram.progress = in_quantization, histogram.user = &calls;
    EXPECT_OK(srq_quantization_histograms(&histograms, quantization, images, &histogram));
    EXPECT(calls > 1);
    srq_histograms_free(histograms);
}

static int32_t cancel(void *user, const srq_progress *progress)
{
    (void)user, (void)progress;
    return 1;
}

static void *use_session(void *session)
{
    EXPECT_BUSY(srq_session_upscale(session, &input, &aside));
    EXPECT_BUSY(srq_session_upscale_file(session, "in.png", "out.png"));
    EXPECT_BUSY(srq_session_set_progress(session, cancel, NULL));
    EXPECT_BUSY(srq_session_set_warning(session, NULL, NULL));
    return NULL;
}

static int32_t in_session(void *session, const srq_progress *progress)
{
    pthread_t thread;
    (void)progress;
    use_session(session);
    EXPECT(pthread_create(&thread, NULL, use_session, session) == 0 && pthread_join(thread, NULL) == 0);
    return 0;
}

static int32_t free_session(void *session, const srq_progress *progress)
{
    (void)progress;
    srq_session_free(session);
    return 0;
}

static int32_t free_quantization(void *user, const srq_progress *progress)
{
    (void)user, (void)progress;
    srq_quantization_free(quantization);
    return 0;
}

static srq_session *open_session(const srq_model *model, uint32_t threads)
{
    srq_session *session;
    srq_session_options options;
    srq_session_options_init(&options, sizeof options);
    options.threads = threads;
    EXPECT_OK(srq_session_create(&session, model, &options));
    return session;
}

static void session_at_work_is_refused(const srq_model *model, uint32_t threads)
{
    static unsigned char expected[sizeof high];
    srq_session *session = open_session(model, threads);

    EXPECT_OK(srq_session_upscale(session, &input, &output));
    memcpy(expected, high, sizeof high);
    EXPECT_OK(srq_session_set_progress(session, in_session, session));
    memset(high, 0, sizeof high);
    EXPECT_OK(srq_session_upscale(session, &input, &output));
    EXPECT(memcmp(high, expected, sizeof high) == 0);
    EXPECT_OK(srq_session_set_progress(session, free_session, session));
    memset(high, 0, sizeof high);
    EXPECT_OK(srq_session_upscale(session, &input, &output));
    EXPECT(memcmp(high, expected, sizeof high) == 0);
}

typedef enum { USE, USE_TWICE, FREE, LEAVE, WORK, CHILDREN } act;

/* What a child process does with sessions of its parent; the result is its exit code. */
static int child(act what, srq_session *used, srq_session *unused, const unsigned char *expected)
{
    srq_finetune_options options;
    srq_quantization *made;

    alarm(60);
    if (what == FREE) {
        srq_session_free(used);
        srq_session_free(unused);
        return 0;
    }
    if (what == LEAVE)
        exit(0);
    if (what == WORK) {
        srq_finetune_options_init(&options, sizeof options);
        options.epochs = 1, options.threads = 2;
        if (srq_model_calibrate(&made, network, images, NULL) || srq_quantization_finetune(made, images, &options))
            return 4;
        srq_quantization_free(made);
    }
    if (what == CHILDREN) {
        int status;
        pid_t process = fork();
        if (process == 0)
            _exit(child(USE_TWICE, used, unused, expected));
        if (waitpid(process, &status, 0) != process || status != 0)
            return 5;
    }
    for (int i = 0; i < (what == USE_TWICE ? 3 : 1); i++)
        if (srq_session_upscale(i % 2 ? unused : used, &input, &output) || memcmp(high, expected, sizeof high))
            return 6;
    srq_session_free(used);
    srq_session_free(unused);
    return 0;
}

static void child_uses_what_its_parent_made(const srq_model *model, uint32_t threads)
{
    static unsigned char expected[sizeof high];
    srq_session *used = open_session(model, threads), *unused = open_session(model, threads);

    EXPECT_OK(srq_session_upscale(used, &input, &output));
    memcpy(expected, high, sizeof high);
    for (act what = USE; what <= CHILDREN; what++) {
        int status = -1;
        fflush(stdout);
        pid_t process = fork();
        if (process == 0)
            _exit(child(what, used, unused, expected));
        EXPECT(waitpid(process, &status, 0) == process && status == 0);
        if (status != 0)
            fprintf(stderr, "the child that does %d with %u threads ended with status %d\n", (int)what, threads, status);
    }
    memset(high, 0, sizeof high);
    EXPECT_OK(srq_session_upscale(used, &input, &output));
    EXPECT(memcmp(high, expected, sizeof high) == 0);
    srq_session_free(used);
    srq_session_free(unused);
}

int main(int argc, char **argv)
{
    char path[4096];
    srq_images_options options;
    srq_quantize_options quantize;
    srq_finetune_options finetune;

    if (argc != 2)
        return 2;
    for (size_t i = 0; i < sizeof low; i++)
        low[i] = (unsigned char)(i * 37 % 251);
    snprintf(path, sizeof path, "%s/network.safetensors", argv[1]);
    EXPECT_OK(srq_model_load(&network, path, NULL));
    snprintf(path, sizeof path, "%s/low", argv[1]);
    srq_images_options_init(&options, sizeof options);
    options.count = 4, options.patch = 16;
    EXPECT_OK(srq_images_open(&images, path, &options));
    EXPECT_OK(srq_model_calibrate(&quantization, network, images, NULL));
    layers_at_rest = srq_quantization_layer_count(quantization);
    EXPECT(layers_at_rest > 0);

    quantization_at_work_is_refused();
    srq_quantize_options_init(&quantize, sizeof quantize);
    EXPECT_OK(srq_model_quantize(&snapped, quantization, &quantize));
    quantize.snapping = 0;
    EXPECT_OK(srq_model_quantize(&simulated, quantization, &quantize));
    const srq_model *const models[] = {network, simulated, snapped};
    for (int i = 0; i < 3; i++)
        for (uint32_t threads = 1; threads <= 3; threads++) {
            session_at_work_is_refused(models[i], threads);
            child_uses_what_its_parent_made(models[i], threads);
        }
    srq_finetune_options_init(&finetune, sizeof finetune);
    finetune.epochs = 1, finetune.progress = free_quantization;
    EXPECT_OK(srq_quantization_finetune(quantization, images, &finetune));
    srq_images_free(images);
    srq_model_free(network);
    srq_model_free(simulated);
    srq_model_free(snapped);
    return finish("busy");
}
