/* Networks, float or quantized. */
#include "nouns.h"
#include "layer.h"
#include "options.h"

static void release(void *handle)
{
    srq_model_free(handle);
}

/* The weights, and what Winograd's transforms make of those of a 3x3 convolution: 36 numbers of 9. */
#define FLOATS_PER_PARAMETER 5

void model_weigh(lua_State *L, int index)
{
    srq_model_info info = {.struct_size = sizeof info};
    error_check(L, srq_model_describe(object_handle(L, index, MODEL_TYPE), &info));
    object_weigh(L, index, info.parameters * FLOATS_PER_PARAMETER * sizeof(float));
}

int model_load(lua_State *L)
{
    const char *path = argument_text(L, 1);
    srq_load_options options;
    srq_model *model;
    srq_status status;
    int tries = 0;

    lua_settop(L, 2);
    srq_load_options_init(&options, sizeof options);
    options_fill(L, 2, "load", NULL, NULL, 0, &options, sizeof options);
    void **slot = object_new(L, MODEL_TYPE);
    do
        status = srq_model_load(&model, path, &options);
    while (object_retry(L, status, &tries));
    *slot = model;
    error_check(L, status);
    model_weigh(L, -1);
    srq_model_warnings(model, error_warn, L);             /* one that cannot be run says so when it is used */
    return 1;
}

static srq_model *self(lua_State *L)
{
    return object_handle(L, 1, MODEL_TYPE);
}

static int save(lua_State *L)
{
    error_check(L, srq_model_save(self(L), argument_text(L, 2)));
    return 0;
}

static int export(lua_State *L)
{
    error_check(L, srq_model_export(self(L), argument_text(L, 2)));
    return 0;
}

static int output_size(lua_State *L)
{
    uint32_t width, height;
    error_check(L, srq_model_output_size(self(L), argument_unsigned(L, 2), argument_unsigned(L, 3), &width, &height));
    lua_pushinteger(L, width);
    lua_pushinteger(L, height);
    return 2;
}

static srq_model_info describe(lua_State *L)
{
    srq_model_info info = {.struct_size = sizeof info};
    error_check(L, srq_model_describe(self(L), &info));
    return info;
}

static int layers(lua_State *L)
{
    srq_model_info info = describe(L);
    lua_createtable(L, (int)info.layers, 0);
    for (size_t i = 0; i < info.layers; i++) {
        srq_layer_info layer = {.struct_size = sizeof layer};
        error_check(L, srq_model_layer(self(L), i, &layer));
        layer_push(L, &layer);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int architecture(lua_State *L)
{
    lua_pushstring(L, describe(L).architecture);
    return 1;
}

static int scale(lua_State *L)
{
    lua_pushinteger(L, describe(L).scale);
    return 1;
}

static int parameters(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)describe(L).parameters);
    return 1;
}

static int quantized(lua_State *L)
{
    lua_pushboolean(L, describe(L).quantized);
    return 1;
}

static int snapped(lua_State *L)
{
    lua_pushboolean(L, describe(L).snapped);
    return 1;
}

/* model:snap() */
static int snap(lua_State *L)
{
    const srq_model *model = self(L);
    srq_model *result;
    srq_status status;
    int tries = 0;
    void **slot = object_new(L, MODEL_TYPE);

    object_begin(L, 1);
    do
        status = srq_model_snap(&result, model);
    while (object_retry(L, status, &tries));
    object_end(L, 1);
    *slot = result;
    error_check(L, status);
    model_weigh(L, -1);
    return 1;
}

/* model.recipe: JSON, or nil for a float model. */
static int recipe(lua_State *L)
{
    srq_model_info info = describe(L);
    if (*info.recipe)
        lua_pushstring(L, info.recipe);
    else
        lua_pushnil(L);
    return 1;
}

static void tell(lua_State *L, void *handle)
{
    srq_model_info info = {.struct_size = sizeof info};
    error_check(L, srq_model_describe(handle, &info));
    lua_pushfstring(L, "%s x%d, %d layers, %I parameters, %s", info.architecture, (int)info.scale, (int)info.layers,
                    (lua_Integer)info.parameters, info.snapped ? "snapped" : info.quantized ? "quantized" : "float");
}

static const luaL_Reg methods[] = {
    {"save", save},
    {"export", export},
    {"snap", snap},
    {"output_size", output_size},
    {"layers", layers},
    {"session", model_session},
    {"calibrate", model_calibrate},
    {"ptq", model_ptq},
    {"evaluate", model_evaluate},
    {NULL, NULL},
};

static const luaL_Reg properties[] = {
    {"architecture", architecture},
    {"scale", scale},
    {"parameters", parameters},
    {"quantized", quantized},
    {"snapped", snapped},
    {"recipe", recipe},
    {NULL, NULL},
};

const object_type model_type = {MODEL_TYPE, release, methods, properties, NULL, 0, tell};
