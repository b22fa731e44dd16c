/* Numbers and strings between C and Lua. */
#ifndef SRQ_LUA_VALUES_H
#define SRQ_LUA_VALUES_H

#include <lua.h>
#include <stdint.h>

/* These set a field of the table at the top of the stack; a NaN is left out. */
void field_number(lua_State *L, const char *field, double value);
void field_integer(lua_State *L, const char *field, lua_Integer value);
void field_string(lua_State *L, const char *field, const char *value);

/* Returns an integer argument within 0...UINT32_MAX; anything else is a Lua error. */
uint32_t argument_unsigned(lua_State *L, int index);

/* Returns a text or path argument. One with a NUL inside is a Lua error: the library would see its beginning alone, which names
   something else. */
const char *argument_text(lua_State *L, int index);

#endif
