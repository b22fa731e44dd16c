/* What Lua's own library lacks about files, the terminal and time. Failures give nil and a message, as in `io`. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "nouns.h"

/* system.list(folder): names in the folder, sorted by Lua, without "." and ".." */
static int list(lua_State *L)
{
    const char *folder = argument_text(L, 1);
    DIR **slot = lua_newuserdatauv(L, sizeof *slot, 0);
    *slot = NULL;
    luaL_setmetatable(L, "srq.folder");
    *slot = opendir(folder);
    if (!*slot)
        return luaL_fileresult(L, 0, folder);
    lua_newtable(L);
    lua_Integer count = 0;
    for (struct dirent *entry; (entry = readdir(*slot));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        lua_pushstring(L, entry->d_name);
        lua_rawseti(L, -2, ++count);
    }
    closedir(*slot);
    *slot = NULL;
    return 1;
}

/* Closes the folder that an error has left open. */
static int close_folder(lua_State *L)
{
    DIR **slot = lua_touserdata(L, 1);
    if (*slot)
        closedir(*slot);
    *slot = NULL;
    return 0;
}

/* system.kind(path): "file", "folder" or nil */
static int kind(lua_State *L)
{
    struct stat status;
    const char *path = argument_text(L, 1);
    if (stat(path, &status) != 0)
        return luaL_fileresult(L, 0, path);
    lua_pushstring(L, S_ISDIR(status.st_mode) ? "folder" : "file");
    return 1;
}

static int size(lua_State *L)
{
    struct stat status;
    const char *path = argument_text(L, 1);
    if (stat(path, &status) != 0)
        return luaL_fileresult(L, 0, path);
    lua_pushinteger(L, (lua_Integer)status.st_size);
    return 1;
}

/* system.make_folder(path): with its parents; a folder that exists is fine */
static int make_folder(lua_State *L)
{
    const char *path = argument_text(L, 1);
    size_t length = strlen(path);
    char *copy = lua_newuserdatauv(L, length + 1, 0);
    struct stat status;

    memcpy(copy, path, length + 1);
    for (char *end = copy + 1; length > 0; end++) {
        if (*end != '/' && *end != '\0')
            continue;
        char kept = *end;
        *end = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            return luaL_fileresult(L, 0, copy);
        *end = kept;
        if (!kept)
            break;
    }
    if (stat(path, &status) != 0)
        return luaL_fileresult(L, 0, path);
    if (!S_ISDIR(status.st_mode)) {
        errno = ENOTDIR;
        return luaL_fileresult(L, 0, path);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* system.same(a, b): whether both exist and are one file or folder */
static int same(lua_State *L)
{
    struct stat a, b;
    lua_pushboolean(L, stat(argument_text(L, 1), &a) == 0 && stat(argument_text(L, 2), &b) == 0 && a.st_dev == b.st_dev
                           && a.st_ino == b.st_ino);
    return 1;
}

/* system.identity(path): a text that a file has under every name and through every link; nil where there is none */
static int identity(lua_State *L)
{
    struct stat status;
    const char *path = argument_text(L, 1);
    if (stat(path, &status) != 0)
        return luaL_fileresult(L, 0, path);
    lua_pushfstring(L, "%I:%I", (LUAI_UACINT)status.st_dev, (LUAI_UACINT)status.st_ino);
    return 1;
}

/* system.terminal(): the columns of the terminal behind stderr; nil where that is not a terminal */
static int terminal(lua_State *L)
{
    struct winsize window;
    if (!isatty(STDERR_FILENO))
        return 0;
    lua_pushinteger(L, ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 ? window.ws_col : 80);
    return 1;
}

/* system.clock(): seconds of a clock that is never set */
static int clock_seconds(lua_State *L)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec * 1e-9);
    return 1;
}

/* system.printable(text): the text with "\x1B" in place of a control character, and so on, which a terminal would obey */
static int printable(lua_State *L)
{
    size_t length;
    luaL_Buffer result;
    if (!lua_isstring(L, 1))
        error_type(L, 1, "string");
    const unsigned char *text = (const unsigned char *)lua_tolstring(L, 1, &length);

    luaL_buffinit(L, &result);
    for (size_t i = 0; i < length; i++) {
        /* In UTF-8 the second set of control characters is C2 80 to C2 9F. */
        int second = text[i] == 0xC2 && i + 1 < length && text[i + 1] >= 0x80 && text[i + 1] < 0xA0;
        if (text[i] >= 0x20 && text[i] != 0x7F && !second) {
            luaL_addchar(&result, (char)text[i]);
            continue;
        }
        char escape[8];
        snprintf(escape, sizeof escape, "\\x%02X", (unsigned)text[i += (size_t)second]);
        luaL_addstring(&result, escape);
    }
    luaL_pushresult(&result);
    return 1;
}

int system_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"list", list},
        {"kind", kind},
        {"size", size},
        {"make_folder", make_folder},
        {"same", same},
        {"identity", identity},
        {"terminal", terminal},
        {"clock", clock_seconds},
        {"printable", printable},
        {NULL, NULL},
    };

    luaL_newmetatable(L, "srq.folder");
    lua_pushcfunction(L, close_folder);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
