/* Running Lua chunks: tracebacks, messages, Ctrl-C. */
#define _POSIX_C_SOURCE 200809L
#include "calls.h"

#include <lauxlib.h>
#include <signal.h>
#include <stdio.h>

const char *program_name = "srq-lua";

/* The state that Ctrl-C is to stop; a signal handler has no other way to find it. */
static lua_State *interrupted_state;

void print_message(const char *program, const char *message)
{
    if (program)
        fprintf(stderr, "%s: ", program);
    fprintf(stderr, "%s\n", message);
    fflush(stderr);
}

int report(lua_State *L, int status)
{
    if (status != LUA_OK) {
        const char *message = lua_tostring(L, -1);
        print_message(program_name, message ? message : "(error object is not a string)");
        lua_pop(L, 1);
    }
    return status;
}

static void stop(lua_State *L, lua_Debug *where)
{
    (void)where;
    lua_sethook(L, NULL, 0, 0);
    luaL_error(L, "interrupted!");
}

/* Only lua_sethook may be called in a signal handler: the hook raises the error when it is safe. */
static void interrupt(int signal_number)
{
    int mask = LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT;
    signal(signal_number, SIG_DFL);
    lua_sethook(interrupted_state, stop, mask, 1);
}

static int add_traceback(lua_State *L)
{
    const char *message = lua_tostring(L, 1);
    if (!message) {
        if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING)
            return 1;
        message = lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
    }
    luaL_traceback(L, L, message, 1);
    return 1;
}

int call(lua_State *L, int arguments, int results)
{
    int base = lua_gettop(L) - arguments;
    struct sigaction action = {0}, before;

    lua_pushcfunction(L, add_traceback);
    lua_insert(L, base);
    interrupted_state = L;
    action.sa_handler = interrupt;
    sigaction(SIGINT, &action, &before);
    int status = lua_pcall(L, arguments, results, base);
    sigaction(SIGINT, &before, NULL);
    lua_remove(L, base);
    return status;
}
