/* Tables of options: which keys a function knows and where in the library's struct they go. */
#ifndef SRQ_LUA_OPTIONS_H
#define SRQ_LUA_OPTIONS_H

#include <stddef.h>

#include "object.h"

typedef enum { OPTION_UINT32, OPTION_UINT64, OPTION_BOOLEAN, OPTION_FLOAT, OPTION_STRING, OPTION_LIST, OPTION_SPECIAL } option_kind;

typedef struct {
    const char *name;
    option_kind kind;
    size_t offset;
    /* The reader of an OPTION_SPECIAL, which finds the value at the top of the stack. It may leave strings above it that must
       outlive the call. */
    void (*read)(lua_State *L, const char *owner, void *target);
} option_entry;

/* Reads the table at `index` (absolute; nil or nothing: no options) into `target`, which holds the defaults. `owner` is the
   function's name for messages. Strings in `target` are kept alive on the stack, so call it before pushing anything else. */
void options_read(lua_State *L, int index, const char *owner, const option_entry *known, size_t count, void *target);

/* Reads the table at `index` as options_read does, for a call that the library knows: the library's list of options says keys,
   types and places. Options of a group ("lr.range") are the keys of a table of their own, which is read with `group` "lr"; NULL
   stands for all the others. `special` has the readers of groups and of options that are more than a value. `size` is the struct's;
   options that lie beyond it were added by a newer library and are not known here. */
void options_fill(lua_State *L, int index, const char *owner, const char *group, const option_entry *special, size_t specials,
                  void *target, size_t size);

/* srq.options(owner) in Lua: returns the list of a call's options. */
int options_list(lua_State *L);

/* Raises an error: option `key` of `owner` must be `expected`, not the value at the top of the stack. */
int options_wrong(lua_State *L, const char *owner, const char *key, const char *expected);

#define OPTION_COUNT(known) (sizeof(known) / sizeof *(known))

#endif
