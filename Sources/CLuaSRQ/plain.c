/* Text that is the same under every locale. */
#define _POSIX_C_SOURCE 200809L
#include "plain.h"

#include <lauxlib.h>
#include <locale.h>

const char *plain_text(lua_State *L, int index)
{
    /* Lua writes a number by the thread's locale, and only a number's text is of concern: a metamethod may do what it likes. */
    if (lua_type(L, index) != LUA_TNUMBER)
        return luaL_tolstring(L, index, NULL);
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0), before = uselocale(plain);
    lua_Number number = lua_tonumber(L, index);
    /* Nothing here can raise, since the text fits a buffer of Lua's own. */
    char text[64];
    if (lua_isinteger(L, index))
        lua_integer2str(text, sizeof text, lua_tointeger(L, index));
    else
        lua_number2str(text, sizeof text, number);
    uselocale(before);
    if (plain)
        freelocale(plain);
    return lua_pushstring(L, text);
}

/* Calls the function that is the upvalue. */
static int call_plainly(lua_State *L)
{
    int arguments = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0), before = uselocale(plain);
    int status = lua_pcall(L, arguments, LUA_MULTRET, 0);
    uselocale(before);
    if (plain)
        freelocale(plain);
    return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

int plain_wrap(lua_State *L)
{
    if (!lua_isfunction(L, 1))
        error_type(L, 1, "function");
    lua_settop(L, 1);
    lua_pushcclosure(L, call_plainly, 1);
    return 1;
}
