/* Patches for calibration and finetuning. */
#include "nouns.h"
#include "options.h"

static void release(void *handle)
{
    srq_images_free(handle);
}

/* Returns views of the images in an array. The array is an argument, so it and the images live while the views are used. */
static srq_image_view *views_of(lua_State *L, int index, size_t *count)
{
    *count = (size_t)luaL_len(L, index);
    if (*count > SIZE_MAX / sizeof(srq_image_view))
        error_raise(L, "images: too many");
    srq_image_view *views = lua_newuserdatauv(L, *count * sizeof *views + 1, 0);
    for (size_t i = 0; i < *count; i++) {
        lua_geti(L, index, (lua_Integer)i + 1);
        if (!luaL_testudata(L, -1, IMAGE_TYPE))
            error_raise(L, "images: element %d must be an image, not a %s", (int)i + 1, luaL_typename(L, -1));
        views[i] = image_view(L, -1);
        lua_pop(L, 1);
    }
    return views;
}

int images_open(lua_State *L)
{
    srq_images_options options;
    srq_images *images;
    srq_status status;
    size_t count;
    int tries = 0;

    lua_settop(L, 2);
    srq_images_options_init(&options, sizeof options);
    options_fill(L, 2, "images", NULL, NULL, 0, &options, sizeof options);
    void **slot = object_new(L, IMAGES_TYPE);
    if (lua_istable(L, 1)) {
        do {
            /* The views are made anew after a collection, whose finalizers may have closed images. */
            const srq_image_view *views = views_of(L, 1, &count);
            status = srq_images_from_views(&images, views, count, &options);
            lua_pop(L, 1);
        } while (object_retry(L, status, &tries));
    } else {
        const char *pattern = argument_text(L, 1);
        do
            status = srq_images_open(&images, pattern, &options);
        while (object_retry(L, status, &tries));
    }
    *slot = images;
    error_check(L, status);
    srq_images_warnings(images, error_warn, L);
    object_weigh(L, -1, (uint64_t)srq_images_count(images) * options.patch * options.patch * 3 * sizeof(float));
    return 1;
}

static int count(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)srq_images_count(object_handle(L, 1, IMAGES_TYPE)));
    return 1;
}

static void tell(lua_State *L, void *handle)
{
    lua_pushfstring(L, "%d patches", (int)srq_images_count(handle));
}

void skipped_push(lua_State *L, const srq_skipped_image *image)
{
    lua_createtable(L, 0, 2);
    field_string(L, "name", image->name);
    field_string(L, "reason", image->reason);
}

/* images.skipped: name and reason of every file that was left out */
static int skipped(lua_State *L)
{
    const srq_images *images = object_handle(L, 1, IMAGES_TYPE);
    size_t found = srq_images_skipped_count(images);
    lua_createtable(L, (int)found, 0);
    for (size_t i = 0; i < found; i++) {
        srq_skipped_image image = {.struct_size = sizeof image};
        error_check(L, srq_images_skipped(images, i, &image));
        skipped_push(L, &image);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static const luaL_Reg methods[] = {
    {NULL, NULL},
};

static const luaL_Reg properties[] = {
    {"count", count},
    {"skipped", skipped},
    {NULL, NULL},
};

const object_type images_type = {IMAGES_TYPE, release, methods, properties, count, 0, tell};
