/* The prompt. */
#ifndef SRQ_LUA_INTERACTIVE_H
#define SRQ_LUA_INTERACTIVE_H

#include <lua.h>

/* Reads, runs and prints until the end of the input. */
void interactive_run(lua_State *L);

#endif
