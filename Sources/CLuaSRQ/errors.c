/* Lua errors, raised at the line of the script. */
#include "errors.h"

#include <stdarg.h>
#include <string.h>

#include "values.h"

/* The key, in the registry, of the table of chunks that error_hide was called with. */
#define FACE_KEY "srq.face"

/* Returns the level of the function of the script's that has called this module; that of the end of the stack if there is none. */
static int script_level(lua_State *L)
{
    lua_Debug frame;
    int level;

    luaL_getsubtable(L, LUA_REGISTRYINDEX, FACE_KEY);
    for (level = 1; lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sl", &frame);
        lua_getfield(L, -1, frame.source);
        int transparent = lua_toboolean(L, -1) || frame.currentline < 0;
        lua_pop(L, 1);
        if (!transparent)
            break;
    }
    lua_pop(L, 1);
    return level;
}

int error_raise(lua_State *L, const char *format, ...)
{
    va_list arguments;

    luaL_where(L, script_level(L));
    va_start(arguments, format);
    lua_pushvfstring(L, format, arguments);
    va_end(arguments);
    lua_concat(L, 2);
    return lua_error(L);
}

int error_argument(lua_State *L, int index, const char *message)
{
    lua_Debug frame;
    /* The function below the script's is the one that the script has called. */
    const char *name = "?";
    if (lua_getstack(L, script_level(L) - 1, &frame)) {
        lua_getinfo(L, "n", &frame);
        if (frame.name)
            name = frame.name;
        if (strcmp(frame.namewhat, "method") == 0 && --index == 0)
            return error_raise(L, "calling '%s' on bad self (%s)", name, message);
    }
    return error_raise(L, "bad argument #%d to '%s' (%s)", index, name, message);
}

int error_type(lua_State *L, int index, const char *expected)
{
    const char *found = luaL_getmetafield(L, index, "__name") == LUA_TSTRING ? lua_tostring(L, -1) : luaL_typename(L, index);
    return error_argument(L, index, lua_pushfstring(L, "%s expected, got %s", expected, found));
}

void error_check(lua_State *L, srq_status status)
{
    if (status == SRQ_OK)
        return;
    const char *message = srq_last_error();
    error_raise(L, "%s", *message ? message : srq_status_name(status));
}

void error_warn(void *user, const char *message)
{
    lua_warning(user, message, 0);                  /* a host's warning function may not raise either */
}

int error_hide(lua_State *L)
{
    argument_text(L, 1);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, FACE_KEY);
    lua_pushvalue(L, 1);
    lua_pushboolean(L, 1);
    lua_settable(L, -3);
    return 0;
}

int error_fail(lua_State *L)
{
    return error_raise(L, "%s", argument_text(L, 1));
}
