/* Scratch memory for running a model, and upscaling with it. */
#include "nouns.h"
#include "options.h"

static void release(void *handle)
{
    srq_session_free(handle);
}

int model_session(lua_State *L)
{
    static const option_entry known[] = {
        {"threads", OPTION_UINT32, offsetof(srq_session_options, threads), NULL},
    };
    const srq_model *model = object_handle(L, 1, MODEL_TYPE);
    srq_session_options options;
    srq_session *session;

    lua_settop(L, 2);
    srq_session_options_init(&options);
    options_read(L, 2, "session", known, OPTION_COUNT(known), &options);
    void **slot = object_new(L, SESSION_TYPE);
    srq_status status = srq_session_create(&session, model, &options);
    *slot = session;
    error_check(L, status);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

static srq_session *self(lua_State *L)
{
    return object_handle(L, 1, SESSION_TYPE);
}

static int upscale_file(lua_State *L)
{
    error_check(L, srq_session_upscale_file(self(L), luaL_checkstring(L, 2), luaL_checkstring(L, 3)));
    return 0;
}

static int upscale_image(lua_State *L)
{
    srq_session *session = self(L);
    srq_image_view input = image_view(L, 2);
    uint32_t width, height;
    srq_image *image;

    lua_getiuservalue(L, 1, 1);
    error_check(L, srq_model_output_size(object_handle(L, -1, MODEL_TYPE), input.width, input.height, &width, &height));
    void **slot = image_new(L);
    srq_status status = srq_image_create(&image, width, height, input.format, input.type);
    *slot = image;
    error_check(L, status);
    srq_image_view output = image_view(L, -1);
    error_check(L, srq_session_upscale(session, &input, &output));
    return 1;
}

/* session:upscale(image) gives an image; session:upscale(input_path, output_path) writes a file. */
static int upscale(lua_State *L)
{
    return lua_isuserdata(L, 2) ? upscale_image(L) : upscale_file(L);
}

static const luaL_Reg methods[] = {
    {"upscale", upscale},
    {NULL, NULL},
};

static const luaL_Reg properties[] = {
    {NULL, NULL},
};

const object_type session_type = {SESSION_TYPE, release, methods, properties, NULL, 1};
