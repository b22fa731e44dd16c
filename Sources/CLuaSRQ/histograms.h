/* Histograms of what enters the layers of a network, as plain tables. */
#ifndef SRQ_LUA_HISTOGRAMS_H
#define SRQ_LUA_HISTOGRAMS_H

#include <lua.h>

int quantization_histograms(lua_State *L);    /* q:histograms(images, options) */

#endif
