/* Numbers and strings between C and Lua. */
#include "values.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

void field_number(lua_State *L, const char *field, double value)
{
    if (isnan(value))
        return;
    lua_pushnumber(L, value);
    lua_setfield(L, -2, field);
}

void field_integer(lua_State *L, const char *field, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, field);
}

void field_string(lua_State *L, const char *field, const char *value)
{
    lua_pushstring(L, value);
    lua_setfield(L, -2, field);
}

uint32_t argument_unsigned(lua_State *L, int index)
{
    lua_Integer value = luaL_checkinteger(L, index);
    luaL_argcheck(L, value >= 0 && (lua_Unsigned)value <= UINT32_MAX, index, "out of range");
    return (uint32_t)value;
}

const char *argument_text(lua_State *L, int index)
{
    size_t length;
    const char *text = luaL_checklstring(L, index, &length);
    luaL_argcheck(L, strlen(text) == length, index, "has a NUL inside");
    return text;
}
