/* Option tables. */
#include "options.h"

#include <stdbool.h>
#include <string.h>

int options_wrong(lua_State *L, const char *owner, const char *key, const char *expected)
{
    const char *found = luaL_tolstring(L, -1, NULL);
    return error_raise(L, "%s: option '%s' must be %s, not %s '%s'", owner, key, expected, luaL_typename(L, -2), found);
}

static void reject_unknown(lua_State *L, int index, const char *owner, const option_entry *known, size_t count)
{
    lua_pushnil(L);
    while (lua_next(L, index)) {
        bool found = false;
        lua_pop(L, 1);
        if (lua_type(L, -1) == LUA_TSTRING)
            for (size_t i = 0; i < count && !found; i++)
                found = strcmp(lua_tostring(L, -1), known[i].name) == 0;
        if (found)
            continue;
        luaL_Buffer names;
        const char *key = luaL_tolstring(L, -1, NULL);
        luaL_buffinit(L, &names);
        for (size_t i = 0; i < count; i++) {
            luaL_addstring(&names, i ? ", " : "");
            luaL_addstring(&names, known[i].name);
        }
        luaL_pushresult(&names);
        error_raise(L, "%s: unknown option '%s' (known: %s)", owner, key, lua_tostring(L, -1));
    }
}

static void read_option(lua_State *L, const char *owner, const option_entry *option, void *target)
{
    void *field = (char *)target + option->offset;
    lua_Integer integer;
    int converted;

    switch (option->kind) {
    case OPTION_UINT32:
        integer = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &converted) : (converted = 0);
        if (!converted || integer < 0 || (lua_Unsigned)integer > UINT32_MAX)
            options_wrong(L, owner, option->name, "a whole number from 0");
        *(uint32_t *)field = (uint32_t)integer;
        break;
    case OPTION_UINT64:
        integer = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &converted) : (converted = 0);
        if (!converted || integer < 0)
            options_wrong(L, owner, option->name, "a whole number from 0");
        *(uint64_t *)field = (uint64_t)integer;
        break;
    case OPTION_BOOLEAN:
        if (lua_type(L, -1) != LUA_TBOOLEAN)
            options_wrong(L, owner, option->name, "true or false");
        *(int32_t *)field = lua_toboolean(L, -1);
        break;
    case OPTION_FLOAT:
        if (lua_type(L, -1) != LUA_TNUMBER)
            options_wrong(L, owner, option->name, "a number");
        *(float *)field = (float)lua_tonumber(L, -1);
        break;
    case OPTION_STRING:
        if (lua_type(L, -1) != LUA_TSTRING)
            options_wrong(L, owner, option->name, "a string");
        *(const char **)field = lua_tostring(L, -1);
        break;
    case OPTION_SPECIAL:
        option->read(L, owner, target);
        break;
    }
}

void options_read(lua_State *L, int index, const char *owner, const option_entry *known, size_t count, void *target)
{
    if (lua_isnoneornil(L, index))
        return;
    if (!lua_istable(L, index))
        error_raise(L, "%s: options must be a table, not a %s", owner, luaL_typename(L, index));
    luaL_checkstack(L, (int)count + 8, "too many options");
    reject_unknown(L, index, owner, known, count);
    for (size_t i = 0; i < count; i++) {
        if (lua_getfield(L, index, known[i].name) == LUA_TNIL) {
            lua_pop(L, 1);
            continue;
        }
        read_option(L, owner, &known[i], target);
        if (known[i].kind != OPTION_STRING && known[i].kind != OPTION_SPECIAL)
            lua_pop(L, 1);                         /* strings stay: the library borrows them */
    }
}
