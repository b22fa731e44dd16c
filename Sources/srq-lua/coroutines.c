/* Ctrl-C within coroutines. A hook stops the thread that it is set on, and no other, so the host has to know which coroutine
   runs. */
#include "coroutines.h"

#include <lauxlib.h>

#include "calls.h"

/* Calls the function at the bottom of the stack with what is above it, while `thread` counts as the running one. */
static int call_as(lua_State *L, lua_State *thread)
{
    lua_State *before = running_thread;
    running_thread = thread;
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    running_thread = before;
    return status;
}

/* coroutine.resume; the upvalue is Lua's own. */
static int resume(lua_State *L)
{
    lua_State *thread = lua_tothread(L, 1);
    luaL_checktype(L, 1, LUA_TTHREAD);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    return call_as(L, thread) == LUA_OK ? lua_gettop(L) : lua_error(L);
}

/* What coroutine.wrap returns; the upvalues are what Lua's own returns, and the coroutine. */
static int resume_wrapped(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    if (call_as(L, lua_tothread(L, lua_upvalueindex(2))) == LUA_OK)
        return lua_gettop(L);
    if (lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);                           /* as Lua's own does, which has seen this function as its caller */
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

/* coroutine.wrap; the upvalue is Lua's own. */
static int wrap(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    if (!lua_getupvalue(L, 1, 1) || !lua_isthread(L, -1)) {
        lua_settop(L, 1);                           /* another Lua keeps its coroutine elsewhere */
        return 1;
    }
    lua_pushcclosure(L, resume_wrapped, 2);
    return 1;
}

static void replace(lua_State *L, const char *name, lua_CFunction function)
{
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, name);
}

void coroutines_watch(lua_State *L)
{
    lua_getglobal(L, "coroutine");
    replace(L, "resume", resume);
    replace(L, "wrap", wrap);
    lua_pop(L, 1);
}
