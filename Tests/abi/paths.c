/* Paths that are not UTF-8, outputs that promise another format, and writing at the limits of the system. Argument: a folder of
   samples (samples.lua), in which files are made. */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

static const char *folder;

static const char *in(const char *name)
{
    static char paths[4][4096];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof *paths, "%s/%s", folder, name);
    return path;
}

static int exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

static void not_utf8(const srq_model *model)
{
    srq_image *image, *again;
    srq_model *loaded;
    EXPECT_OK(srq_image_create(&image, 5, 4, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8));
    EXPECT_OK(srq_image_write(image, in("caf\xe9.png")));
    EXPECT(exists(in("caf\xe9.png")));
    EXPECT_OK(srq_image_read(&again, in("caf\xe9.png")));
    EXPECT_OK(srq_model_save(model, in("\xff.srq")));
    EXPECT(exists(in("\xff.srq")));
    EXPECT_OK(srq_model_load(&loaded, in("\xff.srq"), NULL));
    EXPECT_STATUS(srq_image_read(NULL, in("caf\xe9.png")), SRQ_ERROR_ARGUMENT);
    srq_image *none;
    EXPECT_STATUS(srq_image_read(&none, in("th\xe9.png")), SRQ_ERROR_IO);
    EXPECT(strstr(srq_last_error(), "th\\xe9.png: no such file") != NULL);
    unlink(in("caf\xe9.png"));
    unlink(in("\xff.srq"));
    srq_image_free(image);
    srq_image_free(again);
    srq_model_free(loaded);
}

static void other_formats(const srq_model *model)
{
    srq_image *image;
    srq_session *session;
    EXPECT_OK(srq_image_create(&image, 5, 4, SRQ_PIXEL_RGB, SRQ_PIXEL_UINT8));
    EXPECT_OK(srq_image_write(image, in("small.png")));
    EXPECT_ARGUMENT(srq_image_write(image, in("a.jpg")));
    EXPECT(strstr(srq_last_error(), "a.jpg: cannot write '.jpg'") != NULL && !exists(in("a.jpg")));
    EXPECT_OK(srq_session_create(&session, model, NULL));
    EXPECT_ARGUMENT(srq_session_upscale_file(session, in("small.png"), in("a.webp")));
    EXPECT_OK(srq_session_upscale_file(session, in("small.png"), in("large")));
    EXPECT(exists(in("large")));
    unlink(in("large"));
    unlink(in("small.png"));
    srq_session_free(session);
    srq_image_free(image);
}

/* A process that may write files of 1000 bytes at most gets an error and not the signal, and leaves nothing. */
static void size_limit(const srq_model *model)
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {1000, 1000};
        sigset_t pending;
        setrlimit(RLIMIT_FSIZE, &limit);
        int failed = srq_model_save(model, in("limited.srq")) != SRQ_ERROR_IO || !strstr(srq_last_error(), "File too large");
        sigpending(&pending);
        failed |= sigismember(&pending, SIGXFSZ) << 1;
        /* The process's own choice stays: what it writes itself still ends it. */
        FILE *file = fopen(in("own"), "w");
        if (!failed && file) {
            for (int i = 0; i < 1001; i++)
                putc('x', file);
            fflush(file);
        }
        _exit(failed ? 1 : 2);
    }
    int status = 0;
    EXPECT(child > 0 && waitpid(child, &status, 0) == child);
    EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
    EXPECT(!exists(in("limited.srq")));
    unlink(in("own"));
}

/* What a killed process left is removed by the next writer of the same name. */
static void killed(const srq_model *model)
{
    int left = 0;
    for (int attempt = 0; attempt < 200 && !left; attempt++) {
        pid_t child = fork();
        if (child == 0)
            for (;;)
                srq_model_save(model, in("killed.srq"));
        usleep(3000 + 37 * (useconds_t)attempt);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        char command[4200];
        snprintf(command, sizeof command, "ls -A '%s' | grep -q '^\\.srq-.*tmp$'", folder);
        left = system(command) == 0;
        if (left) {
            EXPECT_OK(srq_model_save(model, in("killed.srq")));
            EXPECT(system(command) != 0);
        }
    }
    EXPECT(left);
    unlink(in("killed.srq"));
}

int main(int argc, char **argv)
{
    srq_model *model;
    folder = argc > 1 ? argv[1] : ".";
    EXPECT_OK(srq_model_load(&model, "Tests/Golden/tiny_edsr.pth", NULL));
    not_utf8(model);
    other_formats(model);
    size_limit(model);
    killed(model);
    srq_model_free(model);
    return finish("paths");
}
