/** The Lua 5.4 binding of srq. */
#ifndef SRQ_LUA_H
#define SRQ_LUA_H

#include <lua.h>

/** Opens the module `srq.core` and leaves it on the stack. */
int luaopen_srq_core(lua_State *L);

#endif
