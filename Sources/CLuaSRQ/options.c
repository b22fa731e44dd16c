/* Tables of options. */
#include "options.h"

#include "plain.h"
#include "progress.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

int options_wrong(lua_State *L, const char *owner, const char *key, const char *expected)
{
    const char *found = plain_text(L, -1);
    return error_raise(L, "%s: option '%s' must be %s, not %s '%s'", owner, key, expected, luaL_typename(L, -2), found);
}

static void reject_unknown(lua_State *L, int index, const char *owner, const option_entry *known, size_t count)
{
    lua_pushnil(L);
    while (lua_next(L, index)) {
        bool found = false;
        lua_pop(L, 1);
        if (lua_type(L, -1) == LUA_TSTRING)
            for (size_t i = 0; i < count && !found; i++)
                found = strcmp(lua_tostring(L, -1), known[i].name) == 0;
        if (found)
            continue;
        luaL_Buffer names;
        const char *key = luaL_tolstring(L, -1, NULL);
        luaL_buffinit(L, &names);
        for (size_t i = 0; i < count; i++) {
            luaL_addstring(&names, i ? ", " : "");
            luaL_addstring(&names, known[i].name);
        }
        luaL_pushresult(&names);
        error_raise(L, "%s: unknown option '%s' (known: %s)", owner, key, lua_tostring(L, -1));
    }
}

/* Returns the string at the top of the stack; the library would see what comes before a NUL inside. */
static const char *whole_text(lua_State *L, const char *owner, const char *name)
{
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    if (strlen(text) != length)
        error_raise(L, "%s: option '%s' has a NUL inside", owner, name);
    return text;
}

/* Reads an array of names, or one string of names with commas between them. */
static void read_list(lua_State *L, const char *owner, const char *name, const char **field)
{
    int array = lua_absindex(L, -1);
    luaL_Buffer text;

    if (lua_istable(L, array)) {
        lua_Integer count = luaL_len(L, array);
        luaL_buffinit(L, &text);
        for (lua_Integer i = 1; i <= count; i++) {
            if (i > 1)
                luaL_addchar(&text, ',');
            if (lua_geti(L, array, i) != LUA_TSTRING)
                options_wrong(L, owner, name, "an array of strings");
            luaL_addvalue(&text);
        }
        luaL_pushresult(&text);
    } else if (lua_type(L, array) != LUA_TSTRING) {
        options_wrong(L, owner, name, "an array of strings");
    }
    *field = whole_text(L, owner, name);
}

static void read_option(lua_State *L, const char *owner, const option_entry *option, void *target)
{
    void *field = (char *)target + option->offset;
    lua_Integer integer;
    int converted;

    switch (option->kind) {
    case OPTION_UINT32:
        integer = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &converted) : (converted = 0);
        if (!converted || integer < 0 || (lua_Unsigned)integer > UINT32_MAX)
            options_wrong(L, owner, option->name, "a whole number from 0");
        *(uint32_t *)field = (uint32_t)integer;
        break;
    case OPTION_UINT64:
        integer = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &converted) : (converted = 0);
        if (!converted || integer < 0)
            options_wrong(L, owner, option->name, "a whole number from 0");
        *(uint64_t *)field = (uint64_t)integer;
        break;
    case OPTION_BOOLEAN:
        if (lua_type(L, -1) != LUA_TBOOLEAN)
            options_wrong(L, owner, option->name, "true or false");
        *(int32_t *)field = lua_toboolean(L, -1);
        break;
    case OPTION_FLOAT:
        if (lua_type(L, -1) != LUA_TNUMBER)
            options_wrong(L, owner, option->name, "a number");
        *(float *)field = (float)lua_tonumber(L, -1);
        break;
    case OPTION_STRING:
        if (lua_type(L, -1) != LUA_TSTRING)
            options_wrong(L, owner, option->name, "a string");
        *(const char **)field = whole_text(L, owner, option->name);
        break;
    case OPTION_LIST:
        read_list(L, owner, option->name, field);
        break;
    case OPTION_SPECIAL:
        option->read(L, owner, target);
        break;
    }
}

void options_read(lua_State *L, int index, const char *owner, const option_entry *known, size_t count, void *target)
{
    if (lua_isnoneornil(L, index))
        return;
    if (!lua_istable(L, index))
        error_raise(L, "%s: options must be a table, not a %s", owner, luaL_typename(L, index));
    luaL_checkstack(L, (int)count + 8, "too many options");
    reject_unknown(L, index, owner, known, count);
    for (size_t i = 0; i < count; i++) {
        if (lua_getfield(L, index, known[i].name) == LUA_TNIL) {
            lua_pop(L, 1);
            continue;
        }
        read_option(L, owner, &known[i], target);
        if (known[i].kind != OPTION_STRING && known[i].kind != OPTION_LIST && known[i].kind != OPTION_SPECIAL)
            lua_pop(L, 1);                         /* strings stay: the library borrows them */
    }
}

/* The room for a call's options, which is more than any call has. */
#define MOST_OPTIONS 64

static const struct {
    srq_option_type type;
    option_kind kind;
    size_t size;
    const char *name;
} types[] = {
    {SRQ_OPTION_UINT32, OPTION_UINT32, sizeof(uint32_t), "integer"},
    {SRQ_OPTION_UINT64, OPTION_UINT64, sizeof(uint64_t), "integer"},
    {SRQ_OPTION_FLAG, OPTION_BOOLEAN, sizeof(int32_t), "boolean"},
    {SRQ_OPTION_FLOAT, OPTION_FLOAT, sizeof(float), "number"},
    {SRQ_OPTION_TEXT, OPTION_STRING, sizeof(const char *), "string"},
    {SRQ_OPTION_LIST, OPTION_LIST, sizeof(const char *), "list"},
    {SRQ_OPTION_FUNCTION, OPTION_SPECIAL, sizeof(srq_progress_function), "function"},
};

/* Returns the row of `types` for a type, or -1 for one that a newer library has added. */
static int type_row(srq_option_type type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == type)
            return (int)i;
    return -1;
}

static const option_entry *named(const option_entry *entries, size_t count, const char *name, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(entries[i].name) == length && strncmp(entries[i].name, name, length) == 0)
            return &entries[i];
    return NULL;
}

void options_fill(lua_State *L, int index, const char *owner, const char *group, const option_entry *special, size_t specials,
                  void *target, size_t size)
{
    option_entry known[MOST_OPTIONS];
    size_t count = 0, options = srq_option_count(owner);

    for (size_t i = 0; i < options && count < MOST_OPTIONS; i++) {
        srq_option_info option = {.struct_size = sizeof option};
        error_check(L, srq_option_get(owner, i, &option));
        const char *dot = strchr(option.name, '.'), *name = option.name;
        if (group) {
            if (!dot || strlen(group) != (size_t)(dot - name) || strncmp(group, name, (size_t)(dot - name)) != 0)
                continue;
            name = dot + 1;
        }
        const option_entry *own = named(special, specials, name, !group && dot ? (size_t)(dot - name) : strlen(name));
        int row = type_row(option.type);
        if (own) {
            if (!named(known, count, own->name, strlen(own->name)))
                known[count++] = *own;
        } else if (row >= 0 && option.offset + types[row].size <= size && (group || !dot)) {
            known[count++] = (option_entry){name, types[row].kind, option.offset,
                                            option.type == SRQ_OPTION_FUNCTION ? progress_option : NULL};
        }
    }
    lua_pushfstring(L, group ? "%s: %s" : "%s", owner, group);
    options_read(L, index, lua_tostring(L, -1), known, count, target);
}

/* Pushes an array of the names in "a, b, c". */
static void push_choices(lua_State *L, const char *choices)
{
    lua_Integer count = 0;

    lua_newtable(L);
    while (*choices) {
        size_t length = strcspn(choices, ",");
        lua_pushlstring(L, choices, length);
        lua_rawseti(L, -2, ++count);
        choices += length;
        choices += strspn(choices, ", ");
    }
}

static void push_bound(lua_State *L, const char *field, double bound, int32_t excluded)
{
    if (isnan(bound) || isinf(bound))
        return;
    lua_pushnumber(L, bound);
    lua_setfield(L, -2, field);
    if (!excluded)
        return;
    lua_pushfstring(L, "%s_excluded", field);
    lua_pushboolean(L, 1);
    lua_settable(L, -3);
}

static void push_option(lua_State *L, const srq_option_info *option)
{
    int row = type_row(option->type);

    lua_createtable(L, 0, 12);
    field_string(L, "name", option->name);
    field_string(L, "field", option->field);
    field_string(L, "type", row < 0 ? "unknown" : types[row].name);
    field_string(L, "default_text", option->default_text);
    field_string(L, "bounds", option->bounds);
    field_string(L, "meaning", option->meaning);
    push_bound(L, "minimum", option->minimum, option->minimum_excluded);
    push_bound(L, "maximum", option->maximum, option->maximum_excluded);
    if (*option->choices) {
        push_choices(L, option->choices);
        lua_setfield(L, -2, "choices");
    }
    if (!option->has_default)
        return;
    if (option->type == SRQ_OPTION_TEXT || option->type == SRQ_OPTION_LIST)
        lua_pushstring(L, option->default_text);
    else if (option->type == SRQ_OPTION_FLAG)
        lua_pushboolean(L, option->default_number != 0);
    else if (option->type == SRQ_OPTION_FLOAT)
        lua_pushnumber(L, option->default_number);
    else
        lua_pushinteger(L, (lua_Integer)option->default_number);
    lua_setfield(L, -2, "default");
}

int options_list(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) {
        const char *owner;
        lua_newtable(L);
        for (size_t i = 0; (owner = srq_option_owner(i)); i++) {
            lua_pushstring(L, owner);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        return 1;
    }
    const char *owner = argument_text(L, 1);
    srq_option_info option = {.struct_size = sizeof option};
    error_check(L, srq_option_get(owner, 0, &option));
    size_t count = srq_option_count(owner);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        error_check(L, srq_option_get(owner, i, &option));
        push_option(L, &option);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}
