/* The prompt: a line that is an expression is printed; an unfinished statement goes on in the next line. */
#define _POSIX_C_SOURCE 200809L
#include "interactive.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

/* Pushes a line without its end; false at the end of the input. */
static bool push_line(lua_State *L, bool first)
{
    char *line = NULL;
    size_t size = 0;

    lua_getglobal(L, first ? "_PROMPT" : "_PROMPT2");
    fputs(lua_isnil(L, -1) ? (first ? "> " : ">> ") : luaL_tolstring(L, -1, NULL), stdout);
    fflush(stdout);
    lua_settop(L, first ? 0 : 1);
    ssize_t length = getline(&line, &size, stdin);
    if (length > 0)
        lua_pushlstring(L, line, (size_t)length - (line[length - 1] == '\n'));
    free(line);
    return length > 0;
}

static bool is_incomplete(lua_State *L, int status)
{
    static const char mark[] = "<eof>";
    size_t length;
    if (status != LUA_ERRSYNTAX)
        return false;
    const char *message = lua_tolstring(L, -1, &length);
    return length >= sizeof mark - 1 && strcmp(message + length - (sizeof mark - 1), mark) == 0;
}

/* Loads the line at index 1 as an expression. */
static int load_expression(lua_State *L)
{
    const char *line = lua_tostring(L, 1);
    const char *text = lua_pushfstring(L, "return %s", line);
    int status = luaL_loadbuffer(L, text, strlen(text), "=stdin");
    if (status == LUA_OK)
        lua_remove(L, -2);
    else
        lua_pop(L, 2);
    return status;
}

/* Loads the statement that starts with the line at index 1, reading more lines while it is unfinished. */
static int load_statement(lua_State *L)
{
    for (;;) {
        size_t length;
        const char *text = lua_tolstring(L, 1, &length);
        int status = luaL_loadbuffer(L, text, length, "=stdin");
        if (!is_incomplete(L, status) || !push_line(L, false))
            return status;
        lua_pushliteral(L, "\n");
        lua_insert(L, -2);
        lua_concat(L, 3);
    }
}

static void print_results(lua_State *L)
{
    int count = lua_gettop(L);
    if (count == 0)
        return;
    luaL_checkstack(L, LUA_MINSTACK, "too many results to print");
    lua_getglobal(L, "print");
    lua_insert(L, 1);
    if (lua_pcall(L, count, 0, 0) != LUA_OK)
        print_message(program_name, lua_pushfstring(L, "error calling 'print' (%s)", lua_tostring(L, -1)));
}

void interactive_run(lua_State *L)
{
    const char *name = program_name;
    program_name = NULL;
    lua_settop(L, 0);
    while (push_line(L, true)) {
        int status = load_expression(L);
        if (status != LUA_OK)
            status = load_statement(L);
        lua_remove(L, 1);
        if (status == LUA_OK)
            status = call(L, 0, LUA_MULTRET);
        if (report(L, status) == LUA_OK)
            print_results(L);
        lua_settop(L, 0);
    }
    fputs("\n", stdout);
    fflush(stdout);
    program_name = name;
}
