/* The command line, with the meaning it has for `lua`. */
#include "arguments.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "calls.h"

arguments arguments_parse(int argc, char **argv)
{
    arguments result = {.script = argc};

    for (int i = 1; i < argc; i++) {
        const char *option = argv[i];
        if (option[0] != '-' || option[1] == '\0') {
            result.script = i;
            return result;
        }
        switch (option[1]) {
        case '-':
            result.help = strcmp(option, "--help") == 0;
            if (option[2] == '\0')
                result.script = i + 1;
            else if (!result.help)
                result.wrong = i;
            return result;
        case 'E':
        case 'i':
        case 'v':
        case 'W':
            if (option[2] != '\0') {
                result.wrong = i;
                return result;
            }
            result.ignore_environment |= option[1] == 'E';
            result.interactive |= option[1] == 'i';
            result.version |= option[1] == 'i' || option[1] == 'v';
            break;
        case 'e':
        case 'l':
            result.execute |= option[1] == 'e';
            if (option[2] == '\0') {                /* the value is the next argument */
                i++;
                if (i == argc || argv[i][0] == '-') {
                    result.wrong = i - 1;
                    return result;
                }
            }
            break;
        default:
            result.wrong = i;
            return result;
        }
    }
    return result;
}

static void print_options(FILE *file)
{
    fprintf(file,
            "usage: %s [options] [script [args]]\n"
            "Available options are:\n"
            "  -e stat   execute string 'stat'\n"
            "  -i        enter interactive mode after executing 'script'\n"
            "  -l mod    require library 'mod' into global 'mod'\n"
            "  -l g=mod  require library 'mod' into global 'g'\n"
            "  -v        show version information\n"
            "  -E        ignore environment variables\n"
            "  -W        turn warnings on\n"
            "  --help    show these options\n"
            "  --        stop handling options\n"
            "  -         stop handling options and execute stdin\n"
            "A script is looked for in the current folder, then in the lua folder (experiments/quickstart.lua).\n",
            program_name);
}

void arguments_print_help(void)
{
    print_options(stdout);
    fflush(stdout);
}

void arguments_print_usage(const char *wrong)
{
    fprintf(stderr, "%s: ", program_name);
    if (wrong[1] == 'e' || wrong[1] == 'l')
        fprintf(stderr, "'%s' needs argument\n", wrong);
    else
        fprintf(stderr, "unrecognized option '%s'\n", wrong);
    print_options(stderr);
}

/* Calls require(module) and puts the result into a global of that name, or into `g` for "g=module". */
static int run_require(lua_State *L, const char *text)
{
    const char *equals = strchr(text, '=');
    const char *module = equals ? equals + 1 : text;
    int status;

    lua_getglobal(L, "require");
    lua_pushstring(L, module);
    status = call(L, 1, 1);
    if (status == LUA_OK) {
        lua_pushlstring(L, text, equals ? (size_t)(equals - text) : strcspn(text, "-"));
        lua_insert(L, -2);
        lua_pushglobaltable(L);
        lua_insert(L, -3);
        lua_settable(L, -3);
        lua_pop(L, 1);
    }
    return report(L, status);
}

static int run_statement(lua_State *L, const char *text)
{
    int status = luaL_loadbuffer(L, text, strlen(text), "=(command line)");
    return report(L, status == LUA_OK ? call(L, 0, 0) : status);
}

bool arguments_run_options(lua_State *L, char **argv, int end)
{
    for (int i = 1; i < end; i++) {
        char option = argv[i][1];
        if (option == 'W') {
            lua_warning(L, "@on", 0);
        } else if (option == 'e' || option == 'l') {
            const char *value = argv[i][2] != '\0' ? argv[i] + 2 : argv[++i];
            int status = option == 'e' ? run_statement(L, value) : run_require(L, value);
            if (status != LUA_OK)
                return false;
        }
    }
    return true;
}

void arguments_set_global(lua_State *L, int argc, char **argv, int script)
{
    if (script == argc)
        script = 0;                                 /* no script: `arg[0]` is the program */
    lua_createtable(L, argc - script, script + 1);
    for (int i = 0; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i - script);
    }
    lua_setglobal(L, "arg");
}
