/* Text that is the same under every locale. A host may call setlocale, and Lua's string.format, tostring and tonumber then write
   and read "0,5". */
#ifndef SRQ_LUA_PLAIN_H
#define SRQ_LUA_PLAIN_H

#include "errors.h"

/* plain(f) in Lua: returns a function that does what f does, with numbers as in C while it runs. Other threads and the rest of the
   script keep their locale. What f calls must not yield. */
int plain_wrap(lua_State *L);

/* Pushes and returns the text of the value at `index`, as luaL_tolstring does; a number is written as in C. */
const char *plain_text(lua_State *L, int index);

#endif
