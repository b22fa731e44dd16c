/* Quantizes a network with a few images, saves it and upscales a picture:
     upscale MODEL CALIBRATION_FOLDER INPUT.png OUTPUT.png SAVED.srq [--tanh]
   --tanh is for an SRResNet whose output is a tanh, which its file cannot say. */
#include <srq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t show(void *user, const srq_progress *progress)
{
    (void)user;
    fprintf(stderr, "%s %llu/%llu\n", progress->stage, (unsigned long long)progress->done, (unsigned long long)progress->total);
    return 0;                                        /* anything else cancels */
}

static void warn(void *user, const char *message)
{
    (void)user;
    fprintf(stderr, "warning: %s\n", message);
}

/* Prints why a call failed and ends the program. */
static void check(srq_status status)
{
    if (status == SRQ_OK)
        return;
    fprintf(stderr, "%s: %s\n", srq_status_name(status), srq_last_error());
    exit(EXIT_FAILURE);
}

static srq_model *quantize(const srq_model *network, const char *folder)
{
    srq_images_options pick;
    srq_calibration_options options;
    srq_images *images;
    srq_quantization *quantization;
    srq_model *model;

    srq_images_options_init(&pick, sizeof pick);
    pick.count = 8;
    pick.patch = 16;
    check(srq_images_open(&images, folder, &pick));

    srq_calibration_options_init(&options, sizeof options);
    options.weights = 4;
    options.activations = 4;
    options.progress = show;
    check(srq_model_calibrate(&quantization, network, images, &options));
    check(srq_model_quantize(&model, quantization, NULL));
    srq_quantization_free(quantization);
    srq_images_free(images);
    return model;
}

int main(int argc, char **argv)
{
    srq_model *network, *model;
    srq_model_info info = {.struct_size = sizeof info};
    srq_session *session;
    srq_load_options load;

    srq_load_options_init(&load, sizeof load);
    load.tanh_output = argc == 7 && strcmp(argv[6], "--tanh") == 0;
    if (argc != 6 && !load.tanh_output) {
        fprintf(stderr, "usage: %s model calibration-folder input.png output.png saved.srq [--tanh]\n", argv[0]);
        return EXIT_FAILURE;
    }
    check(srq_model_load(&network, argv[1], &load));
    check(srq_model_warnings(network, warn, NULL));
    model = quantize(network, argv[2]);
    srq_model_free(network);
    check(srq_model_save(model, argv[5]));

    check(srq_model_describe(model, &info));
    printf("%s x%u, %zu layers, %llu parameters\n", info.architecture, info.scale, info.layers,
           (unsigned long long)info.parameters);
    check(srq_session_create(&session, model, NULL));
    check(srq_session_upscale_file(session, argv[3], argv[4]));
    srq_session_free(session);
    srq_model_free(model);
    return EXIT_SUCCESS;
}
