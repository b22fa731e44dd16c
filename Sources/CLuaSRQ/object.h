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
    void (*describe)(lua_State *L, void *handle);   /* pushes what tostring says behind the name: "EDSR x4, 37 layers" */
} object_type;

/* Makes the type's metatable and puts its method table into the table at the top of the stack, so that Lua can add more. */
void object_define(lua_State *L, const object_type *type, const char *field);

/* Pushes a closed object, which becomes open when the caller stores a handle through the result: memory for the userdata is
   there before there is anything to lose. */
void **object_new(lua_State *L, const char *name);

/* Tells the collector how many bytes the library keeps for the object at `index`, about, since it sees a few: when those of all
   objects have doubled since it last looked, everything that no script can reach is closed. Scripts may run in finalizers, so
   nothing may be borrowed from an object that is not marked by object_begin. */
void object_weigh(lua_State *L, int index, uint64_t bytes);

/* Whether a call that ended with `status` should be made again: memory was missing, and the collector has now closed objects that
   no script could reach. `tries` begins with 0; the answer is yes once at most. What is said of finalizers above holds here too. */
int object_retry(lua_State *L, srq_status status, int *tries);

/* Returns the handle of the object at `index`. An object of another type, one that is closed, and an exclusive one that is in use
   are a Lua error. */
void *object_handle(lua_State *L, int index, const char *name);

/* These mark the beginning and the end of a call on the object, which cannot be closed in between: a callback may run any script.
   Neither raises. */
void object_begin(lua_State *L, int index);
void object_end(lua_State *L, int index);

#endif
