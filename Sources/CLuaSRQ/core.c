/* The module `srq.core`: what `lua/srq` builds the Lua face on. */
#include "srq_lua.h"
#include "nouns.h"
#include "options.h"
#include "plain.h"

static void set_version(lua_State *L)
{
    uint32_t number = srq_version_number();
    lua_pushfstring(L, "%d.%d.%d", (int)(number / 1000000), (int)(number / 1000 % 1000), (int)(number % 1000));
    lua_setfield(L, -2, "version");
}

/* build(): what tells this build of the library from any other */
static int build(lua_State *L)
{
    lua_pushstring(L, srq_build_id());
    return 1;
}

int luaopen_srq_core(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"load", model_load}, {"images", images_open}, {"options", options_list}, {"hide", error_hide},
        {"fail", error_fail}, {"plain", plain_wrap},   {"build", build},          {NULL, NULL},
    };
    static const luaL_Reg image_functions[] = {
        {"read", image_read}, {"create", image_create}, {"beside", image_beside}, {NULL, NULL},
    };

    luaL_checkversion(L);
    if (srq_version_number() / 1000000 != SRQ_VERSION_MAJOR)
        return luaL_error(L, "srq.core was built for another major version of libsrq");
    luaL_newlib(L, functions);
    set_version(L);
    luaL_newlib(L, image_functions);
    lua_setfield(L, -2, "image");
    system_open(L);
    lua_setfield(L, -2, "system");

    lua_newtable(L);
    object_define(L, &model_type, "model");
    object_define(L, &session_type, "session");
    object_define(L, &images_type, "images");
    object_define(L, &quantization_type, "quantization");
    object_define(L, &image_type, "image");
    lua_setfield(L, -2, "methods");
    return 1;
}
