/* Ctrl-C within coroutines. */
#ifndef SRQ_LUA_COROUTINES_H
#define SRQ_LUA_COROUTINES_H

#include <lua.h>

/* Has coroutine.resume and coroutine.wrap note which coroutine runs, in `running_thread`. */
void coroutines_watch(lua_State *L);

#endif
