/* A program that was built with an older header has shorter structs, and what lies behind them is neither read nor written.
   Argument: the folder that samples.lua wrote. */
#include <stdint.h>
#include <stdlib.h>

#include "expect.h"

static char network_path[4096], low_path[4096], set_path[4096];

/* In these options everything behind struct_size is rubbish, which must not be looked at. */
#define SHORTEN(options, size) \
    (memset((char *)&(options) + (size), 0xff, sizeof(options) - (size)), (options).struct_size = (uint32_t)(size))

static void options_are_not_read_beyond_their_size(void)
{
    srq_model *model, *frozen;
    srq_images *images;
    srq_session *session;
    srq_quantization *quantization;
    srq_evaluation *evaluation;
    srq_load_options load;
    srq_images_options pick;
    srq_session_options run;
    srq_calibration_options calibrate;
    srq_finetune_options finetune;
    srq_quantize_options freeze;
    srq_ptq_options preset;
    srq_evaluation_options evaluate;

    srq_load_options_init(&load, sizeof load);
    SHORTEN(load, offsetof(srq_load_options, res_scale));
    EXPECT_OK(srq_model_load(&model, network_path, &load));

    srq_images_options_init(&pick, sizeof pick);
    pick.count = 4, pick.patch = 16;
    SHORTEN(pick, offsetof(srq_images_options, seed));
    EXPECT_OK(srq_images_open(&images, low_path, &pick));
    EXPECT(srq_images_count(images) == 4);

    srq_session_options_init(&run, sizeof run);
    SHORTEN(run, offsetof(srq_session_options, threads));
    EXPECT_OK(srq_session_create(&session, model, &run));

    srq_calibration_options_init(&calibrate, sizeof calibrate);
    calibrate.weights = 6, calibrate.activations = 5;
    SHORTEN(calibrate, offsetof(srq_calibration_options, quantizer));
    EXPECT_OK(srq_model_calibrate(&quantization, model, images, &calibrate));
    srq_layer_info layer = {.struct_size = sizeof layer};
    EXPECT_OK(srq_quantization_layer(quantization, 1, &layer));
    EXPECT(layer.weight_bits == 6 && layer.activation_bits == 5 && strcmp(layer.quantizer, "plq") == 0);

    srq_finetune_options_init(&finetune, sizeof finetune);
    finetune.epochs = 1;
    SHORTEN(finetune, offsetof(srq_finetune_options, cycle));
    EXPECT_OK(srq_quantization_finetune(quantization, images, &finetune));
    srq_finetune_options_init(&finetune, sizeof finetune);
    finetune.epochs = 1;
    SHORTEN(finetune, offsetof(srq_finetune_options, student));
    EXPECT_OK(srq_quantization_finetune(quantization, images, &finetune));
    srq_ptq_options_init(&preset, sizeof preset);
    preset.weights = 6, preset.steps = 1;
    SHORTEN(preset, offsetof(srq_ptq_options, seed));
    EXPECT_OK(srq_model_ptq(&frozen, model, images, &preset));
    srq_model_free(frozen);
    srq_quantize_options_init(&freeze, sizeof freeze);
    SHORTEN(freeze, offsetof(srq_quantize_options, snapping));
    EXPECT_OK(srq_model_quantize(&frozen, quantization, &freeze));

    srq_evaluation_options_init(&evaluate, sizeof evaluate);
    evaluate.shave = 3;
    SHORTEN(evaluate, offsetof(srq_evaluation_options, reserved));
    EXPECT_OK(srq_model_evaluate(&evaluation, frozen, set_path, &evaluate));
    EXPECT(srq_evaluation_count(evaluation) == 2);
    srq_evaluation_free(evaluation);
    srq_evaluation_options_init(&evaluate, sizeof evaluate);
    SHORTEN(evaluate, offsetof(srq_evaluation_options, patch));
    EXPECT_OK(srq_model_evaluate(&evaluation, frozen, set_path, &evaluate));

    /* In structs that a call fills, bytes behind struct_size stay as they were. */
    union {
        srq_model_info info;
        srq_layer_info layer;
        srq_image_score score;
        unsigned char bytes[256];
    } out;
#define EXPECT_UNTOUCHED(size)                                       \
    do {                                                             \
        int touched = 0;                                             \
        for (size_t i = (size); i < sizeof out.bytes; i++)           \
            touched |= out.bytes[i] != 0xa5;                         \
        EXPECT(!touched);                                            \
    } while (0)
#define PREPARE(member, size) (memset(&out, 0xa5, sizeof out), out.member.struct_size = (uint32_t)(size))

    PREPARE(info, offsetof(srq_model_info, recipe));
    EXPECT_OK(srq_model_describe(frozen, &out.info));
    EXPECT(out.info.scale == 2 && strcmp(out.info.architecture, "EDSR") == 0);
    EXPECT_UNTOUCHED(offsetof(srq_model_info, recipe));

    PREPARE(layer, offsetof(srq_layer_info, role));
    EXPECT_OK(srq_model_layer(frozen, 0, &out.layer));
    EXPECT(strcmp(out.layer.name, "head.0") == 0);
    EXPECT_UNTOUCHED(offsetof(srq_layer_info, role));

    PREPARE(layer, offsetof(srq_layer_info, name));
    EXPECT_OK(srq_quantization_layer(quantization, 0, &out.layer));
    EXPECT_UNTOUCHED(offsetof(srq_layer_info, name));

    PREPARE(layer, offsetof(srq_layer_info, parameters));
    EXPECT_OK(srq_model_layer(frozen, 0, &out.layer));
    EXPECT(out.layer.deviation > 0);
    EXPECT_UNTOUCHED(offsetof(srq_layer_info, parameters));

    PREPARE(score, offsetof(srq_image_score, ssim));
    EXPECT_OK(srq_evaluation_mean(evaluation, &out.score));
    EXPECT(out.score.psnr > 0);
    EXPECT_UNTOUCHED(offsetof(srq_image_score, ssim));

    PREPARE(score, offsetof(srq_image_score, bits));
    EXPECT_OK(srq_evaluation_mean(evaluation, &out.score));
    EXPECT_UNTOUCHED(offsetof(srq_image_score, bits));

    PREPARE(layer, offsetof(srq_layer_info, measure));
    EXPECT_OK(srq_model_layer(frozen, 0, &out.layer));
    EXPECT_UNTOUCHED(offsetof(srq_layer_info, measure));

    PREPARE(layer, offsetof(srq_layer_info, in_float));
    EXPECT_OK(srq_model_layer(frozen, 0, &out.layer));
    EXPECT_UNTOUCHED(offsetof(srq_layer_info, in_float));

    PREPARE(layer, offsetof(srq_layer_info, arithmetic));
    EXPECT_OK(srq_model_layer(frozen, 0, &out.layer));
    EXPECT_UNTOUCHED(offsetof(srq_layer_info, arithmetic));

    PREPARE(layer, offsetof(srq_layer_info, arithmetic_reason));
    EXPECT_OK(srq_model_layer(frozen, 0, &out.layer));
    EXPECT_UNTOUCHED(offsetof(srq_layer_info, arithmetic_reason));

    PREPARE(score, offsetof(srq_image_score, ssim_replicate));
    EXPECT_OK(srq_evaluation_image(evaluation, 1, &out.score));
    EXPECT_UNTOUCHED(offsetof(srq_image_score, ssim_replicate));

    srq_evaluation_free(evaluation);
    srq_model_free(frozen);
    srq_quantization_free(quantization);
    srq_session_free(session);
    srq_images_free(images);
    srq_model_free(model);
}

/* A program that was built with a newer header has longer structs, in which fields that it does not use are zero. */
static void longer_options_are_read_if_nothing_is_in_them(void)
{
    struct {
        srq_load_options known;
        uint32_t later[4];
    } options = {.later = {0}};
    srq_model *model;

    srq_load_options_init(&options.known, sizeof options.known);
    options.known.struct_size = sizeof options;
    EXPECT_OK(srq_model_load(&model, network_path, &options.known));
    srq_model_free(model);
    options.later[2] = 7;
    EXPECT_ARGUMENT(srq_model_load(&model, network_path, &options.known));
    EXPECT(model == NULL);
}

/* Every _init function of the header, on a struct as short as any older header may have had it: what is within the size is set as
   in the whole struct, and the guard bytes behind it keep their value. */
static void defaults_are_not_written_beyond_the_size(void)
{
    union {
        srq_load_options load;
        srq_session_options session;
        srq_images_options images;
        srq_calibration_options calibrate;
        srq_histogram_options histograms;
        srq_finetune_options finetune;
        srq_quantize_options quantize;
        srq_ptq_options ptq;
        srq_evaluation_options evaluate;
        unsigned char bytes[512];
    } whole, part;
    uint32_t told;
/* `hole` to `end` is padding, whose bytes mean nothing. */
#define EXPECT_BOUNDED_BUT(init, type, member, hole, end)                                                          \
    do {                                                                                                           \
        memset(&whole, 0xa5, sizeof whole);                                                                        \
        init(&whole.member, sizeof whole.member);                                                                  \
        EXPECT(whole.member.struct_size == sizeof whole.member);                                                   \
        for (uint32_t size = 0; size < sizeof whole.member + 16; size++) {                                         \
            const size_t alignment = offsetof(struct { char first; type second; }, second);                        \
            size_t known = size < sizeof whole.member ? size - size % alignment : sizeof whole.member;             \
            int touched = 0, other = 0;                                                                            \
            memset(&part, 0xa5, sizeof part);                                                                      \
            init(&part.member, size);                                                                              \
            memcpy(&told, &part, sizeof told);                                                                     \
            EXPECT(told == (size < 4 ? 0xa5a5a5a5u : size));                                                       \
            for (size_t i = size < 4 ? 0 : size; i < sizeof part.bytes; i++)                                       \
                touched |= part.bytes[i] != 0xa5;                                                                  \
            for (size_t i = 4; i < size; i++)                                                                      \
                other |= (i < (hole) || i >= (end)) && part.bytes[i] != (i < known ? whole.bytes[i] : 0);          \
            EXPECT(!touched && !other);                                                                            \
        }                                                                                                          \
    } while (0)
#define EXPECT_BOUNDED(init, type, member) EXPECT_BOUNDED_BUT(init, type, member, sizeof(type), sizeof(type))
#define EXPECT_BOUNDED_FINETUNING(init)                                                                            \
    EXPECT_BOUNDED_BUT(init, srq_finetune_options, finetune, offsetof(srq_finetune_options, relative) + 4,         \
                       offsetof(srq_finetune_options, seed))
#define INIT_PTQ4SR(options, size) (void)srq_finetune_options_init_method(options, size, "ptq4sr")

    EXPECT_BOUNDED(srq_load_options_init, srq_load_options, load);
    EXPECT_BOUNDED(srq_session_options_init, srq_session_options, session);
    EXPECT_BOUNDED(srq_images_options_init, srq_images_options, images);
    EXPECT_BOUNDED(srq_calibration_options_init, srq_calibration_options, calibrate);
    EXPECT_BOUNDED(srq_histogram_options_init, srq_histogram_options, histograms);
    EXPECT_BOUNDED_FINETUNING(srq_finetune_options_init);
    EXPECT_BOUNDED_FINETUNING(INIT_PTQ4SR);
    EXPECT_BOUNDED(srq_quantize_options_init, srq_quantize_options, quantize);
    EXPECT_BOUNDED(srq_evaluation_options_init, srq_evaluation_options, evaluate);
    EXPECT_ARGUMENT(srq_finetune_options_init_method(&whole.finetune, 3, "saft"));
    EXPECT_ARGUMENT(srq_finetune_options_init_method(&whole.finetune, 1u << 20, "saft"));
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    snprintf(network_path, sizeof network_path, "%s/network.safetensors", argv[1]);
    snprintf(low_path, sizeof low_path, "%s/low", argv[1]);
    snprintf(set_path, sizeof set_path, "%s/set", argv[1]);
    options_are_not_read_beyond_their_size();
    longer_options_are_read_if_nothing_is_in_them();
    defaults_are_not_written_beyond_the_size();
    return finish("struct_size");
}
