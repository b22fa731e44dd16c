/* A layer's description as a table. */
#ifndef SRQ_LUA_LAYER_H
#define SRQ_LUA_LAYER_H

#include "object.h"

/* Pushes the table that describes a layer; ranges that are NaN and an empty quantizer are left out. */
void layer_push(lua_State *L, const srq_layer_info *layer);

#endif
