/* Networks, float or quantized. */
#include "nouns.h"
#include "layer.h"
#include "options.h"

static void release(void *handle)
{
    srq_model_free(handle);
}

int model_load(lua_State *L)
{
    const char *path = argument_text(L, 1);
    srq_load_options options;
    srq_model *model;

    lua_settop(L, 2);
    srq_load_options_init(&options, sizeof options);
    options_fill(L, 2, "load", NULL, NULL, 0, &options, sizeof options);
    void **slot = object_new(L, MODEL_TYPE);
    srq_status status = srq_model_load(&model, path, &options);
    *slot = model;
    error_check(L, status);
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
    void **slot = object_new(L, MODEL_TYPE);
    srq_status status = srq_model_snap(&result, model);
    *slot = result;
    error_check(L, status);
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

const object_type model_type = {MODEL_TYPE, release, methods, properties, NULL, 0};
