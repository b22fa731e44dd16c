/* Handles of the library as Lua userdata. */
#include "object.h"

typedef struct {
    void *handle;                    /* NULL when the object is closed */
    const object_type *type;
    int calls;                       /* how many calls are running on it right now */
    uint64_t bytes;                  /* what object_weigh has said */
} object;

/* The memory of all open objects of a Lua state; its address is the key of the one in the registry. */
typedef struct {
    uint64_t open;                   /* the bytes of all open objects */
    uint64_t limit;                  /* how many there may be before the collector is asked to look */
} account;

static const char account_key;

/* Below so many bytes (64 MiB) garbage is not worth a collection. */
#define SMALLEST_LIMIT ((uint64_t)64 << 20)

static account *account_of(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &account_key) == LUA_TNIL) {
        account *made = lua_newuserdatauv(L, sizeof *made, 0);
        *made = (account){0, SMALLEST_LIMIT};
        lua_rawsetp(L, LUA_REGISTRYINDEX, &account_key);
        lua_rawgetp(L, LUA_REGISTRYINDEX, &account_key);
        lua_remove(L, -2);
    }
    account *result = lua_touserdata(L, -1);
    lua_pop(L, 1);                   /* the registry keeps it */
    return result;
}

void object_weigh(lua_State *L, int index, uint64_t bytes)
{
    object *self = lua_touserdata(L, index);
    account *all = account_of(L);
    all->open += bytes - self->bytes;
    self->bytes = bytes;
    if (all->open <= all->limit || !lua_gc(L, LUA_GCISRUNNING))
        return;
    /* A step would do in the incremental mode; in the generational one it leaves old objects alone, however large they are. */
    lua_gc(L, LUA_GCCOLLECT);
    all->limit = all->open > SMALLEST_LIMIT / 2 ? 2 * all->open : SMALLEST_LIMIT;
}

int object_retry(lua_State *L, srq_status status, int *tries)
{
    if (status != SRQ_ERROR_MEMORY || (*tries)++)
        return 0;
    account *all = account_of(L);
    uint64_t before = all->open;
    lua_gc(L, LUA_GCCOLLECT);
    return all->open < before;
}

void **object_new(lua_State *L, const char *name)
{
    object *self = lua_newuserdatauv(L, sizeof *self, 1);
    self->handle = NULL;
    self->calls = 0;
    self->bytes = 0;
    luaL_getmetatable(L, name);
    lua_getfield(L, -1, "type");
    self->type = lua_touserdata(L, -1);
    lua_pop(L, 1);
    lua_setmetatable(L, -2);
    return &self->handle;
}

void *object_handle(lua_State *L, int index, const char *name)
{
    object *self = luaL_testudata(L, index, name);
    if (!self)
        error_type(L, index, name);
    else if (!self->handle)
        error_raise(L, "attempt to use a closed %s", name);
    else if (self->calls && self->type->exclusive)
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
    object *self = luaL_testudata(L, 1, name);
    if (!self)
        return error_type(L, 1, name);
    void *handle = self->handle;
    if (self->calls)
        return error_raise(L, "attempt to close a %s while a call on it is running", name);
    self->handle = NULL;
    if (self->bytes)
        account_of(L)->open -= self->bytes;
    self->bytes = 0;
    if (handle)
        self->type->release(handle);
    return 0;
}

static int describe_object(lua_State *L)
{
    const char *name = lua_tostring(L, lua_upvalueindex(1));
    object *self = luaL_testudata(L, 1, name);
    if (!self)
        return error_type(L, 1, name);
    lua_pushfstring(L, "%s: ", name);
    if (!self->handle)
        lua_pushliteral(L, "closed");
    else if (self->calls && self->type->exclusive)
        lua_pushliteral(L, "busy");
    else
        self->type->describe(L, self->handle);
    lua_concat(L, 2);
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
