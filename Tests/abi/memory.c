/* What reading a file takes, for files that ask for as much as they can. Argument: a folder of such files, of which some are sound.
   Every reader takes at most BASE bytes and GROWTH times the file's size; images take their pixels as well. */
#include <dirent.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

#define BASE (128L << 20)
#define GROWTH 32L

static void read_file(const char *path)
{
    const char *end = strrchr(path, '.');
    if (end && strcmp(end, ".png") == 0) {
        srq_image *image;
        if (srq_image_read(&image, path) == SRQ_OK)
            srq_image_free(image);
    } else {
        srq_model *model;
        if (srq_model_load(&model, path, NULL) == SRQ_OK)
            srq_model_free(model);
    }
}

/* Returns the most memory that a child process has had, and leaves how it ended in `status`. */
static long peak(const char *path, int *status)
{
    struct rusage usage;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        if (path)
            read_file(path);
        _exit(0);
    }
    if (child < 0 || wait4(child, status, 0, &usage) != child) {
        perror("fork");
        exit(1);
    }
    return usage.ru_maxrss * 1024L;
}

int main(int argc, char **argv)
{
    DIR *folder = argc > 1 ? opendir(argv[1]) : NULL;
    if (!folder)
        return 1;
    int status;
    long nothing = peak(NULL, &status);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[4096];
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
            continue;
        long taken = peak(path, &status) - nothing;
        checks++;
        if (getenv("SRQ_SHOW"))
            printf("%-34s %9ld bytes, %5ld MB taken\n", entry->d_name, (long)info.st_size, taken >> 20);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || taken > BASE + GROWTH * (long)info.st_size) {
            failures++;
            fprintf(stderr, "%s: %ld bytes, %ld bytes of memory taken, status %d\n", entry->d_name, (long)info.st_size, taken,
                    status);
        }
    }
    closedir(folder);
    EXPECT(checks >= 30);
    return finish("memory");
}
