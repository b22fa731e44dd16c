/* Lua errors, raised at the line of the script. */
#include "errors.h"

#include <stdarg.h>

/* The key, in the registry, of the table of chunks that error_hide was called with. */
#define FACE_KEY "srq.face"

int error_raise(lua_State *L, const char *format, ...)
{
    lua_Debug frame;
    int level;
    va_list arguments;

    luaL_getsubtable(L, LUA_REGISTRYINDEX, FACE_KEY);
    for (level = 1; lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sl", &frame);
        lua_getfield(L, -1, frame.source);
        int transparent = lua_toboolean(L, -1) || frame.currentline < 0;
        lua_pop(L, 1);
        if (!transparent)
            break;
    }
    luaL_where(L, level);
    va_start(arguments, format);
    lua_pushvfstring(L, format, arguments);
    va_end(arguments);
    lua_concat(L, 2);
    return lua_error(L);
}

void error_check(lua_State *L, srq_status status)
{
    if (status == SRQ_OK)
        return;
    const char *message = srq_last_error();
    error_raise(L, "%s", *message ? message : srq_status_name(status));
}

int error_hide(lua_State *L)
{
    luaL_checkstring(L, 1);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, FACE_KEY);
    lua_pushvalue(L, 1);
    lua_pushboolean(L, 1);
    lua_settable(L, -3);
    return 0;
}

int error_fail(lua_State *L)
{
    return error_raise(L, "%s", luaL_checkstring(L, 1));
}
