/* Running Lua chunks: tracebacks, messages, Ctrl-C. */
#define _POSIX_C_SOURCE 200809L
#include "calls.h"

#include <lauxlib.h>
#include <signal.h>
#include <stdio.h>

const char *program_name = "srq-lua";

/* The state that Ctrl-C is to stop; a signal handler has no other way to find it. */
static lua_State *interrupted_state;
lua_State *running_thread;

/* Prints a text with "\x1B" in place of a control character, and so on, but for ends of lines and tabs: a message may have the name
   of a file in it, and a terminal would obey the escape codes in that. */
static void print_printable(const char *text)
{
    for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
        /* In UTF-8 the second set of control characters is C2 80 to C2 9F. */
        int second = byte[0] == 0xC2 && byte[1] >= 0x80 && byte[1] < 0xA0;
        if (second || *byte == 0x7F || (*byte < 0x20 && *byte != '\n' && *byte != '\t'))
            fprintf(stderr, "\\x%02X", (unsigned)*(byte += second));
        else
            fputc(*byte, stderr);
    }
}

void print_message(const char *program, const char *message)
{
    if (program)
        fprintf(stderr, "%s: ", program);
    print_printable(message);
    fputc('\n', stderr);
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
    if (running_thread != interrupted_state)
        lua_sethook(running_thread, stop, mask, 1); /* the other stops when this one has ended */
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
    interrupted_state = running_thread = L;
    action.sa_handler = interrupt;
    sigaction(SIGINT, &action, &before);
    int status = lua_pcall(L, arguments, results, base);
    sigaction(SIGINT, &before, NULL);
    lua_remove(L, base);
    return status;
}
