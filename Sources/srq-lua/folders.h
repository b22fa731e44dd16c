/* Where the Lua half of srq and the experiments are. */
#ifndef SRQ_LUA_FOLDERS_H
#define SRQ_LUA_FOLDERS_H

#include <lua.h>
#include <stdbool.h>

/* Pushes the lua folder, or nil: $SRQ_LUA_PATH unless the environment is to be ignored, else beside the program as installed
   (../share/srq/lua) or as built (../../lua). */
void folders_push(lua_State *L, bool ignore_environment);

/* Puts the folder at the top of the stack before package.path. */
void folders_add_to_path(lua_State *L);

/* Pushes the path under which `script` is to be loaded: as it stands, or inside the folder at index `folder`. */
const char *folders_push_script(lua_State *L, int folder, const char *script);

#endif
