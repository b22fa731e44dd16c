/* Every function, called with NULL and with nonsense, gives an error with a message, no crash, and NULL in the out-parameter.
   Argument: the folder that samples.lua wrote. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "expect.h"

static char folder[4096];

static const char *path(const char *name)
{
    static char paths[8][8192];
    static int next;
    char *result = paths[next++ % 8];
    snprintf(result, sizeof paths[0], "%s/%s", folder, name);
    return result;
}

/* The value that out-parameters have before a call; they must become NULL. */
#define RUBBISH ((void *)(uintptr_t)0xdead)

static void count_warning(void *user, const char *message)
{
    EXPECT(strlen(message) > 20);
    ++*(int *)user;
}

static int32_t never_called(void *user, const srq_progress *progress)
{
    (void)user, (void)progress;
    EXPECT(!"the callback of a call that had to fail at once");
    return 1;
}

static int32_t cancel(void *user, const srq_progress *progress)
{
    (void)user;
    EXPECT(strcmp(progress->stage, "upscale") == 0 && progress->done > 0 && progress->total == 1000);
    return 1;
}

static void versions_and_errors(void)
{
    EXPECT(srq_version_number() == SRQ_VERSION_NUMBER);
    EXPECT(srq_build_id() && strlen(srq_build_id()) == 16);
    EXPECT(strcmp(srq_last_error(), "") == 0);                    /* main calls this first */
    EXPECT(strcmp(srq_status_name(SRQ_OK), "SRQ_OK") == 0);
    EXPECT(strcmp(srq_status_name(SRQ_ERROR_ARGUMENT), "SRQ_ERROR_ARGUMENT") == 0);
    EXPECT(strcmp(srq_status_name(SRQ_ERROR_IO), "SRQ_ERROR_IO") == 0);
    EXPECT(strcmp(srq_status_name(SRQ_ERROR_FORMAT), "SRQ_ERROR_FORMAT") == 0);
    EXPECT(strcmp(srq_status_name(SRQ_ERROR_UNSUPPORTED), "SRQ_ERROR_UNSUPPORTED") == 0);
    EXPECT(strcmp(srq_status_name(SRQ_ERROR_MEMORY), "SRQ_ERROR_MEMORY") == 0);
    EXPECT(strcmp(srq_status_name(SRQ_ERROR_CANCELLED), "SRQ_ERROR_CANCELLED") == 0);
    EXPECT(strcmp(srq_status_name(SRQ_ERROR_INTERNAL), "SRQ_ERROR_INTERNAL") == 0);
    EXPECT(strcmp(srq_status_name(12345), "unknown status") == 0);
    EXPECT(strcmp(srq_status_name(INT32_MIN), "unknown status") == 0);
}

static void images_in_memory(void)
{
    srq_image *image = RUBBISH, *none;
    srq_image_view view = {.struct_size = sizeof view};
    srq_image_score score = {.struct_size = sizeof score};

    EXPECT_ARGUMENT(srq_image_create(NULL, 4, 4, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8));
    EXPECT_ARGUMENT(srq_image_create(&image, 0, 4, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8));
    EXPECT(image == NULL);
    EXPECT_ARGUMENT(srq_image_create(&image, 4, 0, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8));
    for (int32_t format = -1; format <= 8; format++)
        if (format < SRQ_PIXEL_GRAY || format > SRQ_PIXEL_BGRA)
            EXPECT_ARGUMENT(srq_image_create(&image, 4, 4, format, SRQ_PIXEL_UINT8));
    EXPECT_ARGUMENT(srq_image_create(&image, 4, 4, INT32_MAX, SRQ_PIXEL_UINT8));
    EXPECT_ARGUMENT(srq_image_create(&image, 4, 4, SRQ_PIXEL_RGB, 0));
    EXPECT_ARGUMENT(srq_image_create(&image, 4, 4, SRQ_PIXEL_RGB, 4));
    EXPECT_ARGUMENT(srq_image_create(&image, 4, 4, SRQ_PIXEL_RGB, INT32_MIN));
    EXPECT_FAILURE(srq_image_create(&image, UINT32_MAX, UINT32_MAX, SRQ_PIXEL_RGBA, SRQ_PIXEL_FLOAT32));
    EXPECT(image == NULL);

    EXPECT_ARGUMENT(srq_image_read(NULL, path("low/picture1.png")));
    EXPECT_ARGUMENT(srq_image_read(&image, NULL));
    image = RUBBISH;
    EXPECT_STATUS(srq_image_read(&image, path("none.png")), SRQ_ERROR_IO);
    EXPECT(image == NULL);
    EXPECT_FAILURE(srq_image_read(&image, ""));
    EXPECT_FAILURE(srq_image_read(&image, folder));
    EXPECT_FAILURE(srq_image_read(&image, "\xff\xfe/\x80.png"));
    EXPECT_STATUS(srq_image_read(&image, path("damaged.png")), SRQ_ERROR_FORMAT);
    EXPECT_STATUS(srq_image_read(&image, path("network.safetensors")), SRQ_ERROR_FORMAT);
    EXPECT(image == NULL);

    EXPECT_OK(srq_image_create(&image, 16, 16, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8));
    EXPECT_ARGUMENT(srq_image_resize(NULL, image, 4, 4));
    EXPECT_ARGUMENT(srq_image_resize(&none, NULL, 4, 4));
    EXPECT_ARGUMENT(srq_image_resize(&none, image, 0, 4));
    EXPECT_ARGUMENT(srq_image_resize(&none, image, 4, 0));
    EXPECT_FAILURE(srq_image_resize(&none, image, UINT32_MAX, UINT32_MAX));
    EXPECT(none == NULL);

    EXPECT_ARGUMENT(srq_image_pixels(NULL, &view));
    EXPECT_ARGUMENT(srq_image_pixels(image, NULL));
    view.struct_size = 0;
    EXPECT_ARGUMENT(srq_image_pixels(image, &view));
    EXPECT_ARGUMENT(srq_image_write(NULL, path("x.png")));
    EXPECT_ARGUMENT(srq_image_write(image, NULL));
    EXPECT_FAILURE(srq_image_write(image, ""));
    EXPECT_FAILURE(srq_image_write(image, folder));
    EXPECT_STATUS(srq_image_write(image, path("none/x.png")), SRQ_ERROR_IO);

    EXPECT_ARGUMENT(srq_image_compare(NULL, image, 0, &score));
    EXPECT_ARGUMENT(srq_image_compare(image, NULL, 0, &score));
    EXPECT_ARGUMENT(srq_image_compare(image, image, 0, NULL));
    EXPECT_ARGUMENT(srq_image_compare(image, image, 8, &score));
    EXPECT_ARGUMENT(srq_image_compare(image, image, UINT32_MAX, &score));
    EXPECT_OK(srq_image_create(&none, 16, 15, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8));
    EXPECT_ARGUMENT(srq_image_compare(image, none, 0, &score));
    score.struct_size = 0;
    EXPECT_ARGUMENT(srq_image_compare(image, image, 0, &score));
    srq_image_free(none);
    srq_image_free(image);
    srq_image_free(NULL);
}

static void options(void)
{
    srq_option_info info = {.struct_size = sizeof info};

    EXPECT(srq_option_owner(SIZE_MAX) == NULL);
    EXPECT(srq_option_count(NULL) == 0 && srq_option_count("") == 0 && srq_option_count("\xff") == 0);
    EXPECT_ARGUMENT(srq_option_get(NULL, 0, &info));
    EXPECT_ARGUMENT(srq_option_get("magic", 0, &info));
    EXPECT(strstr(srq_last_error(), "magic") && strstr(srq_last_error(), "calibrate"));
    EXPECT_ARGUMENT(srq_option_get("session", 0, NULL));
    EXPECT_ARGUMENT(srq_option_get("session", srq_option_count("session"), &info));
    EXPECT_ARGUMENT(srq_option_get("session", SIZE_MAX, &info));
    info.struct_size = 0;
    EXPECT_ARGUMENT(srq_option_get("session", 0, &info));
}

static srq_model *models(void)
{
    srq_model *model = RUBBISH;
    srq_load_options options;
    srq_model_info info = {.struct_size = sizeof info};
    srq_layer_info layer = {.struct_size = sizeof layer};
    uint32_t width, height;
    unsigned char noise[4096];

    srq_load_options_init(NULL, 8);
    srq_load_options_init(&options, sizeof options);
    EXPECT(options.struct_size == sizeof options);
    EXPECT_ARGUMENT(srq_model_load(NULL, path("network.safetensors"), NULL));
    EXPECT_ARGUMENT(srq_model_load(&model, NULL, NULL));
    model = RUBBISH;
    EXPECT_STATUS(srq_model_load(&model, path("none.pth"), NULL), SRQ_ERROR_IO);
    EXPECT(model == NULL);
    EXPECT(strstr(srq_last_error(), "none.pth") != NULL);
    EXPECT_FAILURE(srq_model_load(&model, "", NULL));
    EXPECT_FAILURE(srq_model_load(&model, folder, NULL));
    EXPECT_FAILURE(srq_model_load(&model, path("low/picture1.png"), NULL));
    options.struct_size = 0;
    EXPECT_ARGUMENT(srq_model_load(&model, path("network.safetensors"), &options));
    srq_load_options_init(&options, sizeof options);
    options.range = -3;
    EXPECT_ARGUMENT(srq_model_load(&model, path("network.safetensors"), &options));
    srq_load_options_init(&options, sizeof options);
    options.res_scale = INFINITY;
    EXPECT_ARGUMENT(srq_model_load(&model, path("network.safetensors"), &options));

    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (unsigned char)(i * 2654435761u >> 13);
    EXPECT_ARGUMENT(srq_model_load_memory(NULL, noise, sizeof noise, NULL));
    EXPECT_ARGUMENT(srq_model_load_memory(&model, NULL, 10, NULL));
    for (size_t size = 0; size <= sizeof noise; size = size * 2 + 1)
        EXPECT_FAILURE(srq_model_load_memory(&model, noise, size, NULL));
    EXPECT(model == NULL);

    EXPECT_OK(srq_model_load(&model, path("network.safetensors"), NULL));
    EXPECT_ARGUMENT(srq_model_warnings(NULL, count_warning, NULL));
    EXPECT_ARGUMENT(srq_model_warnings(model, NULL, NULL));
    EXPECT_ARGUMENT(srq_image_warnings(NULL, count_warning, NULL));
    EXPECT_ARGUMENT(srq_images_warnings(NULL, count_warning, NULL));
    EXPECT_ARGUMENT(srq_evaluation_warnings(NULL, count_warning, NULL));
    EXPECT_ARGUMENT(srq_session_set_warning(NULL, count_warning, NULL));
    EXPECT_ARGUMENT(srq_model_save(NULL, path("x.srq")));
    EXPECT_ARGUMENT(srq_model_save(model, NULL));
    EXPECT_FAILURE(srq_model_save(model, ""));
    EXPECT_FAILURE(srq_model_save(model, folder));
    EXPECT_STATUS(srq_model_save(model, path("none/x.srq")), SRQ_ERROR_IO);
    EXPECT_ARGUMENT(srq_model_export(NULL, path("x.safetensors")));
    EXPECT_ARGUMENT(srq_model_export(model, NULL));
    EXPECT_STATUS(srq_model_export(model, path("none/x.safetensors")), SRQ_ERROR_IO);
    EXPECT_ARGUMENT(srq_model_describe(NULL, &info));
    EXPECT_ARGUMENT(srq_model_describe(model, NULL));
    info.struct_size = 0;
    EXPECT_ARGUMENT(srq_model_describe(model, &info));
    EXPECT_ARGUMENT(srq_model_layer(NULL, 0, &layer));
    EXPECT_ARGUMENT(srq_model_layer(model, 0, NULL));
    EXPECT_ARGUMENT(srq_model_layer(model, 8, &layer));
    EXPECT_ARGUMENT(srq_model_layer(model, SIZE_MAX, &layer));
    layer.struct_size = 0;
    EXPECT_ARGUMENT(srq_model_layer(model, 0, &layer));
    EXPECT_ARGUMENT(srq_model_output_size(NULL, 4, 4, &width, &height));
    EXPECT_ARGUMENT(srq_model_output_size(model, 4, 4, NULL, &height));
    EXPECT_ARGUMENT(srq_model_output_size(model, 4, 4, &width, NULL));
    EXPECT_ARGUMENT(srq_model_output_size(model, 0, 4, &width, &height));
    EXPECT_ARGUMENT(srq_model_output_size(model, UINT32_MAX, 4, &width, &height));
    srq_model_free(NULL);
    return model;
}

static void sessions(const srq_model *model)
{
    srq_session *session = RUBBISH;
    srq_session_options options;
    unsigned char low[8 * 8 * 4] = {0}, high[16 * 16 * 4] = {0};
    const srq_image_view input = {sizeof input, 8, 8, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8, 0, 0, low};
    const srq_image_view output = {sizeof output, 16, 16, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8, 0, 0, high};

    srq_session_options_init(NULL, 8);
    srq_session_options_init(&options, sizeof options);
    EXPECT(options.struct_size == sizeof options);
    EXPECT_ARGUMENT(srq_session_create(NULL, model, NULL));
    EXPECT_ARGUMENT(srq_session_create(&session, NULL, NULL));
    EXPECT(session == NULL);
    options.struct_size = 0;
    EXPECT_ARGUMENT(srq_session_create(&session, model, &options));
    options.struct_size = sizeof options;
    options.precision = "f64";
    EXPECT_ARGUMENT(srq_session_create(&session, model, &options));
    options.precision = "bf16";
    srq_status status = srq_session_create(&session, model, &options);
    EXPECT(status == SRQ_OK || (status == SRQ_ERROR_UNSUPPORTED && session == NULL));
    if (status == SRQ_OK)
        EXPECT_OK(srq_session_upscale(session, &input, &output));
    srq_session_free(session);
    options.precision = "f32";
    options.alpha = "nearest";
    EXPECT_ARGUMENT(srq_session_create(&session, model, &options));
    EXPECT(strstr(srq_last_error(), "bicubic, network"));
    options.alpha = "network";
    options.arithmetic = "fast";
    EXPECT_ARGUMENT(srq_session_create(&session, model, &options));
    options.arithmetic = "narrow";       /* a network in float has no layers in whole numbers */
    EXPECT_ARGUMENT(srq_session_create(&session, model, &options));
    options.arithmetic = "";
    options.threads = UINT32_MAX;
    if (srq_session_create(&session, model, &options) == SRQ_OK)      /* an error or fewer threads: both are fine */
        EXPECT_OK(srq_session_upscale(session, &input, &output));
    srq_session_free(session);
    EXPECT_OK(srq_session_create(&session, model, NULL));

    EXPECT_ARGUMENT(srq_session_set_progress(NULL, cancel, NULL));
    EXPECT_OK(srq_session_set_progress(session, cancel, NULL));
    EXPECT_STATUS(srq_session_upscale(session, &input, &output), SRQ_ERROR_CANCELLED);
    EXPECT_OK(srq_session_set_progress(session, NULL, NULL));
    EXPECT_OK(srq_session_upscale(session, &input, &output));
    EXPECT_ARGUMENT(srq_session_upscale(NULL, &input, &output));
    EXPECT_ARGUMENT(srq_session_upscale(session, NULL, &output));
    EXPECT_ARGUMENT(srq_session_upscale(session, &input, NULL));
    for (int which = 0; which < 2; which++) {
        srq_image_view views[2];
#define EXPECT_BAD(field, value)                                             \
    (views[0] = input, views[1] = output, views[which].field = (value),      \
     EXPECT_ARGUMENT(srq_session_upscale(session, &views[0], &views[1])))
        EXPECT_BAD(struct_size, 0);
        EXPECT_BAD(width, 0);
        EXPECT_BAD(height, 0);
        EXPECT_BAD(width, UINT32_MAX);
        EXPECT_BAD(height, UINT32_MAX);
        EXPECT_BAD(format, 0);
        EXPECT_BAD(format, 7);
        EXPECT_BAD(format, INT32_MIN);
        EXPECT_BAD(type, 0);
        EXPECT_BAD(type, 99);
        EXPECT_BAD(stride, 1);
        EXPECT_BAD(stride, SIZE_MAX);
        EXPECT_BAD(data, NULL);
        EXPECT_BAD(format, SRQ_PIXEL_GRAY);                            /* the other side is RGB */
    }

    EXPECT_ARGUMENT(srq_session_upscale_file(NULL, path("low/picture1.png"), path("x.png")));
    EXPECT_ARGUMENT(srq_session_upscale_file(session, NULL, path("x.png")));
    EXPECT_ARGUMENT(srq_session_upscale_file(session, path("low/picture1.png"), NULL));
    EXPECT_STATUS(srq_session_upscale_file(session, path("none.png"), path("x.png")), SRQ_ERROR_IO);
    EXPECT_STATUS(srq_session_upscale_file(session, path("damaged.png"), path("x.png")), SRQ_ERROR_FORMAT);
    EXPECT_STATUS(srq_session_upscale_file(session, path("low/picture1.png"), path("none/x.png")), SRQ_ERROR_IO);
    EXPECT_FAILURE(srq_session_upscale_file(session, path("low/picture1.png"), folder));
    srq_session_free(session);
    srq_session_free(NULL);
}

static srq_images *patches(void)
{
    srq_images *images = RUBBISH;
    srq_images_options options;
    unsigned char pixels[32 * 32 * 3] = {0};
    srq_image_view view = {sizeof view, 32, 32, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8, 0, 0, pixels}, bad;

    srq_images_options_init(NULL, 8);
    srq_images_options_init(&options, sizeof options);
    EXPECT(options.struct_size == sizeof options);
    EXPECT_ARGUMENT(srq_images_open(NULL, path("low"), NULL));
    EXPECT_ARGUMENT(srq_images_open(&images, NULL, NULL));
    EXPECT(images == NULL);
    EXPECT_FAILURE(srq_images_open(&images, path("nowhere/*.png"), NULL));
    EXPECT_FAILURE(srq_images_open(&images, path("low/*.jpg"), NULL));
    EXPECT_FAILURE(srq_images_open(&images, "", NULL));
    EXPECT_FAILURE(srq_images_open(&images, path("low"), NULL));        /* every image is smaller than 96 */
    options.struct_size = 0;
    EXPECT_ARGUMENT(srq_images_open(&images, path("low"), &options));
    srq_images_options_init(&options, sizeof options);
    options.patch = 0;
    EXPECT_ARGUMENT(srq_images_open(&images, path("low"), &options));
    options.patch = UINT32_MAX;
    EXPECT_FAILURE(srq_images_open(&images, path("low"), &options));
    options.patch = 16;
    options.count = 0;
    EXPECT_ARGUMENT(srq_images_open(&images, path("low"), &options));
    options.count = UINT32_MAX;
    EXPECT_FAILURE(srq_images_open(&images, path("low"), &options));
    options.count = 4;

    EXPECT_ARGUMENT(srq_images_from_views(NULL, &view, 1, &options));
    EXPECT_ARGUMENT(srq_images_from_views(&images, NULL, 1, &options));
    EXPECT_ARGUMENT(srq_images_from_views(&images, &view, 0, &options));
    bad = view, bad.data = NULL;
    EXPECT_ARGUMENT(srq_images_from_views(&images, &bad, 1, &options));
    bad = view, bad.format = 17;
    EXPECT_ARGUMENT(srq_images_from_views(&images, &bad, 1, &options));
    bad = view, bad.width = UINT32_MAX;
    EXPECT_FAILURE(srq_images_from_views(&images, &bad, 1, &options));
    bad = view, bad.struct_size = 1;
    EXPECT_ARGUMENT(srq_images_from_views(&images, &bad, 1, &options));
    EXPECT(images == NULL);
    EXPECT(srq_images_count(NULL) == 0);
    srq_skipped_image skipped = {.struct_size = sizeof skipped};
    EXPECT(srq_images_skipped_count(NULL) == 0);
    EXPECT_ARGUMENT(srq_images_skipped(NULL, 0, &skipped));
    options.keep_going = 2;
    EXPECT_ARGUMENT(srq_images_open(&images, path("low"), &options));
    options.keep_going = 0;
    options.reserved_end = 1;
    EXPECT_ARGUMENT(srq_images_open(&images, path("low"), &options));
    options.reserved_end = 0;
    srq_images_free(NULL);
    EXPECT_OK(srq_images_open(&images, path("low"), &options));
    EXPECT(srq_images_count(images) == 4 && srq_images_skipped_count(images) == 0);
    EXPECT_ARGUMENT(srq_images_skipped(images, 0, &skipped));
    return images;
}

static void presets(const srq_model *model, const srq_images *images)
{
    srq_model *quantized = RUBBISH;
    srq_ptq_options options;

    srq_ptq_options_init(NULL, 8);
    srq_ptq_options_init(&options, sizeof options);
    EXPECT(options.struct_size == sizeof options);
    EXPECT_ARGUMENT(srq_model_ptq(NULL, model, images, NULL));
    EXPECT_ARGUMENT(srq_model_ptq(&quantized, NULL, images, NULL));
    EXPECT(quantized == NULL);
    EXPECT_ARGUMENT(srq_model_ptq(&quantized, model, NULL, NULL));
#define EXPECT_BAD_PRESET(field, value)                                                \
    (srq_ptq_options_init(&options, sizeof options), options.progress = never_called, options.field = (value), \
     EXPECT_ARGUMENT(srq_model_ptq(&quantized, model, images, &options)), EXPECT(quantized == NULL))
    EXPECT_BAD_PRESET(struct_size, 0);
    EXPECT_BAD_PRESET(preset, "best");
    EXPECT(strstr(srq_last_error(), "preset") && strstr(srq_last_error(), "paper"));
    EXPECT_BAD_PRESET(protocol, "half");
    EXPECT_BAD_PRESET(weights, 0);
    EXPECT_BAD_PRESET(weights, 9);
    EXPECT_BAD_PRESET(activations, 1);
    EXPECT_BAD_PRESET(snapping, 2);
    EXPECT_BAD_PRESET(threads, 1025);
}

static void calibration(const srq_model *model, const srq_images *images)
{
    srq_quantization *quantization = RUBBISH;
    srq_calibration_options options;

    srq_calibration_options_init(NULL, 8);
    srq_calibration_options_init(&options, sizeof options);
    EXPECT(options.struct_size == sizeof options);
    EXPECT_ARGUMENT(srq_model_calibrate(NULL, model, images, NULL));
    EXPECT_ARGUMENT(srq_model_calibrate(&quantization, NULL, images, NULL));
    EXPECT(quantization == NULL);
    EXPECT_ARGUMENT(srq_model_calibrate(&quantization, model, NULL, NULL));
#define EXPECT_BAD_CALIBRATION(field, value)                                                   \
    (srq_calibration_options_init(&options, sizeof options), options.progress = never_called, options.field = (value), \
     EXPECT_ARGUMENT(srq_model_calibrate(&quantization, model, images, &options)), EXPECT(quantization == NULL))
    EXPECT_BAD_CALIBRATION(struct_size, 0);
    EXPECT_BAD_CALIBRATION(weights, 0);
    EXPECT_BAD_CALIBRATION(weights, 1);
    EXPECT_BAD_CALIBRATION(weights, 9);
    EXPECT_BAD_CALIBRATION(activations, 1);
    EXPECT_BAD_CALIBRATION(activations, 2);                            /* piecewise linear starts at 3 */
    EXPECT_BAD_CALIBRATION(activations, UINT32_MAX);
    EXPECT_BAD_CALIBRATION(batch, 0);
    EXPECT_BAD_CALIBRATION(reserved, 7);
    EXPECT(strstr(srq_last_error(), "reserved"));
    EXPECT_BAD_CALIBRATION(quantizer, "none");
    EXPECT_BAD_CALIBRATION(quantizer, "");
    EXPECT_BAD_CALIBRATION(protocol, "FULL");
    EXPECT_BAD_CALIBRATION(breakpoint, "\xff");
    EXPECT_BAD_CALIBRATION(momentum, -0.1f);
    EXPECT_BAD_CALIBRATION(momentum, 1.5f);
    EXPECT_BAD_CALIBRATION(momentum, NAN);
    EXPECT_BAD_CALIBRATION(percentile, 0);
    EXPECT_BAD_CALIBRATION(percentile, 101);
    EXPECT_BAD_CALIBRATION(percentile, NAN);
    EXPECT_BAD_CALIBRATION(reserved, 1);
    srq_quantization_free(NULL);
}

static void quantizations(const srq_model *model, const srq_images *images)
{
    srq_quantization *quantization;
    srq_finetune_options options;
    srq_layer_info layer = {.struct_size = sizeof layer};
    srq_quantize_options freeze;
    srq_model *frozen = RUBBISH;

    EXPECT_OK(srq_model_calibrate(&quantization, model, images, NULL));
    EXPECT_ARGUMENT(srq_quantization_set_bits(NULL, "*", 4, 4));
    EXPECT_ARGUMENT(srq_quantization_set_bits(quantization, NULL, 4, 4));
    EXPECT_ARGUMENT(srq_quantization_set_bits(quantization, "", 4, 4));
    EXPECT_ARGUMENT(srq_quantization_set_bits(quantization, "nothing.*", 4, 4));
    EXPECT_ARGUMENT(srq_quantization_set_bits(quantization, "*", 1, 0));
    EXPECT_ARGUMENT(srq_quantization_set_bits(quantization, "*", 0, 9));
    EXPECT_ARGUMENT(srq_quantization_set_bits(quantization, "*", UINT32_MAX, UINT32_MAX));
    EXPECT_ARGUMENT(srq_quantization_set_bits(quantization, "body.*", 0, 2));
    EXPECT(srq_quantization_layer_count(NULL) == 0);
    EXPECT(srq_quantization_layer_count(quantization) == 8);
    EXPECT_ARGUMENT(srq_quantization_layer(NULL, 0, &layer));
    EXPECT_ARGUMENT(srq_quantization_layer(quantization, 0, NULL));
    EXPECT_ARGUMENT(srq_quantization_layer(quantization, 8, &layer));
    layer.struct_size = 0;
    EXPECT_ARGUMENT(srq_quantization_layer(quantization, 0, &layer));

    srq_finetune_options_init(NULL, 8);
    EXPECT_ARGUMENT(srq_finetune_options_init_method(NULL, 8, "saft"));
    EXPECT_ARGUMENT(srq_finetune_options_init_method(&options, sizeof options, NULL));
    EXPECT_ARGUMENT(srq_finetune_options_init_method(&options, sizeof options, "magic"));
    srq_finetune_options_init(&options, sizeof options);
    EXPECT(options.struct_size == sizeof options);
    EXPECT_ARGUMENT(srq_quantization_finetune(NULL, images, NULL));
    EXPECT_ARGUMENT(srq_quantization_finetune(quantization, NULL, NULL));
#define EXPECT_BAD_FINETUNING(field, value)                                                 \
    (srq_finetune_options_init(&options, sizeof options), options.progress = never_called, options.field = (value), \
     EXPECT_ARGUMENT(srq_quantization_finetune(quantization, images, &options)))
    EXPECT_BAD_FINETUNING(struct_size, 0);
    EXPECT_BAD_FINETUNING(reserved, 1);
    EXPECT_BAD_FINETUNING(state_path, "");
    EXPECT_BAD_FINETUNING(batch, 0);
    EXPECT_BAD_FINETUNING(cycle, "");
    EXPECT_BAD_FINETUNING(cycle, "weights,,range");
    EXPECT_BAD_FINETUNING(cycle, "levels");
    EXPECT_BAD_FINETUNING(cycle, "weights+");
    EXPECT_BAD_FINETUNING(cycle, "range+latent");                    /* the student is frozen */
    EXPECT(strstr(srq_last_error(), "student"));
    EXPECT_BAD_FINETUNING(student, "fixed");
    EXPECT_BAD_FINETUNING(drop, 1);
    EXPECT_BAD_FINETUNING(drop, NAN);
    EXPECT_BAD_FINETUNING(learning_rate_latent, -1);
    EXPECT_BAD_FINETUNING(learning_rate_biases, NAN);
    EXPECT_BAD_FINETUNING(learning_rate_rounding, INFINITY);
    EXPECT_BAD_FINETUNING(lambda, NAN);
    EXPECT_BAD_FINETUNING(lambda, -1);
    EXPECT_BAD_FINETUNING(learning_rate_weights, NAN);
    EXPECT_BAD_FINETUNING(learning_rate_range, -1);
    EXPECT_BAD_FINETUNING(learning_rate_breakpoint, INFINITY);
    EXPECT_BAD_FINETUNING(learning_rate_measures, NAN);
    EXPECT_BAD_FINETUNING(learning_rate_image, -1);
    EXPECT_BAD_FINETUNING(method, "qat");
    EXPECT_BAD_FINETUNING(method, "");
    EXPECT_BAD_FINETUNING(decay, NAN);
    EXPECT_BAD_FINETUNING(temperature, 0);
    EXPECT_BAD_FINETUNING(temperature, NAN);
    EXPECT_BAD_FINETUNING(snapping, 2);
    EXPECT_BAD_FINETUNING(integers, -1);
    EXPECT_BAD_FINETUNING(reserved, 7);
    EXPECT(strstr(srq_last_error(), "reserved"));
    EXPECT_BAD_FINETUNING(state_path, "");
    EXPECT(strstr(srq_last_error(), "state"));
    EXPECT_ARGUMENT(srq_finetune_options_init_method(&options, sizeof options, "qat"));
    EXPECT(strstr(srq_last_error(), "qat") && strstr(srq_last_error(), "adabm"));
    srq_finetune_options_init(&options, sizeof options);
    options.reconstruction = options.sensitivity = 0;
    EXPECT_ARGUMENT(srq_quantization_finetune(quantization, images, &options));
    srq_finetune_options_init(&options, sizeof options);
    options.state_path = path("none/state");
    EXPECT_FAILURE(srq_quantization_finetune(quantization, images, &options));
    options.state_path = path("network.safetensors");                 /* not a state */
    EXPECT_FAILURE(srq_quantization_finetune(quantization, images, &options));

    srq_finetuning_info run = {.struct_size = sizeof run};
    EXPECT_ARGUMENT(srq_quantization_finetuning(NULL, &run));
    EXPECT_ARGUMENT(srq_quantization_finetuning(quantization, NULL));
    EXPECT_OK(srq_quantization_finetuning(quantization, &run));
    EXPECT(run.runs == 0 && run.epochs == 0 && run.seconds == 0);
    run.struct_size = 0;
    EXPECT_ARGUMENT(srq_quantization_finetuning(quantization, &run));

    EXPECT_ARGUMENT(srq_quantization_set_snapping(NULL, 1));
    EXPECT_ARGUMENT(srq_quantization_set_snapping(quantization, 2));
    EXPECT_ARGUMENT(srq_model_snap(NULL, model));
    EXPECT_ARGUMENT(srq_model_snap(&frozen, NULL));
    EXPECT(frozen == NULL);
    EXPECT(srq_model_snap(&frozen, model) == SRQ_ERROR_UNSUPPORTED && strstr(srq_last_error(), "float"));
    EXPECT_ARGUMENT(srq_model_quantize(NULL, quantization, NULL));
    EXPECT_ARGUMENT(srq_model_quantize(&frozen, NULL, NULL));
    EXPECT(frozen == NULL);
    srq_quantize_options_init(NULL, 8);
    srq_quantize_options_init(&freeze, sizeof freeze);
    freeze.snapping = 2;
    EXPECT_ARGUMENT(srq_model_quantize(&frozen, quantization, &freeze));
    freeze.struct_size = 0;
    EXPECT_ARGUMENT(srq_model_quantize(&frozen, quantization, &freeze));
    EXPECT(frozen == NULL);
    EXPECT_OK(srq_model_quantize(&frozen, quantization, NULL));
    EXPECT_STATUS(srq_model_export(frozen, path("x.safetensors")), SRQ_ERROR_UNSUPPORTED);
    srq_model_free(frozen);
    srq_quantization_free(quantization);
}

static void evaluations(const srq_model *model)
{
    srq_evaluation *evaluation = RUBBISH;
    srq_evaluation_options options;
    srq_image_score score = {.struct_size = sizeof score};

    srq_evaluation_options_init(NULL, 8);
    srq_evaluation_options_init(&options, sizeof options);
    EXPECT(options.struct_size == sizeof options);
    EXPECT_ARGUMENT(srq_model_evaluate(NULL, model, path("set"), NULL));
    EXPECT_ARGUMENT(srq_model_evaluate(&evaluation, NULL, path("set"), NULL));
    EXPECT_ARGUMENT(srq_model_evaluate(&evaluation, model, NULL, NULL));
    EXPECT(evaluation == NULL);
    EXPECT_FAILURE(srq_model_evaluate(&evaluation, model, path("nowhere"), NULL));
    EXPECT_FAILURE(srq_model_evaluate(&evaluation, model, path("network.safetensors"), NULL));
    EXPECT_FAILURE(srq_model_evaluate(&evaluation, model, "", NULL));
    options.struct_size = 0;
    EXPECT_ARGUMENT(srq_model_evaluate(&evaluation, model, path("set"), &options));
    srq_evaluation_options_init(&options, sizeof options);
    options.shave = 1000;
    EXPECT_ARGUMENT(srq_model_evaluate(&evaluation, model, path("set"), &options));
    srq_evaluation_options_init(&options, sizeof options);
    options.alpha = "nearest";
    EXPECT_ARGUMENT(srq_model_evaluate(&evaluation, model, path("set"), &options));
    options.alpha = NULL;
    options.precision = "f64";
    EXPECT_ARGUMENT(srq_model_evaluate(&evaluation, model, path("set"), &options));
    srq_evaluation_options_init(&options, sizeof options);
    options.output_folder = path("network.safetensors");
    EXPECT_FAILURE(srq_model_evaluate(&evaluation, model, path("set"), &options));
    EXPECT(evaluation == NULL);

    EXPECT(srq_evaluation_count(NULL) == 0);
    EXPECT_ARGUMENT(srq_evaluation_image(NULL, 0, &score));
    EXPECT_ARGUMENT(srq_evaluation_mean(NULL, &score));
    EXPECT_OK(srq_model_evaluate(&evaluation, model, path("set"), NULL));
    EXPECT(srq_evaluation_count(evaluation) == 2);
    EXPECT_ARGUMENT(srq_evaluation_image(evaluation, 0, NULL));
    EXPECT_ARGUMENT(srq_evaluation_image(evaluation, 2, &score));
    EXPECT_ARGUMENT(srq_evaluation_image(evaluation, SIZE_MAX, &score));
    EXPECT_ARGUMENT(srq_evaluation_mean(evaluation, NULL));
    score.struct_size = 0;
    EXPECT_ARGUMENT(srq_evaluation_mean(evaluation, &score));
    EXPECT_ARGUMENT(srq_evaluation_image(evaluation, 0, &score));
    srq_skipped_image skipped = {.struct_size = sizeof skipped};
    EXPECT(srq_evaluation_skipped_count(NULL) == 0);
    EXPECT(srq_evaluation_skipped_count(evaluation) == 0);
    EXPECT_ARGUMENT(srq_evaluation_skipped(NULL, 0, &skipped));
    EXPECT_ARGUMENT(srq_evaluation_skipped(evaluation, 0, &skipped));
    srq_evaluation_free(evaluation);
    srq_evaluation_free(NULL);

    srq_evaluation_options_init(&options, sizeof options);
    options.patch_step = 4;
    EXPECT_ARGUMENT(srq_model_evaluate(&evaluation, model, path("set"), &options));
    options.patch = 3;
    EXPECT_ARGUMENT(srq_model_evaluate(&evaluation, model, path("set"), &options));
    options.patch = 8;
    options.keep_going = 2;
    EXPECT_ARGUMENT(srq_model_evaluate(&evaluation, model, path("set"), &options));
    options.keep_going = 1;
    options.reserved_end = 1;
    EXPECT_ARGUMENT(srq_model_evaluate(&evaluation, model, path("set"), &options));
    options.reserved_end = 0;
    options.output_folder = "";
    EXPECT_ARGUMENT(srq_model_evaluate(&evaluation, model, path("set"), &options));
    options.output_folder = NULL;
    EXPECT_OK(srq_model_evaluate(&evaluation, model, path("set"), &options));
    EXPECT(srq_evaluation_count(evaluation) == 2);
    srq_evaluation_free(evaluation);
}

static void histograms(const srq_model *model, const srq_images *images)
{
    srq_quantization *quantization;
    srq_histograms *found = RUBBISH;
    srq_histogram_options options;
    srq_histogram_info info = {.struct_size = sizeof info};
    const float levels[] = {-1, 0, 1}, descending[] = {1, 0};
    const float not_finite[] = {0, (float)(1e300 * 1e300)};

    EXPECT_OK(srq_model_calibrate(&quantization, model, images, NULL));
    srq_histogram_options_init(NULL, 8);
    srq_histogram_options_init(&options, sizeof options);
    EXPECT(options.struct_size == sizeof options && strcmp(options.pattern, "*") == 0);
    EXPECT_ARGUMENT(srq_quantization_histograms(NULL, quantization, images, NULL));
    EXPECT_ARGUMENT(srq_quantization_histograms(&found, NULL, images, NULL));
    EXPECT(found == NULL);
    EXPECT_ARGUMENT(srq_quantization_histograms(&found, quantization, NULL, NULL));
    options.pattern = "nothing";
    EXPECT_ARGUMENT(srq_quantization_histograms(&found, quantization, images, &options));
    options.pattern = NULL;
    EXPECT_OK(srq_quantization_histograms(&found, quantization, images, &options));
    EXPECT(srq_histograms_count(NULL) == 0);
    EXPECT(srq_histograms_count(found) == srq_quantization_layer_count(quantization));
    EXPECT_ARGUMENT(srq_histograms_layer(NULL, 0, &info));
    EXPECT_ARGUMENT(srq_histograms_layer(found, 0, NULL));
    EXPECT_ARGUMENT(srq_histograms_layer(found, SIZE_MAX, &info));
    EXPECT_OK(srq_histograms_layer(found, 0, &info));
    uint64_t sum = 0;
    for (uint32_t bin = 0; bin < info.bins; bin++)
        sum += info.counts[bin];
    EXPECT(info.bins == 2048 && sum == info.count && sum > 0 && strcmp(info.name, "head.0") == 0);
    EXPECT(info.lower <= info.mean && info.mean <= info.upper && info.deviation > 0 && info.signal_to_noise > 0);
    srq_quantization_free(quantization);
    EXPECT_OK(srq_histograms_layer(found, 1, &info));
    EXPECT_ARGUMENT(srq_histograms_layer((const srq_histograms *)(const void *)images, 0, &info));
    srq_histograms_free(found);
    srq_histograms_free(NULL);

    EXPECT_OK(srq_model_calibrate(&quantization, model, images, NULL));
    EXPECT_ARGUMENT(srq_quantization_set_levels(NULL, "head.0", levels, 3));
    EXPECT_ARGUMENT(srq_quantization_set_levels(quantization, NULL, levels, 3));
    EXPECT_ARGUMENT(srq_quantization_set_levels(quantization, "nothing", levels, 3));
    EXPECT_ARGUMENT(srq_quantization_set_levels(quantization, "head.0", NULL, 3));
    EXPECT_ARGUMENT(srq_quantization_set_levels(quantization, "head.0", levels, 0));
    EXPECT_ARGUMENT(srq_quantization_set_levels(quantization, "head.0", levels, SIZE_MAX));
    EXPECT_ARGUMENT(srq_quantization_set_levels(quantization, "head.0", descending, 2));
    EXPECT_ARGUMENT(srq_quantization_set_levels(quantization, "head.0", not_finite, 2));
    EXPECT_OK(srq_quantization_set_levels(quantization, "head.0", levels, 3));
    srq_layer_info layer = {.struct_size = sizeof layer};
    EXPECT_OK(srq_quantization_layer(quantization, 0, &layer));
    EXPECT(strcmp(layer.quantizer, "levels") == 0 && layer.lower == -1 && layer.upper == 1 && layer.weight_parameters == 1);
    srq_quantization_free(quantization);
}

/* A handle of another type, or one that was freed, is refused: the library can tell as long as its memory is not in use again. */
static void handles_of_another_type(srq_model *model, srq_images *images)
{
    srq_model_info info = {.struct_size = sizeof info};
    srq_session *session = RUBBISH;

    EXPECT_ARGUMENT(srq_model_describe((const srq_model *)(const void *)images, &info));
    EXPECT_ARGUMENT(srq_session_create(&session, (const srq_model *)(const void *)images, NULL));
    EXPECT(session == NULL);
    srq_quantization *quantization = RUBBISH;
    EXPECT_ARGUMENT(srq_model_calibrate(&quantization, model, (const srq_images *)(const void *)model, NULL));
    EXPECT(quantization == NULL);
    EXPECT(srq_images_count((const srq_images *)(const void *)model) == 0);
    EXPECT(srq_evaluation_count((const srq_evaluation *)(const void *)model) == 0);
    EXPECT(srq_quantization_layer_count((const srq_quantization *)(const void *)model) == 0);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    snprintf(folder, sizeof folder, "%s", argv[1]);
    versions_and_errors();
    images_in_memory();
    options();
    srq_model *model = models();
    srq_images *images = patches();
    sessions(model);
    presets(model, images);
    calibration(model, images);
    quantizations(model, images);
    evaluations(model);
    histograms(model, images);
    handles_of_another_type(model, images);
    srq_images_free(images);
    srq_model_free(model);
    return finish("arguments");
}
