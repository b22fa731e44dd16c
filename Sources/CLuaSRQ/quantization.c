/* Calibration and finetuning. */
#include <string.h>

#include "nouns.h"
#include "histograms.h"
#include "layer.h"
#include "options.h"
#include "progress.h"

static void release(void *handle)
{
    srq_quantization_free(handle);
}

int model_calibrate(lua_State *L)
{
    const srq_model *model = object_handle(L, 1, MODEL_TYPE);
    const srq_images *images = object_handle(L, 2, IMAGES_TYPE);
    srq_calibration_options options;
    srq_quantization *quantization;
    progress_call progress;
    srq_status status;
    int tries = 0;

    lua_settop(L, 3);
    srq_calibration_options_init(&options, sizeof options);
    options_fill(L, 3, "calibrate", NULL, NULL, 0, &options, sizeof options);
    progress_start(L, 3, "calibrate", &progress);
    options.progress = progress_report;
    options.user = &progress;
    void **slot = object_new(L, QUANTIZATION_TYPE);

    object_begin(L, 1);
    object_begin(L, 2);
    do
        status = srq_model_calibrate(&quantization, model, images, &options);
    while (!progress.failed && object_retry(L, status, &tries));
    object_end(L, 2);
    object_end(L, 1);
    *slot = quantization;
    progress_finish(&progress, status);
    srq_model_info info = {.struct_size = sizeof info};
    error_check(L, srq_model_describe(object_handle(L, 1, MODEL_TYPE), &info));
    object_weigh(L, -1, info.parameters * sizeof(float));
    return 1;
}

/* net:ptq(images, {preset =, weights =, activations =, ...}) */
int model_ptq(lua_State *L)
{
    const srq_model *model = object_handle(L, 1, MODEL_TYPE);
    const srq_images *images = object_handle(L, 2, IMAGES_TYPE);
    srq_ptq_options options;
    srq_model *quantized;
    progress_call progress;
    srq_status status;
    int tries = 0;

    lua_settop(L, 3);
    srq_ptq_options_init(&options, sizeof options);
    options_fill(L, 3, "ptq", NULL, NULL, 0, &options, sizeof options);
    progress_start(L, 3, "ptq", &progress);
    options.progress = progress_report;
    options.user = &progress;
    void **slot = object_new(L, MODEL_TYPE);

    object_begin(L, 1);
    object_begin(L, 2);
    do
        status = srq_model_ptq(&quantized, model, images, &options);
    while (!progress.failed && object_retry(L, status, &tries));
    object_end(L, 2);
    object_end(L, 1);
    *slot = quantized;
    progress_finish(&progress, status);
    model_weigh(L, -1);
    return 1;
}

static srq_quantization *self(lua_State *L)
{
    return object_handle(L, 1, QUANTIZATION_TYPE);
}

/* q:bits(pattern, {weights =, activations =}) */
static int bits(lua_State *L)
{
    struct {
        uint32_t weights, activations;
    } side = {0, 0};
    static const option_entry known[] = {
        {"weights", OPTION_UINT32, 0, NULL},
        {"activations", OPTION_UINT32, sizeof(uint32_t), NULL},
    };
    const char *pattern = argument_text(L, 2);

    argument_table(L, 3);
    lua_settop(L, 3);
    options_read(L, 3, "bits", known, OPTION_COUNT(known), &side);
    error_check(L, srq_quantization_set_bits(self(L), pattern, side.weights, side.activations));
    return 0;
}

/* q:set_levels(layer, {level, ...}) */
static int set_levels(lua_State *L)
{
    float levels[256];
    const char *layer = argument_text(L, 2);

    argument_table(L, 3);
    lua_Integer count = luaL_len(L, 3);
    if (count < 0 || (size_t)count > sizeof levels / sizeof *levels)
        error_raise(L, "set_levels: %I levels for layer %s; at most 256 are possible", count, layer);
    for (lua_Integer i = 1; i <= count; i++) {
        if (lua_geti(L, 3, i) != LUA_TNUMBER)
            error_raise(L, "set_levels: level %I of layer %s must be a number, not a %s", i, layer, luaL_typename(L, -1));
        levels[i - 1] = (float)lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
    error_check(L, srq_quantization_set_levels(self(L), layer, levels, (size_t)count));
    return 0;
}

static int layers(lua_State *L)
{
    size_t count = srq_quantization_layer_count(self(L));
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        srq_layer_info layer = {.struct_size = sizeof layer};
        error_check(L, srq_quantization_layer(self(L), i, &layer));
        layer_push(L, &layer);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* q:quantize({snapping =}) */
static int quantize(lua_State *L)
{
    srq_quantization *quantization = self(L);
    srq_quantize_options options;
    srq_model *model;
    srq_status status;
    int tries = 0;

    lua_settop(L, 2);
    srq_quantize_options_init(&options, sizeof options);
    options_fill(L, 2, "quantize", NULL, NULL, 0, &options, sizeof options);
    void **slot = object_new(L, MODEL_TYPE);
    object_begin(L, 1);
    do
        status = srq_model_quantize(&model, quantization, &options);
    while (object_retry(L, status, &tries));
    object_end(L, 1);
    *slot = model;
    error_check(L, status);
    model_weigh(L, -1);
    return 1;
}

/* Reads `method`: fills the options with the method's settings, which the other options refine. */
static void read_method(lua_State *L, const char *owner, void *target)
{
    const char *method = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    if (srq_finetune_options_init_method(target, sizeof(srq_finetune_options), method) != SRQ_OK)
        options_wrong(L, owner, "method", "the name of a method (\"saft\", \"vft\", \"ptq4sr\", \"adabm\", \"srq\")");
}

/* Reads `lr`: a learning rate for all groups, or a table with rates for some of them. */
static void read_learning_rate(lua_State *L, const char *owner, void *target)
{
    srq_finetune_options *options = target;
    if (lua_type(L, -1) == LUA_TNUMBER) {
        float rate = (float)lua_tonumber(L, -1);
        options->learning_rate_weights = options->learning_rate_range = options->learning_rate_breakpoint = rate;
        options->learning_rate_measures = options->learning_rate_image = rate;
        options->learning_rate_latent = options->learning_rate_biases = options->learning_rate_rounding = rate;
    } else if (lua_istable(L, -1)) {
        options_fill(L, lua_absindex(L, -1), "finetune", "lr", NULL, 0, target, sizeof *options);
    } else {
        options_wrong(L, owner, "lr", "a number or a table");
    }
}

static void read_terms(lua_State *L, const char *owner, void *target)
{
    if (!lua_istable(L, -1))
        options_wrong(L, owner, "terms", "a table");
    options_fill(L, lua_absindex(L, -1), "finetune", "terms", NULL, 0, target, sizeof(srq_finetune_options));
}

static int finetune(lua_State *L)
{
    /* The list of options has `method` first, which all others refine. */
    static const option_entry special[] = {
        {"method", OPTION_SPECIAL, 0, read_method},
        {"lr", OPTION_SPECIAL, 0, read_learning_rate},
        {"terms", OPTION_SPECIAL, 0, read_terms},
    };
    srq_quantization *quantization = self(L);
    const srq_images *images = object_handle(L, 2, IMAGES_TYPE);
    srq_finetune_options options;
    progress_call progress;
    srq_status status;
    int tries = 0;

    lua_settop(L, 3);
    srq_finetune_options_init(&options, sizeof options);
    options_fill(L, 3, "finetune", NULL, special, OPTION_COUNT(special), &options, sizeof options);
    progress_start(L, 3, "finetune", &progress);
    options.progress = progress_report;
    options.user = &progress;

    object_begin(L, 1);
    object_begin(L, 2);
    do
        status = srq_quantization_finetune(quantization, images, &options);
    while (!progress.failed && object_retry(L, status, &tries));
    object_end(L, 2);
    object_end(L, 1);
    progress_finish(&progress, status);
    lua_settop(L, 1);
    return 1;
}

static void tell(lua_State *L, void *handle)
{
    size_t count = srq_quantization_layer_count(handle), quantized = 0;
    for (size_t i = 0; i < count; i++) {
        srq_layer_info layer = {.struct_size = sizeof layer};
        error_check(L, srq_quantization_layer(handle, i, &layer));
        quantized += layer.weight_bits < 32 || layer.activation_bits < 32;
    }
    lua_pushfstring(L, "%d of %d layers quantized", (int)quantized, (int)count);
}

/* q:finetuning(): what the last run took, over all calls that it was made in; nil before the first one. */
static int finetuning(lua_State *L)
{
    srq_finetuning_info info = {.struct_size = sizeof info};
    error_check(L, srq_quantization_finetuning(self(L), &info));
    if (info.runs == 0)
        return 0;
    lua_createtable(L, 0, 3);
    field_integer(L, "epochs", info.epochs);
    field_integer(L, "resumed", info.resumed);
    field_number(L, "seconds", info.seconds);
    return 1;
}

static const luaL_Reg methods[] = {
    {"bits", bits},
    {"set_levels", set_levels},
    {"histograms", quantization_histograms},
    {"layers", layers},
    {"finetune", finetune},
    {"finetuning", finetuning},
    {"quantize", quantize},
    {NULL, NULL},
};

static const luaL_Reg properties[] = {
    {NULL, NULL},
};

const object_type quantization_type = {QUANTIZATION_TYPE, release, methods, properties, NULL, 1, tell};
