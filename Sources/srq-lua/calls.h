/* Running Lua chunks: tracebacks, messages, Ctrl-C. */
#ifndef SRQ_LUA_CALLS_H
#define SRQ_LUA_CALLS_H

#include <lua.h>

/* The name that messages begin with; NULL in interactive mode, where they begin with nothing. */
extern const char *program_name;

/* The coroutine that runs, or the main thread: what Ctrl-C is to stop first. NULL before any call. */
extern lua_State *running_thread;

void print_message(const char *program, const char *message);

/* Prints the message at the top of the stack, and removes it, unless `status` is LUA_OK. Returns `status`. */
int report(lua_State *L, int status);

/* Calls lua_pcall so that an error has a traceback; Ctrl-C raises "interrupted!" meanwhile, and a second one ends the process. */
int call(lua_State *L, int arguments, int results);

#endif
