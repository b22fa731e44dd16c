/* Option tables: which keys a function knows and where in the library's struct they go. */
#ifndef SRQ_LUA_OPTIONS_H
#define SRQ_LUA_OPTIONS_H

#include <stddef.h>

#include "object.h"

typedef enum { OPTION_UINT32, OPTION_UINT64, OPTION_BOOLEAN, OPTION_FLOAT, OPTION_STRING, OPTION_SPECIAL } option_kind;

typedef struct {
    const char *name;
    option_kind kind;
    size_t offset;
    /* OPTION_SPECIAL: reads the value at the top of the stack. It may leave strings above it that must outlive the call. */
    void (*read)(lua_State *L, const char *owner, void *target);
} option_entry;

/* Reads the table at `index` (absolute; nil or nothing: no options) into `target`, which holds the defaults. `owner` is the
   function's name for messages. Strings in `target` are kept alive on the stack, so call it before pushing anything else. */
void options_read(lua_State *L, int index, const char *owner, const option_entry *known, size_t count, void *target);

/* Raises: option `key` of `owner` must be `expected`, not what is at the top of the stack. */
int options_wrong(lua_State *L, const char *owner, const char *key, const char *expected);

#define OPTION_COUNT(known) (sizeof(known) / sizeof *(known))

#endif
