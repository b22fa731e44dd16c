/* Lua errors, raised at the line of the script. */
#ifndef SRQ_LUA_ERRORS_H
#define SRQ_LUA_ERRORS_H

#include <lauxlib.h>
#include <lua.h>
#include <srq.h>

/* Raises a Lua error that begins with the script's file and line. */
int error_raise(lua_State *L, const char *format, ...);

/* Raises an error about argument `index` as luaL_argerror does, but at the line of the script and with the name by which the script
   called the function: a function of the Lua half may stand between the two. */
int error_argument(lua_State *L, int index, const char *message);

/* Raises an error about the type of argument `index`, as luaL_typeerror does. */
int error_type(lua_State *L, int index, const char *expected);

/* Raises srq_last_error() unless `status` is success. */
void error_check(lua_State *L, srq_status status);

/* The library's warning function; `user` is the Lua state, whose `warn` it is told to. */
void error_warn(void *user, const char *message);

/* error_hide(source) in Lua: from now on an error within a function of this chunk names the line that called the function. The Lua
   half of the module calls it for its own files, so that users see their own lines. */
int error_hide(lua_State *L);

/* error_fail(message) in Lua: raises an error that begins with the script's file and line. */
int error_fail(lua_State *L);

#endif
