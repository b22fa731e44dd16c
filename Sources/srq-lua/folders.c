/* Where the Lua half of srq and the experiments are. */
#define _XOPEN_SOURCE 700
#include "folders.h"

#include <lauxlib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool exists(lua_State *L, const char *folder, const char *file)
{
    bool found = access(lua_pushfstring(L, "%s/%s", folder, file), R_OK) == 0;
    lua_pop(L, 1);
    return found;
}

void folders_push(lua_State *L, bool ignore_environment)
{
    static const char *const places[] = {"../share/srq/lua", "../../lua", "../../../lua"};
    const char *chosen = ignore_environment ? NULL : getenv("SRQ_LUA_PATH");
    char program[PATH_MAX], resolved[PATH_MAX];

    if (chosen) {
        lua_pushstring(L, chosen);
        return;
    }
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = '\0';
        *strrchr(program, '/') = '\0';
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            const char *folder = lua_pushfstring(L, "%s/%s", program, places[i]);
            if (exists(L, folder, "srq/init.lua") && realpath(folder, resolved)) {
                lua_pop(L, 1);
                lua_pushstring(L, resolved);
                return;
            }
            lua_pop(L, 1);
        }
    }
    lua_pushnil(L);
}

void folders_add_to_path(lua_State *L)
{
    const char *folder = lua_tostring(L, -1);
    if (!folder)
        return;
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "path");
    lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", folder, folder, lua_tostring(L, -1));
    lua_setfield(L, -3, "path");
    lua_pop(L, 2);
}

const char *folders_push_script(lua_State *L, int folder, const char *script)
{
    const char *place = lua_tostring(L, folder);
    if (place && *script != '/' && access(script, F_OK) != 0 && exists(L, place, script))
        return lua_pushfstring(L, "%s/%s", place, script);
    return lua_pushstring(L, script);
}
