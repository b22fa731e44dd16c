/* Numbers and strings between C and Lua. */
#include "values.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "errors.h"

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

lua_Integer argument_integer(lua_State *L, int index)
{
    int is_integer;
    lua_Integer value = lua_tointegerx(L, index, &is_integer);
    if (!is_integer && lua_isnumber(L, index))
        error_argument(L, index, "number has no integer representation");
    else if (!is_integer)
        error_type(L, index, "number");
    return value;
}

lua_Number argument_number(lua_State *L, int index)
{
    int is_number;
    lua_Number value = lua_tonumberx(L, index, &is_number);
    if (!is_number)
        error_type(L, index, "number");
    return value;
}

void argument_table(lua_State *L, int index)
{
    if (!lua_istable(L, index))
        error_type(L, index, "table");
}

uint32_t argument_unsigned(lua_State *L, int index)
{
    lua_Integer value = argument_integer(L, index);
    argument_check(L, value >= 0 && (lua_Unsigned)value <= UINT32_MAX, index, "out of range");
    return (uint32_t)value;
}

const char *argument_text(lua_State *L, int index)
{
    size_t length;
    const char *text = lua_tolstring(L, index, &length);
    if (!text)
        error_type(L, index, "string");
    else
        argument_check(L, strlen(text) == length, index, "has a NUL inside");
    return text;
}

void argument_check(lua_State *L, int condition, int index, const char *message)
{
    if (!condition)
        error_argument(L, index, message);
}
