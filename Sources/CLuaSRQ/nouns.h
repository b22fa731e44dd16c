/* What each noun's file gives to core.c and to the other nouns. */
#ifndef SRQ_LUA_NOUNS_H
#define SRQ_LUA_NOUNS_H

#include "object.h"

extern const object_type model_type, session_type, images_type, quantization_type, image_type;

int model_load(lua_State *L);             /* load(path, options) */
int images_open(lua_State *L);            /* images(pattern or array of images, options) */
int image_read(lua_State *L);             /* image.read(path) */
int image_create(lua_State *L);           /* image.create(width, height, options) */
int image_beside(lua_State *L);           /* image.beside(images, options) */

int model_session(lua_State *L);          /* model:session(options) */
int model_calibrate(lua_State *L);        /* model:calibrate(images, options) */
int model_ptq(lua_State *L);              /* model:ptq(images, options) */
int model_evaluate(lua_State *L);         /* model:evaluate(folder, options) */

/* Tells the collector how large the model at `index` is. */
void model_weigh(lua_State *L, int index);

/* Pushes a table of the name and reason of a file that was left out. */
void skipped_push(lua_State *L, const srq_skipped_image *image);

/* Pushes a closed image whose handle the caller stores through the result. */
void **image_new(lua_State *L);

/* Returns a view of the pixels of the image at `index`. */
srq_image_view image_view(lua_State *L, int index);

/* Tells the collector how large the image at `index` is. */
void image_weigh(lua_State *L, int index);

/* Pushes a new image. */
void image_push(lua_State *L, uint32_t width, uint32_t height, srq_pixel_format format, srq_pixel_type type);

int system_open(lua_State *L);            /* pushes the table of functions about files, the terminal and time */

#endif
