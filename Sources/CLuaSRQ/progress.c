/* Progress callbacks into Lua. The library must not be left by longjmp, so everything that can raise runs protected. */
#include "progress.h"

#include "options.h"

void progress_option(lua_State *L, const char *owner, void *target)
{
    (void)L, (void)owner, (void)target;
}

void progress_start(lua_State *L, int options, const char *owner, progress_call *call)
{
    luaL_checkstack(L, 8, NULL);
    if (lua_isnoneornil(L, options))
        lua_pushnil(L);
    else
        lua_getfield(L, options, "progress");
    if (lua_toboolean(L, -1) && !lua_isfunction(L, -1))
        options_wrong(L, owner, "progress", "a function or false");
    call->L = L;
    call->failed = 0;
    call->function = lua_absindex(L, -1);
    lua_pushnil(L);
    call->failure = lua_absindex(L, -1);
}

/* Lets a hook run that the host has set because it wants to stop (Ctrl-C): hooks only run with Lua code, and there may be none
   otherwise. A host knows the state's main thread alone, so that one's hook is borrowed where a coroutine has made the call; it
   stays set there, for when the coroutine has ended. */
static void run_hook(lua_State *L)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    lua_State *main_thread = lua_tothread(L, -1);
    lua_pop(L, 1);
    int borrowed = main_thread != L && lua_gethook(main_thread) && !lua_gethook(L);

    if (!lua_gethook(L) && !borrowed)
        return;
    if (luaL_loadstring(L, "return") != LUA_OK)
        lua_error(L);
    if (borrowed)
        lua_sethook(L, lua_gethook(main_thread), lua_gethookmask(main_thread), lua_gethookcount(main_thread));
    lua_call(L, 0, 0);
    if (borrowed)
        lua_sethook(L, NULL, 0, 0);
}

/* Calls the script's function. The arguments are light userdata of the report and the function; the result is true to go on. */
static int call_function(lua_State *L)
{
    const srq_progress *report = lua_touserdata(L, 1);

    run_hook(L);
    if (!lua_toboolean(L, 2)) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_settop(L, 2);
    lua_createtable(L, 0, 8);
    field_string(L, "stage", report->stage);
    field_string(L, "detail", report->detail);
    field_integer(L, "epoch", report->epoch);
    field_integer(L, "done", (lua_Integer)report->done);
    field_integer(L, "total", (lua_Integer)report->total);
    field_number(L, "loss", report->loss);
    field_number(L, "seconds", report->seconds);
    lua_call(L, 1, 1);
    lua_pushboolean(L, !(lua_isboolean(L, -1) && !lua_toboolean(L, -1)));
    return 1;
}

int32_t progress_report(void *user, const srq_progress *report)
{
    progress_call *call = user;
    lua_State *L = call->L;
    int32_t stop;

    /* Nothing here can raise: room on the stack is checked, and none of these allocates. */
    if (!lua_checkstack(L, 8))
        return 1;
    lua_pushcfunction(L, call_function);
    lua_pushlightuserdata(L, (void *)report);
    lua_pushvalue(L, call->function);
    if (lua_pcall(L, 2, 1, 0) != LUA_OK) {
        lua_replace(L, call->failure);
        call->failed = 1;
        return 1;
    }
    stop = !lua_toboolean(L, -1);
    lua_pop(L, 1);
    return stop;
}

void progress_finish(progress_call *call, srq_status status)
{
    lua_State *L = call->L;
    if (call->failed) {
        lua_settop(L, call->failure);
        lua_error(L);
    }
    error_check(L, status);
}
