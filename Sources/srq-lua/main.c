/* srq-lua: Lua 5.4 with srq in it. */
#define _POSIX_C_SOURCE 200809L
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>
#include <srq_lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "calls.h"
#include "coroutines.h"
#include "folders.h"
#include "interactive.h"

/* Prints "Lua 5.4.4 … srq 0.1.0"; the number comes from the core, so that it is the library's own. */
static void print_version(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_getfield(L, -1, "srq.core");
    if (lua_pcall(L, 0, 1, 0) == LUA_OK)
        lua_getfield(L, -1, "version");
    printf("%s\nsrq %s\n", LUA_COPYRIGHT, lua_tostring(L, -1));
    fflush(stdout);
    lua_settop(L, 0);
}

static int run_text(lua_State *L, int status)
{
    return report(L, status == LUA_OK ? call(L, 0, 0) : status);
}

/* Runs what LUA_INIT_5_4 or else LUA_INIT holds: a statement, or "@" and the name of a file. */
static int run_init(lua_State *L)
{
    const char *name = "=LUA_INIT" LUA_VERSUFFIX;
    const char *text = getenv(name + 1);
    if (!text) {
        name = "=LUA_INIT";
        text = getenv(name + 1);
    }
    if (!text)
        return LUA_OK;
    return run_text(L, text[0] == '@' ? luaL_loadfile(L, text + 1) : luaL_loadbuffer(L, text, strlen(text), name));
}

/* Runs argv[script] with its arguments. The lua folder is at index `folder`. */
static int run_script(lua_State *L, int argc, char **argv, int script, int folder)
{
    const char *name = argv[script];
    if (strcmp(name, "-") == 0 && strcmp(argv[script - 1], "--") != 0)
        name = NULL;                                /* standard input */
    else
        name = folders_push_script(L, folder, name);
    int status = luaL_loadfile(L, name);
    if (status == LUA_OK) {
        int count = argc - script - 1;
        luaL_checkstack(L, count + 3, "too many arguments to script");
        for (int i = 0; i < count; i++)
            lua_pushstring(L, argv[script + 1 + i]);
        status = call(L, count, 0);
    }
    return report(L, status);
}

/* Runs the program, protected. The arguments are argc and argv; the result is true unless something failed. */
static int protected_main(lua_State *L)
{
    int argc = (int)lua_tointeger(L, 1);
    char **argv = lua_touserdata(L, 2);
    arguments options = arguments_parse(argc, argv);

    luaL_checkversion(L);
    if (argv[0] && argv[0][0])
        program_name = argv[0];
    if (options.help) {
        arguments_print_help();
        lua_pushboolean(L, 1);
        return 1;
    }
    if (options.wrong) {
        arguments_print_usage(argv[options.wrong]);
        return 0;
    }
    if (options.ignore_environment) {
        lua_pushboolean(L, 1);                      /* read by luaL_openlibs */
        lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
    }
    luaL_openlibs(L);
    coroutines_watch(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, luaopen_srq_core);
    lua_setfield(L, -2, "srq.core");
    lua_settop(L, 0);
    if (options.version)
        print_version(L);
    folders_push(L, options.ignore_environment);
    folders_add_to_path(L);
    arguments_set_global(L, argc, argv, options.script);
    lua_gc(L, LUA_GCGEN, 0, 0);

    if (!options.ignore_environment && run_init(L) != LUA_OK)
        return 0;
    if (!arguments_run_options(L, argv, options.script))
        return 0;
    if (options.script < argc && run_script(L, argc, argv, options.script, 1) != LUA_OK)
        return 0;
    if (options.interactive) {
        interactive_run(L);
    } else if (options.script == argc && !options.execute && !options.version) {
        if (isatty(STDIN_FILENO)) {
            print_version(L);
            interactive_run(L);
        } else if (run_text(L, luaL_loadfile(L, NULL)) != LUA_OK) {
            return 0;
        }
    }
    lua_pushboolean(L, 1);
    return 1;
}

int main(int argc, char **argv)
{
    /* Beyond the limit on the size of files a write then fails, as Lua's io reports it, instead of ending the program. */
    signal(SIGXFSZ, SIG_IGN);
    lua_State *L = luaL_newstate();
    if (!L) {
        print_message(program_name, "cannot create state: not enough memory");
        return EXIT_FAILURE;
    }
    lua_pushcfunction(L, protected_main);
    lua_pushinteger(L, argc);
    lua_pushlightuserdata(L, argv);
    int status = lua_pcall(L, 2, 1, 0);
    int succeeded = lua_toboolean(L, -1) && status == LUA_OK;
    report(L, status);
    lua_close(L);
    return succeeded ? EXIT_SUCCESS : EXIT_FAILURE;
}
