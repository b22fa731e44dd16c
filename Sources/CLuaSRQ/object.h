/* Handles of the library as Lua userdata. */
#ifndef SRQ_LUA_OBJECT_H
#define SRQ_LUA_OBJECT_H

#include <lauxlib.h>
#include <lua.h>
#include <srq.h>

#include "errors.h"
#include "values.h"

/* Names of the userdata types; also what tostring and error messages call them. */
#define MODEL_TYPE "srq.model"
#define SESSION_TYPE "srq.session"
#define IMAGES_TYPE "srq.images"
#define QUANTIZATION_TYPE "srq.quantization"
#define IMAGE_TYPE "srq.image"

typedef struct {
    const char *name;
    void (*release)(void *handle);
    const luaL_Reg *methods;
    const luaL_Reg *properties;   /* called with the object alone */
    lua_CFunction length;         /* __len, or NULL */
    int exclusive;                /* 1: not to be touched while a call on it is running */
} object_type;

/* Makes the type's metatable and puts its method table into the table at the top of the stack, so that Lua can add more. */
void object_define(lua_State *L, const object_type *type, const char *field);

/* Pushes a closed object, which becomes open when the caller stores a handle through the result: memory for the userdata is
   there before there is anything to lose. */
void **object_new(lua_State *L, const char *name);

/* Returns the handle of the object at `index`. An object of another type, one that is closed, and an exclusive one that is in use
   are a Lua error. */
void *object_handle(lua_State *L, int index, const char *name);

/* These mark the beginning and the end of a call on the object, which cannot be closed in between: a callback may run any script.
   Neither raises. */
void object_begin(lua_State *L, int index);
void object_end(lua_State *L, int index);

#endif
