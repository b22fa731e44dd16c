#define _DEFAULT_SOURCE
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MOST = 64 };
static struct {
    void *start;
    size_t length;
} held[MOST];
static int holds = 0;

void *guarded(size_t bytes) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (bytes + page - 1) / page;
    const size_t length = (pages + 1) * page;
    uint8_t *start = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (holds == MOST || start == MAP_FAILED || mprotect(start + pages * page, page, PROT_NONE) != 0) {
        fprintf(stderr, "no memory for a buffer of %zu bytes\n", bytes);
        exit(2);
    }
    held[holds].start = start;
    held[holds++].length = length;
    return start + pages * page - bytes;
}

void release_guarded(void) {
    while (holds > 0) {
        holds--;
        munmap(held[holds].start, held[holds].length);
    }
}

uint64_t random_bits(void) {
    // SplitMix64.
    static uint64_t state = 1;
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

int64_t random_between(int64_t low, int64_t high) { return low + (int64_t)(random_bits() % (uint64_t)(high - low + 1)); }

float random_float(float low, float high) { return low + (high - low) * (float)(random_bits() >> 40) * 0x1p-24f; }
