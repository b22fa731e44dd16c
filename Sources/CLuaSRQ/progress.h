/* Progress callbacks into Lua. */
#ifndef SRQ_LUA_PROGRESS_H
#define SRQ_LUA_PROGRESS_H

#include "object.h"

typedef struct {
    lua_State *L;
    int function;      /* stack index of the callback, or of false */
    int failure;       /* stack index where the callback's error waits */
    int failed;
} progress_call;

/* Begins a call that reports to a script: pushes what the callback needs. The options table at `options` (absolute, or nil) may
   have `progress`: a function, or false. Nothing may be popped below the stack's top until progress_finish. */
void progress_start(lua_State *L, int options, const char *owner, progress_call *call);

/* The reader of `progress` in a table of known options: progress_start looks at it. */
void progress_option(lua_State *L, const char *owner, void *target);

/* The library's callback; `user` is a progress_call. Returning false from Lua cancels, as do an error and the host's Ctrl-C. */
int32_t progress_report(void *user, const srq_progress *report);

/* After the library has returned: raises the callback's error, else the library's. */
void progress_finish(progress_call *call, srq_status status);

#endif
