/* Handles of the library as Lua userdata. */
#include "object.h"

typedef struct {
    void *handle;                    /* NULL when the object is closed */
    const object_type *type;
    int calls;                       /* how many calls are running on it right now */
} object;

void **object_new(lua_State *L, const char *name)
{
    object *self = lua_newuserdatauv(L, sizeof *self, 1);
    self->handle = NULL;
    self->calls = 0;
    luaL_getmetatable(L, name);
    lua_getfield(L, -1, "type");
    self->type = lua_touserdata(L, -1);
    lua_pop(L, 1);
    lua_setmetatable(L, -2);
    return &self->handle;
}

void *object_handle(lua_State *L, int index, const char *name)
{
    object *self = luaL_checkudata(L, index, name);
    if (!self->handle)
        error_raise(L, "attempt to use a closed %s", name);
    if (self->calls && self->type->exclusive)
        error_raise(L, "attempt to use a %s while a call on it is running", name);
    return self->handle;
}

void object_begin(lua_State *L, int index)
{
    ((object *)lua_touserdata(L, index))->calls++;
}

void object_end(lua_State *L, int index)
{
    ((object *)lua_touserdata(L, index))->calls--;
}

/* Frees the object's handle: __gc, __close and the method `close`. The upvalue is the type's name. */
static int close_object(lua_State *L)
{
    const char *name = lua_tostring(L, lua_upvalueindex(1));
    object *self = luaL_checkudata(L, 1, name);
    void *handle = self->handle;
    if (self->calls)
        return error_raise(L, "attempt to close a %s while a call on it is running", name);
    self->handle = NULL;
    if (handle)
        self->type->release(handle);
    return 0;
}

static int describe_object(lua_State *L)
{
    const char *name = lua_tostring(L, lua_upvalueindex(1));
    object *self = luaL_checkudata(L, 1, name);
    if (self->handle)
        lua_pushfstring(L, "%s: %p", name, self->handle);
    else
        lua_pushfstring(L, "%s: closed", name);
    return 1;
}

/* __index: looks a name up. The upvalues are the tables of methods and of properties. */
static int index_object(lua_State *L)
{
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    if (lua_gettable(L, lua_upvalueindex(1)) != LUA_TNIL)
        return 1;
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(2)) == LUA_TNIL)
        return 1;
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

static void push_closure(lua_State *L, lua_CFunction function, const char *name)
{
    lua_pushstring(L, name);
    lua_pushcclosure(L, function, 1);
}

void object_define(lua_State *L, const object_type *type, const char *field)
{
    luaL_newmetatable(L, type->name);
    lua_pushlightuserdata(L, (void *)type);
    lua_setfield(L, -2, "type");
    push_closure(L, close_object, type->name);
    lua_setfield(L, -2, "__gc");
    push_closure(L, close_object, type->name);
    lua_setfield(L, -2, "__close");
    push_closure(L, describe_object, type->name);
    lua_setfield(L, -2, "__tostring");
    if (type->length) {
        lua_pushcfunction(L, type->length);
        lua_setfield(L, -2, "__len");
    }
    lua_pushliteral(L, "srq");                     /* scripts cannot reach __gc */
    lua_setfield(L, -2, "__metatable");

    lua_newtable(L);
    luaL_setfuncs(L, type->methods, 0);
    push_closure(L, close_object, type->name);
    lua_setfield(L, -2, "close");
    lua_pushvalue(L, -1);
    lua_setfield(L, -4, field);
    lua_newtable(L);
    luaL_setfuncs(L, type->properties, 0);
    lua_pushcclosure(L, index_object, 2);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
