/* Scratch memory for running a model, and upscaling with it. */
#include "nouns.h"
#include "options.h"
#include "progress.h"

static void release(void *handle)
{
    srq_session_free(handle);
}

int model_session(lua_State *L)
{
    const srq_model *model = object_handle(L, 1, MODEL_TYPE);
    srq_session_options options;
    srq_session *session;
    srq_status status;
    int tries = 0;

    lua_settop(L, 2);
    srq_session_options_init(&options, sizeof options);
    options_fill(L, 2, "session", NULL, NULL, 0, &options, sizeof options);
    void **slot = object_new(L, SESSION_TYPE);
    object_begin(L, 1);
    do
        status = srq_session_create(&session, model, &options);
    while (object_retry(L, status, &tries));
    object_end(L, 1);
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

/* Reads the options at `index`, which know `progress` alone, and has the session report to them. */
static void watch(lua_State *L, srq_session *session, int index, progress_call *call)
{
    static const option_entry known[] = {
        {"progress", OPTION_SPECIAL, 0, progress_option},
    };

    options_read(L, index, "upscale", known, OPTION_COUNT(known), NULL);
    progress_start(L, index, "upscale", call);
    error_check(L, srq_session_set_progress(session, progress_report, call));
    error_check(L, srq_session_set_warning(session, error_warn, L));
}

/* What a session keeps for an image, about: 64 channels of float for each pixel of the input, as the engine in float does. */
#define BYTES_PER_PIXEL ((uint64_t)64 * sizeof(float))

static void finish(srq_session *session, progress_call *call, srq_status status)
{
    /* `call` ends with this function, and the coroutine may end, whatever happens; a call that succeeds leaves the message of the
       failed one. */
    srq_session_set_progress(session, NULL, NULL);
    srq_session_set_warning(session, NULL, NULL);
    progress_finish(call, status);
}

static int upscale_file(lua_State *L)
{
    srq_session *session = self(L);
    const char *input = argument_text(L, 2), *output = argument_text(L, 3);
    progress_call call;
    srq_status status;
    int tries = 0;

    lua_settop(L, 4);
    watch(L, session, 4, &call);
    object_begin(L, 1);
    do
        status = srq_session_upscale_file(session, input, output);
    while (!call.failed && object_retry(L, status, &tries));
    object_end(L, 1);
    finish(session, &call, status);
    return 0;
}

static int upscale_image(lua_State *L)
{
    srq_session *session = self(L);
    srq_image_view input = image_view(L, 2);
    uint32_t width, height;
    progress_call call;
    srq_status status;
    int tries = 0;

    lua_settop(L, 3);
    lua_getiuservalue(L, 1, 1);
    error_check(L, srq_model_output_size(object_handle(L, -1, MODEL_TYPE), input.width, input.height, &width, &height));
    image_push(L, width, height, input.format, input.type);
    session = self(L);                              /* a finalizer may have closed it or the image */
    input = image_view(L, 2);
    srq_image_view output = image_view(L, -1);
    const int result = lua_gettop(L);
    watch(L, session, 3, &call);
    object_begin(L, 1);
    object_begin(L, 2);
    object_weigh(L, 1, input.width * input.height * BYTES_PER_PIXEL);
    do
        status = srq_session_upscale(session, &input, &output);
    while (!call.failed && object_retry(L, status, &tries));
    object_end(L, 2);
    object_end(L, 1);
    finish(session, &call, status);
    lua_pushvalue(L, result);
    return 1;
}

/* session:upscale(image, options) gives an image; session:upscale(input_path, output_path, options) writes a file. */
static int upscale(lua_State *L)
{
    return lua_isuserdata(L, 2) ? upscale_image(L) : upscale_file(L);
}

static void tell(lua_State *L, void *handle)
{
    (void)handle;
    lua_pushliteral(L, "open");
}

static const luaL_Reg methods[] = {
    {"upscale", upscale},
    {NULL, NULL},
};

static const luaL_Reg properties[] = {
    {NULL, NULL},
};

const object_type session_type = {SESSION_TYPE, release, methods, properties, NULL, 1, tell};
