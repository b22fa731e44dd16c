// Every instruction set against the scalar kernels: those of this machine as they are in the library, the others played by SIMDe
// (emulated.c, where EMULATED is defined). The first argument, if any, names the set that srq_kernels() has to choose; a second one
// leaves it at that.
#include <stdio.h>
#include <string.h>

#include "compare.h"

static const struct {
    srq_instruction_set set;
    const char *name;
} sets[] = {
    {SRQ_NEON, "neon"}, {SRQ_NEON_DOT, "neon-dot"}, {SRQ_NEON_I8MM, "neon-i8mm"}, {SRQ_AVX2, "avx2"},
    {SRQ_AVX_VNNI, "avx-vnni"},
    {SRQ_AVX512, "avx512"}, {SRQ_AVX512_VNNI, "avx512-vnni"},
};
enum { SETS = sizeof sets / sizeof *sets };

#ifdef EMULATED
extern const srq_kernel_table emulated_avx2, emulated_avx_vnni, emulated_avx512, emulated_avx512_vnni;
static const srq_kernel_table *const emulated[] = {&emulated_avx2, &emulated_avx_vnni, &emulated_avx512, &emulated_avx512_vnni};
#endif

static const char *name_of(srq_instruction_set set) {
    for (int i = 0; i < SETS; i++)
        if (sets[i].set == set) return sets[i].name;
    return "scalar";
}

int main(int count, char **arguments) {
    const srq_kernel_table *plain = srq_kernels_of(SRQ_SCALAR);
    const char *chosen = name_of(srq_kernels()->set);
    int failures = 0;
    // A kernel that touches what it must not ends the program.
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("this machine runs        %s\n", chosen);
    if (count > 1 && strcmp(arguments[1], chosen) != 0) {
        printf("and should run %s\n", arguments[1]);
        failures++;
    }
    if (count > 2) return failures != 0;
    // The plain kernels against each other: formats that compute the same in different ways.
    failures += kernels_that_differ("scalar", plain, plain);
    for (int i = 0; i < SETS; i++) {
        const srq_kernel_table *table = srq_kernels_of(sets[i].set);
        if (table == NULL) continue;
        if (table->set != sets[i].set) {
            printf("%s: its table says %s\n", sets[i].name, name_of(table->set));
            failures++;
        }
        failures += kernels_that_differ(sets[i].name, table, plain);
    }
#ifdef EMULATED
    for (size_t i = 0; i < sizeof emulated / sizeof *emulated; i++) {
        char name[40];
        snprintf(name, sizeof name, "%s, emulated", name_of(emulated[i]->set));
        failures += kernels_that_differ(name, emulated[i], plain);
    }
#endif
    return failures != 0;
}
