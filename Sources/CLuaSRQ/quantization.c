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
    static const option_entry known[] = {
        {"weights", OPTION_UINT32, offsetof(srq_calibration_options, weights), NULL},
        {"activations", OPTION_UINT32, offsetof(srq_calibration_options, activations), NULL},
        {"quantizer", OPTION_STRING, offsetof(srq_calibration_options, quantizer), NULL},
        {"protocol", OPTION_STRING, offsetof(srq_calibration_options, protocol), NULL},
        {"breakpoint", OPTION_STRING, offsetof(srq_calibration_options, breakpoint), NULL},
        {"batch", OPTION_UINT32, offsetof(srq_calibration_options, batch), NULL},
        {"momentum", OPTION_FLOAT, offsetof(srq_calibration_options, momentum), NULL},
        {"percentile", OPTION_FLOAT, offsetof(srq_calibration_options, percentile), NULL},
        {"per_channel", OPTION_BOOLEAN, offsetof(srq_calibration_options, per_channel), NULL},
        {"weight_range", OPTION_STRING, offsetof(srq_calibration_options, weight_range), NULL},
        {"range_percentile", OPTION_FLOAT, offsetof(srq_calibration_options, range_percentile), NULL},
        {"clipped_share", OPTION_FLOAT, offsetof(srq_calibration_options, clipped_share), NULL},
        {"clipped_share_8bit", OPTION_FLOAT, offsetof(srq_calibration_options, clipped_share_8bit), NULL},
        {"threads", OPTION_UINT32, offsetof(srq_calibration_options, threads), NULL},
        {"progress", OPTION_SPECIAL, 0, progress_option},
    };
    const srq_model *model = object_handle(L, 1, MODEL_TYPE);
    const srq_images *images = object_handle(L, 2, IMAGES_TYPE);
    srq_calibration_options options;
    srq_quantization *quantization;
    progress_call progress;

    lua_settop(L, 3);
    srq_calibration_options_init(&options, sizeof options);
    options_read(L, 3, "calibrate", known, OPTION_COUNT(known), &options);
    progress_start(L, 3, "calibrate", &progress);
    options.progress = progress_report;
    options.user = &progress;
    void **slot = object_new(L, QUANTIZATION_TYPE);

    object_begin(L, 1);
    object_begin(L, 2);
    srq_status status = srq_model_calibrate(&quantization, model, images, &options);
    object_end(L, 2);
    object_end(L, 1);
    *slot = quantization;
    progress_finish(&progress, status);
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
    const char *pattern = luaL_checkstring(L, 2);

    luaL_checktype(L, 3, LUA_TTABLE);
    lua_settop(L, 3);
    options_read(L, 3, "bits", known, OPTION_COUNT(known), &side);
    error_check(L, srq_quantization_set_bits(self(L), pattern, side.weights, side.activations));
    return 0;
}

/* q:set_levels(layer, {level, ...}) */
static int set_levels(lua_State *L)
{
    float levels[256];
    const char *layer = luaL_checkstring(L, 2);

    luaL_checktype(L, 3, LUA_TTABLE);
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
    static const option_entry known[] = {{"snapping", OPTION_BOOLEAN, offsetof(srq_quantize_options, snapping), NULL}};
    srq_quantization *quantization = self(L);
    srq_quantize_options options;
    srq_model *model;

    lua_settop(L, 2);
    srq_quantize_options_init(&options, sizeof options);
    options_read(L, 2, "quantize", known, OPTION_COUNT(known), &options);
    void **slot = object_new(L, MODEL_TYPE);
    srq_status status = srq_model_quantize(&model, quantization, &options);
    *slot = model;
    error_check(L, status);
    return 1;
}

/* A method's settings, which the other options refine. */
static void read_method(lua_State *L, const char *owner, void *target)
{
    const char *method = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    if (srq_finetune_options_init_method(target, sizeof(srq_finetune_options), method) != SRQ_OK)
        options_wrong(L, owner, "method", "the name of a method (\"saft\", \"vft\", \"ptq4sr\", \"adabm\")");
}

/* A number for all groups, or a table with one for some. */
static void read_learning_rate(lua_State *L, const char *owner, void *target)
{
    static const option_entry known[] = {
        {"weights", OPTION_FLOAT, offsetof(srq_finetune_options, learning_rate_weights), NULL},
        {"range", OPTION_FLOAT, offsetof(srq_finetune_options, learning_rate_range), NULL},
        {"breakpoint", OPTION_FLOAT, offsetof(srq_finetune_options, learning_rate_breakpoint), NULL},
        {"measures", OPTION_FLOAT, offsetof(srq_finetune_options, learning_rate_measures), NULL},
        {"image", OPTION_FLOAT, offsetof(srq_finetune_options, learning_rate_image), NULL},
    };
    srq_finetune_options *options = target;
    if (lua_type(L, -1) == LUA_TNUMBER) {
        float rate = (float)lua_tonumber(L, -1);
        options->learning_rate_weights = options->learning_rate_range = options->learning_rate_breakpoint = rate;
        options->learning_rate_measures = options->learning_rate_image = rate;
    } else if (lua_istable(L, -1)) {
        options_read(L, lua_absindex(L, -1), "finetune: lr", known, OPTION_COUNT(known), target);
    } else {
        options_wrong(L, owner, "lr", "a number or a table");
    }
}

static void read_terms(lua_State *L, const char *owner, void *target)
{
    static const option_entry known[] = {
        {"reconstruction", OPTION_BOOLEAN, offsetof(srq_finetune_options, reconstruction), NULL},
        {"attention", OPTION_FLOAT, offsetof(srq_finetune_options, attention), NULL},
        {"sensitivity", OPTION_BOOLEAN, offsetof(srq_finetune_options, sensitivity), NULL},
    };
    if (!lua_istable(L, -1))
        options_wrong(L, owner, "terms", "a table");
    options_read(L, lua_absindex(L, -1), "finetune: terms", known, OPTION_COUNT(known), target);
}

/* An array of group names, or them in one string with commas. */
static void read_cycle(lua_State *L, const char *owner, void *target)
{
    srq_finetune_options *options = target;
    int array = lua_absindex(L, -1);
    luaL_Buffer text;

    if (lua_istable(L, array)) {
        lua_Integer count = luaL_len(L, array);
        luaL_buffinit(L, &text);
        for (lua_Integer i = 1; i <= count; i++) {
            if (i > 1)
                luaL_addchar(&text, ',');
            if (lua_geti(L, array, i) != LUA_TSTRING)
                options_wrong(L, owner, "cycle", "an array of strings");
            luaL_addvalue(&text);
        }
        luaL_pushresult(&text);
    } else if (lua_type(L, array) != LUA_TSTRING) {
        options_wrong(L, owner, "cycle", "an array of strings");
    }
    options->cycle = lua_tostring(L, -1);
}

static int finetune(lua_State *L)
{
    /* In the order they are read: all others refine `method`. */
    static const option_entry known[] = {
        {"method", OPTION_SPECIAL, 0, read_method},
        {"lambda", OPTION_FLOAT, offsetof(srq_finetune_options, lambda), NULL},
        {"epochs", OPTION_UINT32, offsetof(srq_finetune_options, epochs), NULL},
        {"batch", OPTION_UINT32, offsetof(srq_finetune_options, batch), NULL},
        {"lr", OPTION_SPECIAL, 0, read_learning_rate},
        {"schedule", OPTION_STRING, offsetof(srq_finetune_options, schedule), NULL},
        {"decay", OPTION_FLOAT, offsetof(srq_finetune_options, decay), NULL},
        {"cycle", OPTION_SPECIAL, 0, read_cycle},
        {"terms", OPTION_SPECIAL, 0, read_terms},
        {"temperature", OPTION_FLOAT, offsetof(srq_finetune_options, temperature), NULL},
        {"relative", OPTION_BOOLEAN, offsetof(srq_finetune_options, relative), NULL},
        {"snapping", OPTION_BOOLEAN, offsetof(srq_finetune_options, snapping), NULL},
        {"integers", OPTION_BOOLEAN, offsetof(srq_finetune_options, integers), NULL},
        {"seed", OPTION_UINT64, offsetof(srq_finetune_options, seed), NULL},
        {"state", OPTION_STRING, offsetof(srq_finetune_options, state_path), NULL},
        {"threads", OPTION_UINT32, offsetof(srq_finetune_options, threads), NULL},
        {"progress", OPTION_SPECIAL, 0, progress_option},
    };
    srq_quantization *quantization = self(L);
    const srq_images *images = object_handle(L, 2, IMAGES_TYPE);
    srq_finetune_options options;
    progress_call progress;

    lua_settop(L, 3);
    srq_finetune_options_init(&options, sizeof options);
    options_read(L, 3, "finetune", known, OPTION_COUNT(known), &options);
    progress_start(L, 3, "finetune", &progress);
    options.progress = progress_report;
    options.user = &progress;

    object_begin(L, 1);
    object_begin(L, 2);
    srq_status status = srq_quantization_finetune(quantization, images, &options);
    object_end(L, 2);
    object_end(L, 1);
    progress_finish(&progress, status);
    lua_settop(L, 1);
    return 1;
}

static const luaL_Reg methods[] = {
    {"bits", bits},
    {"set_levels", set_levels},
    {"histograms", quantization_histograms},
    {"layers", layers},
    {"finetune", finetune},
    {"quantize", quantize},
    {NULL, NULL},
};

static const luaL_Reg properties[] = {
    {NULL, NULL},
};

const object_type quantization_type = {QUANTIZATION_TYPE, release, methods, properties, NULL, 1};
