/* The library as a plug-in host opens it. Argument: its path. Prints the version and what tells the build from any other. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    union {
        void *object;
        uint32_t (*function)(void);
    } version;
    version.object = dlsym(library, "srq_version_number");
    if (!version.object || version.function() == 0) {
        fprintf(stderr, "srq_version_number does not work\n");
        return 1;
    }
    union {
        void *object;
        const char *(*function)(void);
    } build;
    build.object = dlsym(library, "srq_build_id");
    if (!build.object || strlen(build.function()) != 16 || build.function() != build.function()) {
        fprintf(stderr, "srq_build_id does not work\n");
        return 1;
    }
    printf("loading      version %u, build %s\n", (unsigned)version.function(), build.function());
    return 0;
}
