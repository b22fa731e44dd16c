/* Numbers and strings between C and Lua. */
#ifndef SRQ_LUA_VALUES_H
#define SRQ_LUA_VALUES_H

#include <lua.h>
#include <stdint.h>

/* These set a field of the table at the top of the stack; a NaN is left out. */
void field_number(lua_State *L, const char *field, double value);
void field_integer(lua_State *L, const char *field, lua_Integer value);
void field_string(lua_State *L, const char *field, const char *value);

/* These return an argument of a type; one of another type is a Lua error at the script's line. */
lua_Integer argument_integer(lua_State *L, int index);
lua_Number argument_number(lua_State *L, int index);
void argument_table(lua_State *L, int index);

/* Returns an integer argument within 0...UINT32_MAX. */
uint32_t argument_unsigned(lua_State *L, int index);

/* Returns a string argument. One with a zero byte in it is a Lua error: the library would see the part before it, which may be the
   name of another file. */
const char *argument_text(lua_State *L, int index);

/* Raises an error about argument `index` unless the condition holds. */
void argument_check(lua_State *L, int condition, int index, const char *message);

#endif
