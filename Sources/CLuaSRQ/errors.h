/* Lua errors, raised at the line of the script. */
#ifndef SRQ_LUA_ERRORS_H
#define SRQ_LUA_ERRORS_H

#include <lauxlib.h>
#include <lua.h>
#include <srq.h>

/* Raises a Lua error that begins with the script's file and line. */
int error_raise(lua_State *L, const char *format, ...);

/* Raises srq_last_error() unless `status` is success. */
void error_check(lua_State *L, srq_status status);

/* error_hide(source): errors are reported at the callers of functions from this chunk. For the Lua half of the module. */
int error_hide(lua_State *L);

/* error_fail(message): raises it at the script's line. */
int error_fail(lua_State *L);

#endif
