/* Preloaded before the C library: lets a chosen call of the system fail.

   FAULT_CALL    write, read, open, fsync, close, rename, chmod or allocate
   FAULT_AT      which of its calls fails, from 1; 0 or none: no call, they are only counted
   FAULT_ERRNO   with which error; 0: write and read transfer half of what they were asked to instead
   FAULT_FOREVER 1: every later call fails as well
   FAULT_SIZE    allocate: the smallest allocation that counts, in bytes
   FAULT_PATH    write, read, fsync, close, chmod: only files whose path contains this count; open and rename: paths that do
   FAULT_COUNT   a file that is told, at exit, how many calls there were */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *call = "", *path_part = "", *count_file;
static long at, forever, size_limit;
static int error_number;
static atomic_long calls;

__attribute__((constructor)) static void begin(void)
{
    const char *text;
    if ((text = getenv("FAULT_CALL"))) call = text;
    if ((text = getenv("FAULT_PATH"))) path_part = text;
    if ((text = getenv("FAULT_AT"))) at = atol(text);
    if ((text = getenv("FAULT_ERRNO"))) error_number = atoi(text);
    if ((text = getenv("FAULT_FOREVER"))) forever = atol(text);
    if ((text = getenv("FAULT_SIZE"))) size_limit = atol(text);
    count_file = getenv("FAULT_COUNT");
}

__attribute__((destructor)) static void end(void)
{
    if (!count_file)
        return;
    char text[32];
    int length = snprintf(text, sizeof text, "%ld\n", (long)calls);
    long file = syscall(SYS_openat, AT_FDCWD, count_file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file >= 0) {
        syscall(SYS_write, file, text, (size_t)length);
        syscall(SYS_close, file);
    }
}

/* Whether this call fails. */
static int fails(const char *name)
{
    if (strcmp(call, name) != 0)
        return 0;
    long number = atomic_fetch_add(&calls, 1) + 1;
    return at > 0 && (forever ? number >= at : number == at);
}

static int concerns(int file)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = '\0';
    return path[0] == '/' && strncmp(path, "/dev/", 5) != 0 && strncmp(path, "/proc/", 6) != 0 && strstr(path, path_part) != NULL;
}

ssize_t write(int file, const void *bytes, size_t count)
{
    if (*call == 'w' && concerns(file) && fails("write")) {
        if (error_number == 0)
            return syscall(SYS_write, file, bytes, count > 1 ? count / 2 : count);
        errno = error_number;
        return -1;
    }
    return syscall(SYS_write, file, bytes, count);
}

ssize_t read(int file, void *bytes, size_t count)
{
    if (*call == 'r' && concerns(file) && fails("read")) {
        if (error_number == 0)
            return syscall(SYS_read, file, bytes, count > 1 ? count / 2 : count);
        errno = error_number;
        return -1;
    }
    return syscall(SYS_read, file, bytes, count);
}

int fsync(int file)
{
    if (*call == 'f' && concerns(file) && fails("fsync")) {
        errno = error_number;
        return -1;
    }
    return (int)syscall(SYS_fsync, file);
}

int close(int file)
{
    if (!strcmp(call, "close") && concerns(file) && fails("close")) {
        syscall(SYS_close, file);
        errno = error_number;
        return -1;
    }
    return (int)syscall(SYS_close, file);
}

static int opened(int folder, const char *path, int flags, mode_t mode)
{
    if (*call == 'o' && strstr(path, path_part) && fails("open")) {
        errno = error_number;
        return -1;
    }
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

int open(const char *path, int flags, ...)
{
    MODE(flags)
    return opened(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE(flags)
    return opened(AT_FDCWD, path, flags, mode);
}

int rename(const char *from, const char *to)
{
    if (!strcmp(call, "rename") && (strstr(from, path_part) || strstr(to, path_part)) && fails("rename")) {
        errno = error_number;
        return -1;
    }
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int fchmod(int file, mode_t mode)
{
    if (!strcmp(call, "chmod") && concerns(file) && fails("chmod")) {
        errno = error_number;
        return -1;
    }
    return (int)syscall(SYS_fchmod, file, mode);
}

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static int refuses(size_t size)
{
    return *call == 'a' && (long)size >= size_limit && fails("allocate");
}

void *malloc(size_t size)
{
    if (refuses(size)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    if (refuses(count * size)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    if (refuses(size)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_realloc(old, size);
}

int posix_memalign(void **result, size_t alignment, size_t size)
{
    void *memory = refuses(size) ? NULL : __libc_memalign(alignment, size);
    if (!memory)
        return ENOMEM;
    *result = memory;
    return 0;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    if (refuses(size)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_memalign(alignment, size);
}
