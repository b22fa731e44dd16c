/* The command line. */
#ifndef SRQ_LUA_ARGUMENTS_H
#define SRQ_LUA_ARGUMENTS_H

#include <lua.h>
#include <stdbool.h>

typedef struct {
    int script;              /* index in argv of the script or "-"; argc if there is none */
    int wrong;               /* index in argv of an argument that is no option; 0 if all are */
    bool interactive;        /* -i */
    bool version;            /* -v, -i */
    bool execute;            /* -e */
    bool ignore_environment; /* -E */
    bool help;               /* --help */
} arguments;

arguments arguments_parse(int argc, char **argv);

/* Prints which options there are. */
void arguments_print_help(void);

/* Prints to stderr what is wrong with an argument, and which options there are. */
void arguments_print_usage(const char *wrong);

/* Runs -e, -l and -W in their order. Returns false after an error, which has been printed. */
bool arguments_run_options(lua_State *L, char **argv, int end);

/* Sets the global `arg`: the script at 0, its arguments from 1, what stands before it below 0. */
void arguments_set_global(lua_State *L, int argc, char **argv, int script);

#endif
