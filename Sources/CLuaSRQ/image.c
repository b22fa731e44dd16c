/* Images in memory. */
#include <string.h>

#include "nouns.h"
#include "options.h"

static void release(void *handle)
{
    srq_image_free(handle);
}

void **image_new(lua_State *L)
{
    return object_new(L, IMAGE_TYPE);
}

static srq_image *self(lua_State *L)
{
    return object_handle(L, 1, IMAGE_TYPE);
}

srq_image_view image_view(lua_State *L, int index)
{
    srq_image_view view = {.struct_size = sizeof view};
    error_check(L, srq_image_pixels(object_handle(L, index, IMAGE_TYPE), &view));
    return view;
}

/* The names of pixel formats and types, in the order of their numbers in srq.h, which begin at 1. */
static const char *const format_names[] = {"gray", "gray_alpha", "rgb", "rgba", "bgr", "bgra", NULL};
static const char *const type_names[] = {"uint8", "uint16", "float32", NULL};

static size_t channels(srq_pixel_format format)
{
    static const size_t counts[] = {1, 2, 3, 4, 3, 4};
    return counts[format - 1];
}

static size_t sample_size(srq_pixel_type type)
{
    static const size_t sizes[] = {1, 2, 4};
    return sizes[type - 1];
}

static size_t pixel_size(const srq_image_view *view)
{
    return channels(view->format) * sample_size(view->type);
}

static unsigned char *row(const srq_image_view *view, uint32_t y)
{
    return (unsigned char *)view->data + (size_t)y * (view->stride ? view->stride : view->width * pixel_size(view));
}

void image_weigh(lua_State *L, int index)
{
    srq_image_view view = image_view(L, index);
    object_weigh(L, index, (uint64_t)view.width * view.height * pixel_size(&view));
}

void image_push(lua_State *L, uint32_t width, uint32_t height, srq_pixel_format format, srq_pixel_type type)
{
    srq_image *image;
    srq_status status;
    int tries = 0;
    void **slot = image_new(L);

    do
        status = srq_image_create(&image, width, height, format, type);
    while (object_retry(L, status, &tries));
    *slot = image;
    error_check(L, status);
    image_weigh(L, -1);
}

int image_read(lua_State *L)
{
    const char *path = argument_text(L, 1);
    srq_image *image;
    srq_status status;
    int tries = 0;
    void **slot = image_new(L);

    do
        status = srq_image_read(&image, path);
    while (object_retry(L, status, &tries));
    *slot = image;
    error_check(L, status);
    srq_image_warnings(image, error_warn, L);
    image_weigh(L, -1);
    return 1;
}

static int32_t number_of(lua_State *L, const char *owner, const char *key, const char *value, const char *const names[])
{
    for (int32_t i = 0; names[i]; i++)
        if (strcmp(value, names[i]) == 0)
            return i + 1;
    luaL_Buffer list;
    luaL_buffinit(L, &list);
    for (int i = 0; names[i]; i++) {
        luaL_addstring(&list, i ? ", " : "");
        luaL_addstring(&list, names[i]);
    }
    luaL_pushresult(&list);
    return error_raise(L, "%s: option '%s' must be one of %s, not '%s'", owner, key, lua_tostring(L, -1), value);
}

int image_create(lua_State *L)
{
    struct { const char *format, *type; } names = {"rgb", "uint8"};
    static const option_entry known[] = {
        {"format", OPTION_STRING, 0, NULL},
        {"type", OPTION_STRING, sizeof(const char *), NULL},
    };
    uint32_t width = argument_unsigned(L, 1), height = argument_unsigned(L, 2);

    lua_settop(L, 3);
    options_read(L, 3, "image.create", known, OPTION_COUNT(known), &names);
    srq_pixel_format format = number_of(L, "image.create", "format", names.format, format_names);
    srq_pixel_type type = number_of(L, "image.create", "type", names.type, type_names);
    image_push(L, width, height, format, type);
    return 1;
}

static int write(lua_State *L)
{
    const srq_image *image = self(L);
    const char *path = argument_text(L, 2);
    srq_status status;
    int tries = 0;

    object_begin(L, 1);
    do
        status = srq_image_write(image, path);
    while (object_retry(L, status, &tries));
    object_end(L, 1);
    error_check(L, status);
    return 0;
}

static int resize(lua_State *L)
{
    const srq_image *source = self(L);
    uint32_t width = argument_unsigned(L, 2), height = argument_unsigned(L, 3);
    srq_image *image;
    srq_status status;
    int tries = 0;
    void **slot = image_new(L);

    object_begin(L, 1);
    do
        status = srq_image_resize(&image, source, width, height);
    while (object_retry(L, status, &tries));
    object_end(L, 1);
    *slot = image;
    error_check(L, status);
    image_weigh(L, -1);
    return 1;
}

/* image:compare(reference, {shave =}) */
static int compare(lua_State *L)
{
    static const option_entry known[] = {{"shave", OPTION_UINT32, 0, NULL}};
    uint32_t shave = 0;
    srq_image_score score = {.struct_size = sizeof score};
    srq_status status;
    int tries = 0;

    lua_settop(L, 3);
    options_read(L, 3, "compare", known, OPTION_COUNT(known), &shave);
    const srq_image *image = self(L), *reference = object_handle(L, 2, IMAGE_TYPE);
    object_begin(L, 1);
    object_begin(L, 2);
    do
        status = srq_image_compare(image, reference, shave, &score);
    while (object_retry(L, status, &tries));
    object_end(L, 2);
    object_end(L, 1);
    error_check(L, status);
    lua_createtable(L, 0, 3);
    field_number(L, "psnr", score.psnr);
    field_number(L, "ssim", score.ssim);
    field_number(L, "ssim_replicate", score.ssim_replicate);
    return 1;
}

/* image:crop(x, y, width, height), counted from 0 at the top left */
static int crop(lua_State *L)
{
    srq_image_view from = image_view(L, 1);
    uint32_t x = argument_unsigned(L, 2), y = argument_unsigned(L, 3);
    uint32_t width = argument_unsigned(L, 4), height = argument_unsigned(L, 5);

    if (width < 1 || height < 1 || x > from.width || width > from.width - x || y > from.height || height > from.height - y)
        error_raise(L, "crop: %dx%d at (%d, %d) is not inside an image of %dx%d", (int)width, (int)height, (int)x, (int)y,
              (int)from.width, (int)from.height);
    image_push(L, width, height, from.format, from.type);
    from = image_view(L, 1);                        /* a finalizer may have closed the image */
    srq_image_view to = image_view(L, -1);
    for (uint32_t line = 0; line < height; line++)
        memcpy(row(&to, line), row(&from, y + line) + x * pixel_size(&from), width * pixel_size(&from));
    return 1;
}

/* Returns the address of a sample; arguments 2 to 4 are x, y (from 0) and the channel (from 1). */
static void *sample_at(lua_State *L, const srq_image_view *view)
{
    uint32_t x = argument_unsigned(L, 2), y = argument_unsigned(L, 3);
    lua_Integer channel = argument_integer(L, 4);
    argument_check(L, x < view->width, 2, "outside the image");
    argument_check(L, y < view->height, 3, "outside the image");
    argument_check(L, channel >= 1 && channel <= (lua_Integer)channels(view->format), 4, "no such channel");
    return row(view, y) + x * pixel_size(view) + (size_t)(channel - 1) * sample_size(view->type);
}

/* image:get(x, y, channel): 0...255, 0...65535 or 0...1 */
static int get(lua_State *L)
{
    srq_image_view view = image_view(L, 1);
    const void *sample = sample_at(L, &view);
    if (view.type == SRQ_PIXEL_FLOAT32)
        lua_pushnumber(L, *(const float *)sample);
    else
        lua_pushinteger(L, view.type == SRQ_PIXEL_UINT8 ? *(const uint8_t *)sample : *(const uint16_t *)sample);
    return 1;
}

/* image:set(x, y, channel, value) */
static int set(lua_State *L)
{
    srq_image_view view = image_view(L, 1);
    void *sample = sample_at(L, &view);
    if (view.type == SRQ_PIXEL_FLOAT32) {
        *(float *)sample = (float)argument_number(L, 5);
        return 0;
    }
    lua_Integer value = argument_integer(L, 5);
    argument_check(L, value >= 0 && value <= (view.type == SRQ_PIXEL_UINT8 ? UINT8_MAX : UINT16_MAX), 5, "out of range");
    if (view.type == SRQ_PIXEL_UINT8)
        *(uint8_t *)sample = (uint8_t)value;
    else
        *(uint16_t *)sample = (uint16_t)value;
    return 0;
}

/* image.beside({image, ...}, {gap =}): images of one height and kind in a row, `gap` black pixels apart */
int image_beside(lua_State *L)
{
    static const option_entry known[] = {{"gap", OPTION_UINT32, 0, NULL}};
    uint32_t gap = 0, left = 0;
    uint64_t width = 0;
    srq_image_view first = {0};

    argument_table(L, 1);
    lua_settop(L, 2);
    options_read(L, 2, "image.beside", known, OPTION_COUNT(known), &gap);
    lua_Integer count = luaL_len(L, 1);
    argument_check(L, count >= 1, 1, "no image");
    for (lua_Integer i = 1; i <= count; i++) {
        lua_geti(L, 1, i);
        srq_image_view view = image_view(L, -1);
        lua_pop(L, 1);
        if (i == 1)
            first = view;
        if (view.height != first.height || view.format != first.format || view.type != first.type)
            error_raise(L, "image.beside: image %d is %d high %s %s, the first is %d high %s %s", (int)i, (int)view.height,
                  format_names[view.format - 1], type_names[view.type - 1], (int)first.height, format_names[first.format - 1],
                  type_names[first.type - 1]);
        width += (uint64_t)view.width + (i > 1 ? gap : 0);
    }
    if (width > UINT32_MAX)
        error_raise(L, "image.beside: too wide");
    image_push(L, (uint32_t)width, first.height, first.format, first.type);
    srq_image_view to = image_view(L, -1);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_geti(L, 1, i);
        srq_image_view view = image_view(L, -1);
        lua_pop(L, 1);
        if (view.height != to.height || view.format != to.format || view.type != to.type || view.width > to.width - left)
            error_raise(L, "image.beside: the array changed meanwhile");
        for (uint32_t line = 0; line < view.height; line++)
            memcpy(row(&to, line) + left * pixel_size(&to), row(&view, line), view.width * pixel_size(&view));
        left += view.width + gap;
    }
    return 1;
}

static int width(lua_State *L)
{
    lua_pushinteger(L, image_view(L, 1).width);
    return 1;
}

static int height(lua_State *L)
{
    lua_pushinteger(L, image_view(L, 1).height);
    return 1;
}

static int format(lua_State *L)
{
    lua_pushstring(L, format_names[image_view(L, 1).format - 1]);
    return 1;
}

static int type(lua_State *L)
{
    lua_pushstring(L, type_names[image_view(L, 1).type - 1]);
    return 1;
}

static void tell(lua_State *L, void *handle)
{
    srq_image_view view = {.struct_size = sizeof view};
    error_check(L, srq_image_pixels(handle, &view));
    lua_pushfstring(L, "%d x %d %s %s", (int)view.width, (int)view.height, format_names[view.format - 1],
                    type_names[view.type - 1]);
}

static const luaL_Reg methods[] = {
    {"write", write},
    {"resize", resize},
    {"compare", compare},
    {"crop", crop},
    {"get", get},
    {"set", set},
    {NULL, NULL},
};

static const luaL_Reg properties[] = {
    {"width", width},
    {"height", height},
    {"format", format},
    {"type", type},
    {NULL, NULL},
};

const object_type image_type = {IMAGE_TYPE, release, methods, properties, NULL, 0, tell};
