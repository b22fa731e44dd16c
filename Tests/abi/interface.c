/* The promises at the top of srq.h. Argument: the folder that samples.lua wrote. */
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "expect.h"

static char network_path[4096], low_path[4096], set_path[4096], saved_path[4096];

typedef struct {
    uint64_t calls, stop_at;
    pthread_t thread;
} watcher;

static int32_t watch(void *user, const srq_progress *progress)
{
    watcher *seen = user;
    seen->calls++;
    EXPECT(progress->struct_size == sizeof *progress);
    EXPECT(progress->done >= 1 && progress->done <= progress->total);
    EXPECT(progress->stage && progress->detail && *progress->stage);
    EXPECT(progress->seconds >= 0);
    EXPECT(strcmp(progress->stage, "finetune") == 0 ? progress->epoch >= 1 && !isnan(progress->loss)
                                                    : progress->epoch == 0 && isnan(progress->loss));
    EXPECT(pthread_equal(seen->thread, pthread_self()));
    return seen->calls == seen->stop_at;
}

static srq_images *open_images(void)
{
    srq_images *images;
    srq_images_options options;
    srq_images_options_init(&options, sizeof options);
    options.count = 4, options.patch = 16;
    EXPECT_OK(srq_images_open(&images, low_path, &options));
    return images;
}

static void handles_keep_alive_what_they_need(void)
{
    srq_model *model, *frozen;
    srq_session *session;
    srq_quantization *quantization;
    srq_images *images = open_images();
    srq_layer_info layer = {.struct_size = sizeof layer};
    unsigned char low[4 * 4 * 3] = {1, 2, 3}, high[8 * 8 * 3];
    srq_image_view input = {sizeof input, 4, 4, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8, 0, 0, low};
    srq_image_view output = {sizeof output, 8, 8, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8, 0, 0, high};

    EXPECT_OK(srq_model_load(&model, network_path, NULL));
    EXPECT_OK(srq_session_create(&session, model, NULL));
    EXPECT_OK(srq_model_calibrate(&quantization, model, images, NULL));
    srq_model_free(model);
    srq_images_free(images);
    EXPECT_OK(srq_session_upscale(session, &input, &output));
    EXPECT_OK(srq_quantization_layer(quantization, 7, &layer));
    EXPECT(strcmp(layer.name, "tail.1") == 0);
    EXPECT_OK(srq_model_quantize(&frozen, quantization, NULL));
    srq_quantization_free(quantization);
    EXPECT_OK(srq_model_save(frozen, saved_path));
    srq_model_free(frozen);
    srq_session_free(session);
}

static void snapping_is_asked_for_and_told(void)
{
    srq_model *model, *frozen, *snapped;
    srq_quantization *quantization;
    srq_images *images = open_images();
    srq_model_info info = {.struct_size = sizeof info};
    srq_layer_info layer = {.struct_size = sizeof layer};
    srq_quantize_options options;
    srq_session_options run;
    srq_session *session;
    const float levels[] = {-1, 0, 2};

    EXPECT_OK(srq_model_load(&model, network_path, NULL));
    EXPECT_OK(srq_model_calibrate(&quantization, model, images, NULL));
    EXPECT_OK(srq_quantization_set_levels(quantization, "head.0", levels, 3));
    srq_quantize_options_init(&options, sizeof options);
    EXPECT(options.snapping == 1);
    for (int32_t on = 0; on < 2; on++) {
        /* Options decide whatever the old setter has said, which decides where there are none. */
        EXPECT_OK(srq_quantization_set_snapping(quantization, on));
        options.snapping = !on;
        EXPECT_OK(srq_model_quantize(&frozen, quantization, &options));
        EXPECT_OK(srq_model_describe(frozen, &info));
        EXPECT(info.snapped == !on);
        srq_model_free(frozen);
        EXPECT_OK(srq_model_quantize(&frozen, quantization, NULL));
        EXPECT_OK(srq_model_describe(frozen, &info));
        EXPECT(info.snapped == on);
        EXPECT_OK(srq_model_layer(frozen, 0, &layer));
        EXPECT(on ? strstr(layer.in_float, "levels") != NULL : strcmp(layer.in_float, "") == 0);
        EXPECT(strcmp(layer.arithmetic, on ? "float" : "") == 0);
        EXPECT_OK(srq_model_layer(frozen, 1, &layer));
        EXPECT(strcmp(layer.in_float, "") == 0);
        EXPECT(on ? *layer.arithmetic != 0 && strcmp(layer.arithmetic, "float") != 0 : *layer.arithmetic == 0);
        srq_session_options_init(&run, sizeof run);
        run.arithmetic = "winograd";
        EXPECT_STATUS(srq_session_create(&session, frozen, &run), on ? SRQ_ERROR_UNSUPPORTED : SRQ_ERROR_ARGUMENT);
        EXPECT(session == NULL);
        EXPECT(strstr(srq_last_error(), on ? "not winograd: " : "whole numbers") != NULL);
        run.arithmetic = "wide";
        EXPECT_STATUS(srq_session_create(&session, frozen, &run), on ? SRQ_OK : SRQ_ERROR_ARGUMENT);
        srq_session_free(session);
        EXPECT_OK(srq_model_snap(&snapped, frozen));
        EXPECT_OK(srq_model_describe(snapped, &info));
        EXPECT(info.snapped == 1);
        EXPECT_OK(srq_model_layer(snapped, 0, &layer));
        EXPECT(strstr(layer.in_float, "levels") != NULL);
        srq_model_free(snapped);
        srq_model_free(frozen);
    }
    EXPECT_OK(srq_quantization_layer(quantization, 0, &layer));
    EXPECT(strcmp(layer.in_float, "") == 0 && strcmp(layer.arithmetic, "") == 0);
    srq_quantization_free(quantization);
    srq_images_free(images);
    srq_model_free(model);
}

static void keep(void *user, const char *message)
{
    snprintf(user, 512, "%s", message);
}

/* A file whose end is missing gives its pixels and a warning, from every call that reads it. */
static void files_are_warned_of(const char *folder)
{
    enum { end = 12 };
    char path[4096], message[512] = "";
    unsigned char bytes[65536];
    srq_image *image;
    srq_images *images;
    srq_evaluation *evaluation;
    srq_session *session;
    srq_model *model;
    srq_images_options options;

    snprintf(path, sizeof path, "%s/low/picture1.png", folder);
    FILE *file = fopen(path, "rb");
    EXPECT(file != NULL);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    snprintf(path, sizeof path, "%s/broken", folder);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/broken/endless.png", folder);
    file = fopen(path, "wb");
    EXPECT(file && size > end && fwrite(bytes, 1, size - end, file) == size - end);
    fclose(file);

    EXPECT_OK(srq_image_read(&image, path));
    EXPECT_OK(srq_image_warnings(image, keep, message));
    EXPECT(strstr(message, "endless.png: "));
    srq_image_free(image);
    message[0] = 0;
    srq_images_options_init(&options, sizeof options);
    options.count = 1, options.patch = 8;
    EXPECT_OK(srq_images_open(&images, path, &options));
    EXPECT_OK(srq_images_warnings(images, keep, message));
    EXPECT(strstr(message, "endless.png: "));
    srq_images_free(images);
    message[0] = 0;
    EXPECT_OK(srq_model_load(&model, network_path, NULL));
    EXPECT_OK(srq_session_create(&session, model, NULL));
    EXPECT_OK(srq_session_set_warning(session, keep, message));
    snprintf((char *)bytes, sizeof bytes, "%s/large.png", folder);
    EXPECT_OK(srq_session_upscale_file(session, path, (char *)bytes));
    EXPECT(strstr(message, "endless.png: "));
    message[0] = 0;
    EXPECT_OK(srq_session_set_warning(session, NULL, NULL));
    EXPECT_OK(srq_session_upscale_file(session, path, (char *)bytes));
    EXPECT(message[0] == 0);
    srq_session_free(session);
    snprintf(path, sizeof path, "%s/broken", folder);
    EXPECT_OK(srq_model_evaluate(&evaluation, model, path, NULL));
    EXPECT_OK(srq_evaluation_warnings(evaluation, keep, message));
    EXPECT(strstr(message, "endless.png: "));
    srq_evaluation_free(evaluation);
    srq_model_free(model);
}

static void random_weights_are_warned_of(void)
{
    char message[512] = "";
    srq_model *model;
    EXPECT_OK(srq_model_load(&model, network_path, NULL));
    EXPECT_OK(srq_model_warnings(model, keep, message));
    EXPECT(strstr(message, "network.safetensors: ") && strstr(message, " dB") && strstr(message, "tanh_output"));
    srq_model_free(model);
}

static void callbacks_see_the_work_and_cancel_it(void)
{
    srq_model *model;
    srq_images *images = open_images();
    srq_quantization *quantization;
    srq_evaluation *evaluation;
    srq_calibration_options calibrate;
    srq_finetune_options finetune;
    srq_evaluation_options evaluate;
    watcher seen = {0, 0, pthread_self()};

    EXPECT_OK(srq_model_load(&model, network_path, NULL));
    srq_calibration_options_init(&calibrate, sizeof calibrate);
    calibrate.batch = 1, calibrate.progress = watch, calibrate.user = &seen;
    seen.stop_at = 2;
    EXPECT_STATUS(srq_model_calibrate(&quantization, model, images, &calibrate), SRQ_ERROR_CANCELLED);
    EXPECT(quantization == NULL && seen.calls == 2);
    seen.calls = seen.stop_at = 0;
    EXPECT_OK(srq_model_calibrate(&quantization, model, images, &calibrate));
    EXPECT(seen.calls >= 4);

    srq_layer_info before = {.struct_size = sizeof before}, after = before;
    EXPECT_OK(srq_quantization_layer(quantization, 1, &before));
    srq_finetune_options_init(&finetune, sizeof finetune);
    finetune.epochs = 3, finetune.progress = watch, finetune.user = &seen;
    seen.calls = 0, seen.stop_at = 5;
    EXPECT_STATUS(srq_quantization_finetune(quantization, images, &finetune), SRQ_ERROR_CANCELLED);
    EXPECT_OK(srq_quantization_layer(quantization, 1, &after));
    EXPECT(before.lower == after.lower && before.upper == after.upper && before.weight_bound == after.weight_bound);
    seen.calls = seen.stop_at = 0;
    EXPECT_OK(srq_quantization_finetune(quantization, images, &finetune));
    EXPECT(seen.calls == 6);                                          /* 3 epochs of 4 patches, 2 a batch */

    srq_evaluation_options_init(&evaluate, sizeof evaluate);
    evaluate.progress = watch, evaluate.user = &seen;
    seen.calls = 0, seen.stop_at = 1;
    EXPECT_STATUS(srq_model_evaluate(&evaluation, model, set_path, &evaluate), SRQ_ERROR_CANCELLED);
    EXPECT(evaluation == NULL);

    srq_quantization_free(quantization);
    srq_images_free(images);
    srq_model_free(model);
}

/* A picture with gaps between rows, in BGR or in float gives the same picture. */
static void pixels_may_have_any_layout(void)
{
    enum { width = 5, height = 3, gap = 7 };
    srq_model *model;
    srq_session *session;
    unsigned char low[height * (width * 3 + gap)], high[2 * height * (2 * width * 3 + gap)];
    unsigned char swapped[sizeof low], other[sizeof high];
    srq_image_view input = {sizeof input, width, height, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8, 0, width * 3 + gap, low};
    srq_image_view output = {sizeof output, 2 * width, 2 * height, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8, 0, 2 * width * 3 + gap, high};

    memset(low, 0x77, sizeof low);
    memset(high, 0x77, sizeof high);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++) {
                low[y * (width * 3 + gap) + x * 3 + c] = (unsigned char)(40 * x + 20 * y + 60 * c);
                swapped[y * width * 3 + x * 3 + 2 - c] = (unsigned char)(40 * x + 20 * y + 60 * c);
            }
    EXPECT_OK(srq_model_load(&model, network_path, NULL));
    EXPECT_OK(srq_session_create(&session, model, NULL));
    EXPECT_OK(srq_session_upscale(session, &input, &output));
    int gaps_kept = 1;
    for (int y = 0; y < 2 * height; y++)
        for (int i = 0; i < gap; i++)
            gaps_kept &= high[y * (2 * width * 3 + gap) + 2 * width * 3 + i] == 0x77;
    EXPECT(gaps_kept);

    input.format = SRQ_PIXEL_BGR, input.stride = 0, input.data = swapped;
    output.stride = 0, output.data = other;
    EXPECT_OK(srq_session_upscale(session, &input, &output));
    int equal = 1;
    for (int y = 0; y < 2 * height; y++)
        equal &= memcmp(other + y * 2 * width * 3, high + y * (2 * width * 3 + gap), 2 * width * 3) == 0;
    EXPECT(equal);

    float numbers[2 * width * 2 * height * 3];
    output.type = SRQ_PIXEL_FLOAT32, output.data = numbers;
    EXPECT_OK(srq_session_upscale(session, &input, &output));
    int near = 1;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        near &= fabsf(numbers[i] * 255 - other[i]) <= 0.51f;
    EXPECT(near);
    srq_session_free(session);
    srq_model_free(model);
}

static void loading_from_memory_is_loading(void)
{
    FILE *file = fopen(network_path, "rb");
    static unsigned char bytes[1 << 20];
    size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    srq_model *model;
    srq_model_info info = {.struct_size = sizeof info};

    if (file)
        fclose(file);
    EXPECT_OK(srq_model_load_memory(&model, bytes, size, NULL));
    memset(bytes, 0, size);                                           /* not needed any more */
    EXPECT_OK(srq_model_describe(model, &info));
    EXPECT(info.layers == 8 && info.scale == 2 && !info.quantized && strcmp(info.recipe, "") == 0);
    srq_model_free(model);
}

static void *fail_in_another_thread(void *message)
{
    srq_model *model;
    EXPECT(strcmp(srq_last_error(), "") == 0);
    EXPECT_FAILURE(srq_model_load(&model, "/nowhere/other-thread.pth", NULL));
    snprintf(message, 256, "%s", srq_last_error());
    return NULL;
}

static void messages_belong_to_their_thread(void)
{
    srq_model *model;
    char message[256] = "";
    pthread_t thread;

    EXPECT_FAILURE(srq_model_load(&model, "/nowhere/this-thread.pth", NULL));
    pthread_create(&thread, NULL, fail_in_another_thread, message);
    pthread_join(thread, NULL);
    EXPECT(strstr(message, "other-thread.pth") != NULL);
    EXPECT(strstr(srq_last_error(), "this-thread.pth") != NULL);
}

/* A name may be left to the library. */
static int is_default(const char *name, const char *expected)
{
    return !name || strcmp(name, expected) == 0;
}

static void defaults_are_those_of_the_header(void)
{
    srq_load_options load;
    srq_images_options images;
    srq_calibration_options calibrate;
    srq_finetune_options finetune;
    srq_evaluation_options evaluate;

    srq_load_options_init(&load, sizeof load);
    EXPECT(load.tanh_output == 0 && isnan(load.res_scale) && load.range == 0);
    srq_images_options_init(&images, sizeof images);
    EXPECT(images.count == 100 && images.patch == 96 && images.seed == 1);
    srq_calibration_options_init(&calibrate, sizeof calibrate);
    EXPECT(calibrate.weights == 4 && calibrate.activations == 4 && calibrate.batch == 16 && calibrate.threads == 0);
    EXPECT(is_default(calibrate.quantizer, "plq") && is_default(calibrate.protocol, "full"));
    EXPECT(is_default(calibrate.breakpoint, "percentile") && calibrate.momentum == 0.9f && calibrate.percentile == 99);
    EXPECT(calibrate.per_channel == 0 && !calibrate.progress && !calibrate.user);
    EXPECT(!calibrate.weight_range && calibrate.range_percentile == 99 && calibrate.clipped_share == 1e-4f);
    EXPECT(calibrate.clipped_share_8bit == 1e-5f && calibrate.reserved == 0);
    EXPECT(is_default(calibrate.input_scales, "none") && is_default(calibrate.equalisation, "none"));
    EXPECT(calibrate.scale_power == 0.5f && calibrate.bias_correction == 0);
    srq_finetune_options_init(&finetune, sizeof finetune);
    EXPECT(finetune.epochs == 10 && finetune.batch == 2 && is_default(finetune.cycle, "weights,range,breakpoint"));
    EXPECT(finetune.lambda == 5 && finetune.learning_rate_weights == 0.001f && finetune.learning_rate_range == 0.001f);
    EXPECT(finetune.learning_rate_breakpoint == 0.001f && finetune.decay == 0.9f && finetune.reconstruction == 1);
    EXPECT(finetune.sensitivity == 1 && finetune.temperature == 1 && finetune.relative == 0 && finetune.seed == 1);
    EXPECT(finetune.snapping == 0 && finetune.integers == 0);
    EXPECT(!finetune.method && is_default(finetune.schedule, "decay") && finetune.attention == 0 && finetune.reserved == 0);
    EXPECT_OK(srq_finetune_options_init_method(&finetune, sizeof finetune, "ptq4sr"));
    EXPECT(is_default(finetune.method, "ptq4sr") && is_default(finetune.schedule, "cosine") && finetune.decay == 0.4f);
    EXPECT(finetune.lambda == 1 && finetune.learning_rate_range == 5e-3f && finetune.learning_rate_weights == 5e-6f);
    EXPECT(finetune.sensitivity == 0 && finetune.reconstruction == 1 && finetune.attention == 0 && finetune.epochs == 10);
    EXPECT(srq_finetune_options_init_method(&finetune, sizeof finetune, "magic") == SRQ_ERROR_ARGUMENT);
    EXPECT(strstr(srq_last_error(), "magic") != NULL);
    EXPECT(srq_finetune_options_init_method(&finetune, sizeof finetune, NULL) == SRQ_ERROR_ARGUMENT);
    EXPECT(srq_finetune_options_init_method(NULL, 8, "saft") == SRQ_ERROR_ARGUMENT);
    EXPECT_OK(srq_finetune_options_init_method(&finetune, sizeof finetune, "vft"));
    EXPECT(finetune.sensitivity == 0 && finetune.learning_rate_weights == 0.001f && is_default(finetune.schedule, "decay"));
    EXPECT(finetune.learning_rate_measures == 0.01f && finetune.learning_rate_image == 0.1f);
    EXPECT_OK(srq_finetune_options_init_method(&finetune, sizeof finetune, "adabm"));
    EXPECT(is_default(finetune.method, "adabm") && is_default(finetune.cycle, "weights,range,measures") && finetune.lambda == 255);
    EXPECT(finetune.learning_rate_weights == 0.01f && finetune.learning_rate_range == 0.01f && finetune.sensitivity == 1);
    srq_evaluation_options_init(&evaluate, sizeof evaluate);
    EXPECT(evaluate.shave == UINT32_MAX && !evaluate.output_folder && !evaluate.progress);
}

/* A limit on the size of files stands for a full disk. */
static void a_file_that_cannot_be_written_stays_what_it_was(void)
{
    srq_model *model;
    struct rlimit before, small;

    EXPECT_OK(srq_model_load(&model, network_path, NULL));
    EXPECT_OK(srq_model_save(model, saved_path));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before, small.rlim_cur = 1000;
    setrlimit(RLIMIT_FSIZE, &small);
    EXPECT_STATUS(srq_model_save(model, saved_path), SRQ_ERROR_IO);
    EXPECT(strstr(srq_last_error(), "saved.srq") != NULL);
    setrlimit(RLIMIT_FSIZE, &before);
    srq_model_free(model);
    EXPECT_OK(srq_model_load(&model, saved_path, NULL));
    srq_model_free(model);
}

/* Writes what has numbers as text in it to the file: a saved model with its recipe, a message, and the options' bounds. all.sh
   compares it with that of a process with another locale. */
static void write_texts(const char *folder)
{
    char path[4096], saved[4096];
    srq_model *model, *frozen;
    srq_images *images = open_images();
    srq_quantization *quantization;
    srq_calibration_options options;
    srq_finetune_options finetune;
    srq_model_info info = {.struct_size = sizeof info};
    srq_option_info option = {.struct_size = sizeof option};

    snprintf(path, sizeof path, "%s/texts", folder);
    snprintf(saved, sizeof saved, "%s/texts.srq", folder);
    FILE *file = fopen(path, "w");
    EXPECT(file != NULL);
    EXPECT_OK(srq_model_load(&model, network_path, NULL));
    srq_calibration_options_init(&options, sizeof options);
    options.momentum = 0.625f;
    EXPECT_OK(srq_model_calibrate(&quantization, model, images, &options));
    srq_finetune_options_init(&finetune, sizeof finetune);
    finetune.epochs = 1, finetune.decay = 0.75f;
    EXPECT_OK(srq_quantization_finetune(quantization, images, &finetune));
    EXPECT_OK(srq_model_quantize(&frozen, quantization, NULL));
    EXPECT_OK(srq_model_save(frozen, saved));
    EXPECT_OK(srq_model_describe(frozen, &info));
    EXPECT(strstr(info.recipe, "0.625") && strstr(info.recipe, "0.75"));
    fprintf(file, "%s\n", info.recipe);
    srq_model_free(frozen);
    EXPECT_OK(srq_model_load(&frozen, saved, NULL));
    srq_quantization_free(quantization);
    options.momentum = 1.5f;
    EXPECT_ARGUMENT(srq_model_calibrate(&quantization, model, images, &options));
    EXPECT(strstr(srq_last_error(), "1.5"));
    fprintf(file, "%s\n", srq_last_error());
    for (size_t i = 0; i < srq_option_count("calibrate"); i++) {
        EXPECT_OK(srq_option_get("calibrate", i, &option));
        fprintf(file, "%s %s %s\n", option.name, option.default_text, option.bounds);
    }
    fclose(file);
    srq_images_free(images);
    srq_model_free(frozen);
    srq_model_free(model);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    if (getenv("SRQ_TEST_LOCALE"))
        EXPECT(setlocale(LC_ALL, getenv("SRQ_TEST_LOCALE")) && strcmp(localeconv()->decimal_point, ",") == 0);
    snprintf(network_path, sizeof network_path, "%s/network.safetensors", argv[1]);
    snprintf(low_path, sizeof low_path, "%s/low", argv[1]);
    snprintf(set_path, sizeof set_path, "%s/set", argv[1]);
    snprintf(saved_path, sizeof saved_path, "%s/saved.srq", argv[1]);
    defaults_are_those_of_the_header();
    handles_keep_alive_what_they_need();
    snapping_is_asked_for_and_told();
    callbacks_see_the_work_and_cancel_it();
    random_weights_are_warned_of();
    files_are_warned_of(argv[1]);
    pixels_may_have_any_layout();
    loading_from_memory_is_loading();
    messages_belong_to_their_thread();
    a_file_that_cannot_be_written_stays_what_it_was();
    write_texts(argv[1]);
    return finish("interface");
}
